"""Writes a network in ncnn's own format, with ReLU fused, BatchNorm folded and the slices as prefixes."""

from pathlib import Path
from typing import List, Sequence

import numpy as np

from .network import CHAIN, CONTEXT_SIZE, FEATURE_POOLS, FEATURES, POOLS_BEHIND, Network, padding_of, survivors_first


class _Writer:
    def __init__(self) -> None:
        self.layers: List[str] = []
        self.blobs = 0
        self.weights: List[bytes] = []

    def layer(self, kind: str, inputs: Sequence[str], outputs: Sequence[str], parameters: str = "") -> None:
        name = f"{kind.lower()}_{outputs[0]}"
        parts = [kind, name, str(len(inputs)), str(len(outputs)), *inputs, *outputs, parameters]
        self.layers.append(" ".join(part for part in parts if part))
        self.blobs += len(outputs)

    def convolution(self, x: str, out: str, weight: np.ndarray, bias: np.ndarray, name: str, relu: bool) -> None:
        outputs, _, height, width = weight.shape
        down, right = padding_of(name)
        self.layer(
            "Convolution", [x], [out],
            f"0={outputs} 1={width} 11={height} 4={right} 14={down} 5=1 6={weight.size} 9={int(relu)}",
        )  # fmt: skip
        self.weights.append(b"\0\0\0\0" + np.ascontiguousarray(weight, dtype="<f4").tobytes())
        self.weights.append(np.ascontiguousarray(bias, dtype="<f4").tobytes())

    def constant(self, out: str, values: np.ndarray) -> None:
        """A blob of one row of channels."""
        self.layer("MemoryData", [], [out], f"0=1 1=1 2={values.size}")
        self.weights.append(np.ascontiguousarray(values, dtype="<f4").tobytes())


def write_ncnn(param: Path, weights: Path, network: Network) -> None:
    network = survivors_first(network)
    writer = _Writer()
    writer.layer("Input", [], ["input"], "0=94 1=24 2=3")
    x = "input"
    found = {}
    for name, _, _ in CHAIN:
        c = network.convolutions[name]
        out = f"c{name}"
        writer.convolution(x, out, c.weight, c.bias, name, relu=True)
        x = out
        if name in FEATURES and name != "20":
            writer.layer("Split", [x], [f"{x}_context", f"{x}_on"])
            found[name], x = f"{x}_context", f"{x}_on"
        if name in network.survivors and network.survivors[name].size < c.bias.size:
            kept = network.survivors[name].size
            writer.layer("Crop", [x], [f"{x}_kept"], f"-23309=1,0 -23310=1,{kept} -23311=1,0")
            x = f"{x}_kept"
        if name in POOLS_BEHIND:
            down, right = POOLS_BEHIND[name]
            writer.layer("Pooling", [x], [f"{x}_max"], f"0=0 1=3 11=3 2={right} 12={down} 5=1")
            x = f"{x}_max"
    found["20"] = x
    scaled, terms = [], []
    for k, (name, pool, feature) in enumerate(zip(FEATURES, FEATURE_POOLS, network.features)):
        f = found[name]
        if pool is not None:
            (height, width), (down, right) = pool
            writer.layer("Pooling", [f], [f"f{k}"], f"0=1 1={width} 11={height} 2={right} 12={down} 5=1")
            f = f"f{k}"
        has_term = bool(np.any(feature.constant_term))
        writer.layer("Split", [f], [f"f{k}_a", f"f{k}_b"])
        live = network.convolutions[name].bias.size * CONTEXT_SIZE[0] * CONTEXT_SIZE[1]
        count = network.mean_square_count(k)
        # The sum of squares over everything, times 1 / count.
        writer.layer("Reduction", [f"f{k}_b"], [f"s{k}"], f"0=2 1=1 2={1 / count:.9g}")
        s = f"s{k}"
        if live != count:
            writer.layer("BinaryOp", [s], [f"{s}_whole"], f"0=0 1=1 2={feature.constant_squares / count:.9g}")
            s = f"{s}_whole"
        if has_term:
            writer.layer("Split", [s], [f"{s}_a", f"{s}_b"])
            writer.constant(f"term{k}", feature.constant_term)
            writer.layer("BinaryOp", [f"term{k}", f"{s}_b"], [f"added{k}"], "0=3")
            terms.append(f"added{k}")
            s = f"{s}_a"
        writer.layer("BinaryOp", [f"f{k}_a", s], [f"scaled{k}"], "0=3")
        scaled.append(f"scaled{k}")
    writer.layer("Concat", scaled, ["context"], "0=0")
    container = np.concatenate([feature.weight for feature in network.features], axis=1)[:, :, None, None]
    writer.convolution("context", "container", container, network.container_bias, "container", relu=False)
    x = "container"
    for k, term in enumerate(terms):
        writer.layer("BinaryOp", [x, term], [f"sum{k}"], "0=0")
        x = f"sum{k}"
    writer.layer("Reduction", [x], ["logits"], "0=3 1=0 -23303=1,1 4=0 5=1")
    text = f"7767517\n{len(writer.layers)} {writer.blobs}\n" + "\n".join(writer.layers) + "\n"
    param.write_text(text, encoding="utf-8")
    weights.write_bytes(b"".join(writer.weights))
