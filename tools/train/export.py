"""Writes a trained reader as a model file for the engine.

    export.py NETWORK.pth OUT.safetensors --name "LPRNet, Chinese plates" --source "…" --license Apache-2.0
"""

import argparse
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "export"))

from lprnet_export.export import export_module  # noqa: E402
from lprnet_export.model_file import write_model  # noqa: E402

from batches import MEAN, SCALE  # noqa: E402
from checkpoint import load_network  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--name", default="LPRNet")
    parser.add_argument("--source", default="trained with tools/train")
    parser.add_argument("--license", default="not stated")
    options = parser.parse_args()

    torch.set_num_threads(1)
    network, alphabet, shape = load_network(options.network)
    exported = export_module(
        network,
        [1, 3, *shape.picture],
        name=options.name,
        preprocess={"channel_order": "BGR", "mean": [MEAN] * 3, "scale": [SCALE] * 3, "resize": "bilinear"},
        decode={"alphabet": alphabet.tokens, "blank": alphabet.blank},
        provenance={"source": options.source, "license": options.license},
    )
    for warning in exported.warnings:
        print(f"note: {warning}")
    write_model(options.out, exported.document, exported.tensors)
    print(f"{exported.summary()}; {options.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
