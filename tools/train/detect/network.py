"""The detector: one pass over a photograph, a heat map and the corners of plates at three strides.

Strides 8, 16 and 32 each find plates of their own range of sizes (`HEADS`), because the model file has no operator that
enlarges a feature, and because a plate of 400 pixels is as easy to find at stride 32 as one of 50 at stride 8.
Every layer is a convolution, so the input may have any size that is a multiple of 32.

The output is one tensor [N, 10, cells]: the cells of stride 8 row by row, then those of stride 16, then those of 32.
Channels: 0 the heat (logit), 1 two lines instead of one (logit), 2..9 x and y of the corners from the top left clockwise,
relative to the cell's centre, in units of `REACH` strides.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

CHANNELS = 10
REACH = 4.0
MULTIPLE = 32


@dataclass(frozen=True)
class Head:
    stride: int
    smallest: float
    largest: float
    """Sizes of plates in pixels (`targets.size_of`) that this head finds; the ranges of neighbours overlap."""


HEADS = (Head(8, 10.0, 100.0), Head(16, 70.0, 230.0), Head(32, 165.0, 700.0))


@dataclass(frozen=True)
class Shape:
    """Channels at strides 2, 4, 8, 16 and 32."""

    stem: int = 8
    quarter: int = 24
    eighth: int = 48
    sixteenth: int = 96
    last: int = 128


class Separable(nn.Module):
    """Depthwise 3x3, then pointwise; with a shortcut where shapes allow it.

    At stride 4 there is none: adding to so large a feature, and the ReLU that then has to wait, cost as much as the block.
    """

    def __init__(self, channels: int, out: int, stride: int = 1, dilation: int = 1, shortcut: bool = True) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 3, stride, dilation, dilation, channels, bias=False)
        self.norm_1 = nn.BatchNorm2d(channels)
        self.pointwise = nn.Conv2d(channels, out, 1, bias=False)
        self.norm_2 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU()
        self._shortcut = shortcut and stride == 1 and channels == out

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.norm_1(self.depthwise(x)))
        y = self.norm_2(self.pointwise(y))
        return self.relu(x + y if self._shortcut else y)


class Detector(nn.Module):
    def __init__(self, shape: Shape = Shape()) -> None:  # noqa: B008
        super().__init__()
        self.shape = shape
        self.stem = nn.Sequential(nn.Conv2d(3, shape.stem, 3, 2, 1, bias=False), nn.BatchNorm2d(shape.stem), nn.ReLU())
        self.quarter = nn.Sequential(Separable(shape.stem, shape.quarter, 2), Separable(shape.quarter, shape.quarter, shortcut=False))
        self.eighth = nn.Sequential(
            Separable(shape.quarter, shape.eighth, 2), Separable(shape.eighth, shape.eighth), Separable(shape.eighth, shape.eighth, 1, 2)
        )
        self.sixteenth = nn.Sequential(
            Separable(shape.eighth, shape.sixteenth, 2),
            Separable(shape.sixteenth, shape.sixteenth),
            Separable(shape.sixteenth, shape.sixteenth, 1, 2),
        )
        self.last = nn.Sequential(
            Separable(shape.sixteenth, shape.last, 2),
            Separable(shape.last, shape.last),
            Separable(shape.last, shape.last),
            Separable(shape.last, shape.last, 1, 2),
        )
        self.head_8 = nn.Sequential(Separable(shape.eighth, shape.eighth, 1, 3), nn.Conv2d(shape.eighth, CHANNELS, 1))
        self.head_16 = nn.Sequential(Separable(shape.sixteenth, shape.sixteenth, 1, 3), nn.Conv2d(shape.sixteenth, CHANNELS, 1))
        self.head_32 = nn.Sequential(Separable(shape.last, shape.last), nn.Conv2d(shape.last, CHANNELS, 1))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out" if module.groups == 1 else "fan_in", nonlinearity="relu")
        for head in (self.head_8, self.head_16, self.head_32):
            nn.init.normal_(head[-1].weight, std=0.01)
            nn.init.zeros_(head[-1].bias)
            nn.init.constant_(head[-1].bias[:1], -4.0)  # few cells are plates
        for module in self.modules():  # a block begins as its shortcut
            if isinstance(module, Separable) and module._shortcut:
                nn.init.constant_(module.norm_2.weight, 0.3)

    def forward(self, x: Tensor) -> Tensor:
        at_8 = self.eighth(self.quarter(self.stem(x)))
        at_16 = self.sixteenth(at_8)
        at_32 = self.last(at_16)
        maps = (self.head_8(at_8), self.head_16(at_16), self.head_32(at_32))
        return torch.cat([m.flatten(2) for m in maps], 2)


def cells(rows: int, columns: int) -> list[tuple[int, int]]:
    """Rows and columns of each head's map for an input of that size."""
    if rows % MULTIPLE or columns % MULTIPLE:
        raise ValueError(f"the input is {columns}x{rows}; both must be multiples of {MULTIPLE}")
    return [(rows // head.stride, columns // head.stride) for head in HEADS]


def count_macs(network: Detector, rows: int, columns: int) -> int:
    """Multiplications of one picture, convolutions alone."""
    total = 0

    def count(module: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        assert isinstance(module, nn.Conv2d)
        total += output.numel() * module.weight[0].numel()

    hooks = [m.register_forward_hook(count) for m in network.modules() if isinstance(m, nn.Conv2d)]
    training = network.training
    with torch.no_grad():
        network.eval()(torch.zeros(1, 3, rows, columns))
    network.train(training)
    for hook in hooks:
        hook.remove()
    return total
