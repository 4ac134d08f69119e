"""Complete model files of small networks, exported by tools/export, and one with the value of every node."""

from pathlib import Path
from typing import Any, Dict, List, Sequence

import torch
from golden_file import GENERATOR
from lprnet_export.export import ExportedModel, export_module
from lprnet_export.interpret import run_graph
from lprnet_export.lprnet_modules import (
    LeakyLPRNet,
    LPRNet,
    LPRNetWithTransformer,
    Pipeline,
    SmallLPRNet,
    SpatialTransformer,
)
from lprnet_export.model_file import compact_json, write_model, write_safetensors
from lprnet_export.random_weights import fill
from torch import nn

PLATE = [1, 3, 24, 94]
LARGE_PLATE = [1, 3, 40, 100]
BGR = {"channel_order": "BGR", "mean": [127.5] * 3, "scale": [0.0078125] * 3, "resize": "bilinear"}
BICUBIC = {**BGR, "resize": "bicubic"}
RGB = {"channel_order": "RGB", "mean": [0.0] * 3, "scale": [1 / 255] * 3, "resize": "bilinear"}
SIGNED = {"channel_order": "RGB", "mean": [127.5] * 3, "scale": [1 / 127.5] * 3, "resize": "bilinear"}


class Front(nn.Module):
    """The first two layers of a common variant."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, 64, 3, 1, 1), nn.ReLU(inplace=True))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.backbone(x)


class OverwrittenFeatures(nn.Module):
    """Keeps features that later operations overwrite in place, so their readers see the new values."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=(2, 5))
        self.norm = nn.BatchNorm2d(8)
        self.act = nn.ReLU(inplace=True)
        self.deeper = nn.Conv2d(8, 8, 3, padding=1)
        self.head = nn.Conv2d(24, classes, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kept = self.norm(self.conv(x))
        flat = kept.flatten(2)  # a view: it sees the ReLU too
        first = self.act(kept)
        second = self.deeper(first)
        doubled = second.clone()
        second += kept
        self.act(second)
        doubled.mul_(0.5)
        flat = flat.view(kept.shape) - first * 0.25
        return self.head(torch.cat((flat, second, doubled), 1)).mean(2)


class SplitHalves(nn.Module):
    """Depthwise layers, split halves, ceil_mode and Mish, as in some of the wider family."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 5, 2, 2, groups=1), nn.BatchNorm2d(16), nn.Mish())
        self.depthwise = nn.Conv2d(16, 16, 5, padding=2, groups=16)
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.wide = nn.Conv2d(16, 16, (3, 13), padding=(1, 6), groups=16)
        self.act = nn.PReLU(16)
        self.classes = nn.Conv2d(32, classes, (3, 1))
        nn.init.constant_(self.act.weight, 0.2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.pool(self.depthwise(self.stem(x)))
        x = self.act(self.wide(x))
        top, bottom = x.chunk(2, dim=2)
        return torch.log_softmax(self.classes(torch.cat((top, bottom), 1)).squeeze(2), dim=1)


def _alphabet(count: int) -> List[str]:
    return (["京", "강원", "미추홀"] + list("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"))[:count]


def _export(module: nn.Module, shape: Sequence[int], seed: int, name: str, **parts: Any) -> ExportedModel:
    fill(module, seed, shape)
    source = f"{GENERATOR}, seeded random weights (seed {seed}), PyTorch {torch.__version__}"
    provenance = {"source": source, "license": "Apache-2.0"}
    return export_module(module, shape, name=name, provenance=provenance, seed=seed, **parts)


def _decode(tokens: List[str], blank: int) -> Dict[str, Any]:
    return {"alphabet": tokens, "blank": blank}


def generate_models(folder: Path, seed: int) -> None:
    """Alphabets differ on purpose: blank last, first, left out; tokens of several characters, and twice."""
    folder.mkdir(parents=True, exist_ok=True)
    last = _decode(_alphabet(11) + ["-"], 11)
    first = _decode(["-"] + _alphabet(9), 0)
    left_out = _decode(_alphabet(12), 12)
    twice = _decode(["A", "0", "A", "-", "0", "川"], 3)
    widths = (4, 8, 12)
    models = {
        "padded": _export(LPRNet(12, widths, first_padding=1), PLATE, seed + 1, "padded", preprocess=BGR, decode=last),
        "stnpair": _export(
            Pipeline(SpatialTransformer(channels=4), LPRNet(10, widths)),
            PLATE, seed + 2, "stnpair", preprocess=BICUBIC, decode=first,
        ),
        "stninside": _export(
            LPRNetWithTransformer(13, widths), PLATE, seed + 3, "stninside", preprocess=RGB, decode=left_out,
        ),
        "leaky": _export(LeakyLPRNet(6, (8, 16, 20)), LARGE_PLATE, seed + 4, "leaky", preprocess=SIGNED, decode=twice),
        "small": _export(SmallLPRNet(13, widths), LARGE_PLATE, seed + 5, "small", preprocess=SIGNED, decode=left_out),
        "overwritten": _export(OverwrittenFeatures(6), PLATE, seed + 6, "overwritten", preprocess=BGR, decode=twice),
        "split_halves": _export(
            SplitHalves(12), [1, 3, 24, 48], seed + 7, "split_halves", preprocess=RGB, decode=last,
        ),
    }  # fmt: skip
    for name, exported in models.items():
        write_model(folder / f"{name}.safetensors", exported.document, exported.tensors)


def generate_front(path: Path, seed: int) -> None:
    exported = _export(Front(), [1, 3, 12, 22], seed, "front")
    write_model(path, exported.document, exported.tensors)


def generate_layers(path: Path, trace: Path, seed: int) -> None:
    """A narrow LPRNet, and what PyTorch computes at each of its nodes for the self-test's input."""
    decode = _decode(_alphabet(11) + ["-"], 11)
    exported = _export(LPRNet(12, (4, 4, 8)), PLATE, seed, "lprnet_layers", preprocess=BGR, decode=decode)
    write_model(path, exported.document, exported.tensors)
    values = run_graph(exported.document, exported.tensors, {"input": exported.tensors["self_test.input"]})
    del values["input"]
    origin = {"generator": GENERATOR, "torch": torch.__version__, "seed": seed, "model": path.name}
    tensors = {f"trace.{name}": value.contiguous() for name, value in values.items()}
    write_safetensors(trace, tensors, {"lprnet.trace": compact_json({"origin": origin})})
