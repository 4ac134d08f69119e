"""Goes on from a model file: its network again as a network of PyTorch, with more classes, a first look, a lines' gate
and a second output, none of which changes an answer yet.
"""

import sys
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "export"))

from lprnet_export.model_file import read_model  # noqa: E402

from alphabet import Alphabet  # noqa: E402
from network import LPRNet, PlateReader, Shape, build  # noqa: E402

FAINT = 1e-2
SHY = -8.0
"""Bias of a class that was never trained."""


def shape_of(document: dict[str, object], tensors: dict[str, Tensor]) -> Shape:
    """Of a network that export.py wrote; channels are read from the weights, sizes from the graph."""
    nodes = {node["name"]: node for node in document["nodes"]}  # type: ignore[attr-defined, index]
    if "lprnet.backbone.20" not in nodes or "stn.fc_loc.0" not in nodes:
        raise ValueError("not the graph of a reader with a transformer that export.py wrote")
    channels = {name.removesuffix(".weight"): len(value) for name, value in tensors.items() if name.endswith(".weight")}

    def inner(block: int) -> tuple[int, int, int]:
        a, b, c = (channels[f"lprnet.backbone.{block}.block.{2 * i}"] for i in range(3))
        return a, b, c

    coarse = None
    if "stn.coarse.fc.0" in channels:
        a, b, c = (channels[f"stn.coarse.features.{i}"] for i in (0, 3, 6))
        coarse = (a, b, c, channels["stn.coarse.fc.0"])
    plate = next(tuple(n["size"][2:]) for n in reversed(list(nodes.values())) if n["op"] == "affine_grid")
    if "stn.lines.gate.0" in channels:  # the last two grids are the lines'
        grids = [n["size"] for n in nodes.values() if n["op"] == "affine_grid"]
        plate = (grids[-1][2], grids[-1][3] + grids[-2][3])
    return Shape(
        picture=tuple(document["inputs"][0]["shape"][2:]),  # type: ignore[index]
        plate=plate,
        rows_3=nodes["lprnet.backbone.14.pool"]["stride"][0],
        tall=tensors["lprnet.backbone.20.weight"].shape[2],
        stem=channels["lprnet.backbone.0"],
        inner_1=inner(4),
        block_1=channels["lprnet.backbone.4.block.6"],
        keep_1=1,
        inner_2=inner(8),
        block_2=channels["lprnet.backbone.8.block.6"],
        inner_3=inner(11),
        block_3=channels["lprnet.backbone.11.block.6"],
        keep_2=1,
        wide=channels["lprnet.backbone.16"],
        stn=(channels["stn.localization.0"], channels["stn.localization.3"], channels["stn.fc_loc.0"]),
        coarse=coarse,
        lines=channels.get("stn.lines.gate.0", 0),
        kinds=channels.get("kind.fc.0", 0),
    )


def read_model_file(path: Path) -> tuple[PlateReader | LPRNet, Alphabet, Shape]:
    document, tensors = read_model(path)
    tokens = list(document["decode"]["alphabet"])
    blank = document["decode"]["blank"]
    if blank not in (len(tokens), len(tokens) - 1):
        raise ValueError(f"{path}: the blank is class {blank}, not the last")
    alphabet = Alphabet(tokens[:blank])
    shape = shape_of(document, tensors)
    network = build(len(alphabet), shape)
    wanted = network.state_dict()
    state = {name: value.float() for name, value in tensors.items() if not name.startswith("self_test.")}
    # What never changes an answer of text is not always exported; of what is, nothing may be left over.
    missing, unexpected = network.load_state_dict(state, strict=False)
    still = ("num_batches_tracked", "stn.lines.upper.weight", "stn.lines.lower.weight")
    if unexpected or any(not name.endswith(still) for name in missing):
        raise ValueError(f"{path}: missing {missing}, unexpected {unexpected}, of {len(wanted)} tensors")
    return network.eval(), alphabet, shape


@torch.no_grad()
def grow(
    network: nn.Module, alphabet: Alphabet, shape: Shape, larger: Alphabet, more: Shape, seed: int = 1
) -> nn.Module:
    """For an alphabet that begins with the old one, and a shape that has more looks and outputs. Answers stay the same:
    the new classes are as good as never said, and the new looks begin as the identity."""
    if larger.tokens[: alphabet.blank] != alphabet.tokens[:-1]:
        raise ValueError("the new alphabet does not begin with the old one")
    if replace(more, coarse=shape.coarse, lines=shape.lines, kinds=shape.kinds) != shape:
        raise ValueError("only coarse, lines and kinds may differ; widen.py changes the rest")
    torch.manual_seed(seed)
    grown = build(len(larger), more)
    state = grown.state_dict()
    old, new = len(alphabet), len(larger)
    kept = [*range(old - 1), new - 1]  # the blank stays last
    fresh = [i for i in range(new) if i not in kept]
    for name, value in network.state_dict().items():
        if state[name].shape == value.shape:
            state[name] = value.clone()
            continue
        target = state[name]
        if name.endswith("container.0.weight"):
            before = value.shape[1] - old
            target.zero_()
            columns = [*range(before), *(before + i for i in kept)]
            part = value.clone()
            # The mean of squares over more channels, the new ones faint, is so much smaller.
            part[:, before:] *= old / new
            wide = torch.zeros(old, *target.shape[1:])
            wide[:, columns] = part
            target[kept] = wide
        elif name.endswith("container.0.bias"):
            target[kept] = value
            target[fresh] = SHY
        else:
            target[kept] = value
            if name.endswith("backbone.21.weight"):
                target[fresh] = FAINT
        state[name] = target
    grown.load_state_dict(state)
    return grown.eval()
