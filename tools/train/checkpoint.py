"""Saved networks: {state_dict, shape, tokens, ...}; enough to build the network again without the training code's options."""

from pathlib import Path

import torch
from torch import nn

from alphabet import Alphabet
from network import LPRNet, PlateReader, Shape, build
from start import read_model_file


def save_network(path: Path, network: nn.Module, shape: Shape, alphabet: Alphabet, accuracy: dict[str, float]) -> None:
    """Written beside and renamed, so that a reader never sees half a file."""
    state = {k: v.detach().float().contiguous() for k, v in network.state_dict().items() if not k.endswith("num_batches_tracked")}
    saved = {"state_dict": state, "shape": shape.to_dict(), "tokens": alphabet.tokens, "accuracy": accuracy}
    beside = path.with_suffix(".partial")
    torch.save(saved, beside)
    beside.replace(path)


def load_network(path: Path) -> tuple[PlateReader | LPRNet, Alphabet, Shape]:
    """The network in evaluation mode, with its alphabet; `path` may be a model file that export.py wrote, too."""
    if path.suffix == ".safetensors":
        return read_model_file(path)
    saved = torch.load(path, map_location="cpu", weights_only=True)
    alphabet = Alphabet(saved["tokens"][:-1])
    shape = Shape.from_dict(saved["shape"])
    network = build(len(alphabet), shape)
    missing, unexpected = network.load_state_dict(saved["state_dict"], strict=False)
    if unexpected or any(not name.endswith("num_batches_tracked") for name in missing):
        raise ValueError(f"{path}: missing {missing}, unexpected {unexpected}")
    return network.eval(), alphabet, shape
