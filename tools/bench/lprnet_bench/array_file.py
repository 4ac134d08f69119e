"""Writes a network for onednn_worker.cpp: folded, survivors first, as a flat list of named float32 arrays.

Layout, little-endian: for each array uint32 length of the name, the name, uint32 rank, uint32 sizes, the floats.
"""

import struct
from pathlib import Path
from typing import Dict

import numpy as np

from .network import Network, survivors_first

ONEDNN_BLOCK = 16  # channels of a block, so that a prefix of channels is a view


def write_arrays(path: Path, network: Network) -> None:
    network = survivors_first(network, ONEDNN_BLOCK)
    arrays: Dict[str, np.ndarray] = {}
    for name, c in network.convolutions.items():
        arrays[f"{name}.weight"] = c.weight
        arrays[f"{name}.bias"] = c.bias
    for k, feature in enumerate(network.features):
        arrays[f"feature{k}.weight"] = feature.weight[:, :, None, None]
        arrays[f"feature{k}.term"] = feature.constant_term
        arrays[f"feature{k}.squares"] = np.array([feature.constant_squares, network.mean_square_count(k)])
    arrays["container.bias"] = network.container_bias
    with open(path, "wb") as file:
        for name, values in arrays.items():
            encoded = name.encode("utf-8")
            file.write(struct.pack("<I", len(encoded)) + encoded)
            file.write(struct.pack(f"<{1 + values.ndim}I", values.ndim, *values.shape))
            file.write(np.ascontiguousarray(values, dtype="<f4").tobytes())
