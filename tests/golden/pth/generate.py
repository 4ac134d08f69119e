#!/usr/bin/env python3
"""Writes files of torch.save in every form that the reader of checkpoints must know.

    tests/golden/pth/generate.py [FOLDER]

Run it with each PyTorch whose files are wanted: their names end in its version. What they must be
read as is written beside them, once for all versions, as <content>.safetensors.
"""

import argparse
import collections
import sys
import warnings
from pathlib import Path
from typing import Any, Dict, List, Mapping, Tuple

import numpy
import torch
from torch import nn

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[2] / "tools" / "export")]
from lprnet_export.model_file import read_safetensors, write_safetensors  # noqa: E402

GENERATOR = "tests/golden/pth/generate.py"
Tensors = Dict[str, torch.Tensor]


class Block(nn.Module):
    """A module with a parameter, buffers and a child, as a user's own file would define it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 3, (1, 2))
        self.norm = nn.BatchNorm2d(3)
        self.scale = nn.Parameter(torch.zeros(3))
        self.register_buffer("kept", torch.zeros(2))
        self.register_buffer("not_kept", torch.zeros(2), persistent=False)
        self.layers = nn.Sequential(nn.ReLU(), nn.Linear(3, 2, bias=False))


def counted(*shape: int, dtype: torch.dtype = torch.float32, first: int = 0) -> torch.Tensor:
    """Elements that differ, so that one in a wrong place shows."""
    count = 1
    for size in shape:
        count *= size
    return torch.arange(first, first + count).reshape(shape).to(dtype)


def dtypes() -> Tuple[Any, Tensors]:
    kinds = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
    kinds += [torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8]
    state = {str(kind).replace("torch.", "") + ".weight": counted(2, 3, dtype=kind, first=-2) for kind in kinds}
    state["uint8.weight"] = counted(2, 3, dtype=torch.uint8, first=250)
    state["bool.weight"] = torch.tensor([True, False, True])
    return state, state


def views() -> Tuple[Any, Tensors]:
    base = counted(4, 6)
    half = counted(4, 4, dtype=torch.float16)
    state = {
        "whole.weight": base,
        "again.weight": base,
        "row.weight": base[2],
        "rows.weight": base[1:3],
        "column.weight": base[:, 3],
        "every_second.weight": base[::2, 1::2],
        "transposed.weight": base.t(),
        "permuted.weight": base.reshape(2, 2, 6).permute(2, 0, 1),
        "expanded.weight": counted(3, 1).expand(3, 4),
        "last_channels.weight": counted(1, 2, 3, 4).contiguous(memory_format=torch.channels_last),
        "scalar.weight": torch.tensor(7.5),
        "in_a_scalar.weight": base[3, 5],
        "half.weight": half[1:, ::3],
        "parameter.weight": nn.Parameter(counted(2, 2)),
    }
    return state, state


def nested() -> Tuple[Any, Tensors]:
    weights = collections.OrderedDict((f"module.layers.{i}.weight", counted(2, 2, first=i)) for i in range(3))
    content = {
        "epoch": 12,
        "best": numpy.float64(0.97),
        "loss": torch.tensor(0.25),
        "config": argparse.Namespace(lr=1e-3, classes=68, blank=None, name="车牌"),
        "history": [(1, 0.5), {"a": {"b": set("x")}}, -(2**40), 2**80, 1.5, True, None],
        "optimizer": {"state": {0: {"step": 3, "exp_avg": counted(2, 2)}}, "param_groups": [{"params": [0]}]},
        "device": torch.device("cpu"),
        "size": torch.Size([3, 24, 94]),
        "dtype": torch.float32,
        "counts": collections.defaultdict(list, {"x": [1]}),
        "state_dict": weights,
    }
    return content, {name.replace("module.", ""): tensor for name, tensor in weights.items()}


def module() -> Tuple[Any, Tensors]:
    block = Block()
    for index, tensor in enumerate(block.state_dict().values()):
        tensor.copy_(counted(*tensor.shape, first=10 * index).to(tensor.dtype))
    return block, block.state_dict()


CONTENTS = {"dtypes": dtypes, "views": views, "nested": nested, "module": module}


def write_expected(path: Path, tensors: Mapping[str, torch.Tensor]) -> None:
    dense = {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}
    write_safetensors(path, dense, {"origin": GENERATOR})


def version() -> str:
    return "_".join(torch.__version__.split(".")[:2])


def no_source(*_: Any) -> Any:
    raise OSError("the old stream would hold the source text of every module's class")


def generate(folder: Path) -> List[Path]:
    torch.serialization.get_source_lines_and_file = no_source
    warnings.simplefilter("ignore")
    written = []
    for name, make in CONTENTS.items():
        content, expected = make()
        write_expected(folder / f"{name}.safetensors", expected)
        for container, is_zip in (("zip", True), ("stream", False)):
            path = folder / f"{name}.{container}.torch{version()}.pth"
            torch.save(content, path, _use_new_zipfile_serialization=is_zip)
            written.append(path)
    sparse = folder / f"sparse.zip.torch{version()}.pth"
    torch.save({"a.weight": torch.eye(2).to_sparse()}, sparse)
    return written + [sparse] + write_networks(folder)


def write_networks(folder: Path) -> List[Path]:
    """The golden model `stnpair` as two checkpoints, in one container for each PyTorch."""
    tensors, _ = read_safetensors(HERE.parent / "models" / "stnpair.safetensors")
    is_zip = not version().startswith("1_")
    written = []
    for part in ("stn", "lprnet"):
        state = collections.OrderedDict()
        for name in sorted(tensors):
            if name.startswith(part + "."):
                state[name[len(part) + 1 :]] = tensors[name].clone()
        path = folder / f"{part}.{'zip' if is_zip else 'stream'}.torch{version()}.pth"
        torch.save({"epoch": 1, "state_dict": state}, path, _use_new_zipfile_serialization=is_zip)
        written.append(path)
    return written


def name_module() -> None:
    """Gives Block the module name of a user's own file."""
    Block.__module__ = "plates.network"
    sys.modules["plates"] = sys.modules["plates.network"] = sys.modules[__name__]


if __name__ == "__main__":
    name_module()
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    for file in generate(target):
        print(file.name, file.stat().st_size)
