"""Random networks of the operators that the exporter knows, the same for the same seed."""

import random
from typing import Any, Callable, List, Optional, Sequence, Tuple

import torch
import torch.nn.functional as F
from torch import nn

Function = Callable[..., torch.Tensor]
MAX_ELEMENTS = 4000
MIN_MAGNITUDE, MAX_MAGNITUDE = 0.2, 50.0


class _First(nn.Module):
    """The first of what a layer gives."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.layer(x)[0]
        return result


class RandomModule(nn.Module):
    """Steps that each read earlier values; the last value is the answer.

    Divisors, square roots and powers have positive operands whatever the input is, so that rounding stays small.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.choose = random.Random(seed)
        self.layers = nn.ModuleList()
        self.steps: List[Tuple[Function, Sequence[int]]] = []
        choose = self.choose
        self.input_shape = [1, choose.choice([1, 3, 4, 8, 17]), choose.randint(1, 12), choose.randint(1, 14)]
        self.values = [torch.randn(self.input_shape)]
        wanted = choose.randint(2, 12)
        with torch.no_grad():
            for _ in range(60):
                if len(self.steps) < wanted:
                    getattr(self, choose.choice(STEPS))(self.operand())
            if not self.steps:
                self.add(F.relu, 0)
        del self.values
        self.eval()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        values = [x]
        for function, operands in self.steps:
            values.append(function(*[values[i] for i in operands]))
        return values[-1]

    def operand(self) -> int:
        last = len(self.values) - 1
        return last if self.choose.random() < 0.7 else self.choose.randint(0, last)

    def add(self, function: Function, *operands: int) -> Optional[int]:
        """Takes the step when PyTorch accepts it and its result is small and near 1: what is left of values that cancel
        out is mostly rounding."""
        if isinstance(function, nn.Module):
            function.eval()
        try:
            result = function(*[self.values[i].clone() for i in operands])
        except (RuntimeError, IndexError, ValueError, TypeError):
            return None
        good = 0 < result.numel() <= MAX_ELEMENTS and result.dim() <= 5
        if not good or not bool(torch.isfinite(result).all()):
            return None
        if not MIN_MAGNITUDE <= float(result.abs().max()) <= MAX_MAGNITUDE:
            return None
        if isinstance(function, nn.Module):
            self.layers.append(function)
        self.steps.append((function, operands))
        self.values.append(result)
        return len(self.values) - 1

    def shape(self, value: int) -> torch.Size:
        return self.values[value].shape

    def channels(self, value: int) -> int:
        shape = self.shape(value)
        return int(shape[-3]) if len(shape) >= 3 else 1

    def pair(self, *choices: int) -> Tuple[int, int]:
        return self.choose.choice(choices), self.choose.choice(choices)

    def dim(self, value: int) -> int:
        rank = self.values[value].dim()
        return self.choose.randint(-rank, rank - 1) if rank else 0

    # Layers

    def conv(self, value: int) -> Optional[int]:
        channels = self.channels(value)
        groups = self.choose.choice([1, 1, 1, 1, channels, 2])
        filters = groups * self.choose.choice([1, 2, 3, 8, 9, 17]) if groups < 8 else groups
        kernel = self.pair(1, 2, 3, 3, 5)
        padding = (
            self.choose.choice([0, kernel[0] // 2, 1, 3]),
            self.choose.choice([0, kernel[1] // 2, 2, 3]),
        )
        bias = self.choose.random() < 0.7
        if channels % groups:
            return None
        layer = nn.Conv2d(
            channels, filters, kernel, self.pair(1, 1, 1, 2, 3), padding, self.pair(1, 1, 1, 2), groups, bias
        )
        nn.init.normal_(layer.weight, 0, layer.weight[0].numel() ** -0.5)
        return self.add(layer, value)

    def batch_norm(self, value: int) -> Optional[int]:
        shape = self.shape(value)
        if len(shape) not in (2, 3, 4):
            return None
        kind = nn.BatchNorm2d if len(shape) == 4 else nn.BatchNorm1d
        layer = kind(int(shape[1]), affine=self.choose.random() < 0.8)
        layer.running_mean.uniform_(-0.5, 0.5)  # type: ignore[union-attr]
        layer.running_var.uniform_(0.4, 1.6)  # type: ignore[union-attr]
        if layer.affine:
            nn.init.uniform_(layer.weight, -0.2, 1.5)
            nn.init.uniform_(layer.bias, -0.5, 0.5)
        return self.add(layer, value)

    def linear(self, value: int) -> Optional[int]:
        if self.values[value].dim() == 0:
            return None
        outputs, bias = self.choose.choice([1, 3, 8, 19]), self.choose.random() < 0.7
        return self.add(nn.Linear(int(self.shape(value)[-1]), outputs, bias), value)

    def activation(self, value: int) -> Optional[int]:
        shape = self.shape(value)
        channels = int(shape[1]) if len(shape) > 1 else 1
        layer: nn.Module = self.choose.choice(
            [nn.ReLU(), nn.ReLU(), nn.LeakyReLU(0.1), nn.PReLU(), nn.PReLU(channels), nn.ELU(0.7), nn.Mish(), nn.GELU(),
             nn.GELU(approximate="tanh"), nn.Sigmoid(), nn.Tanh(), nn.ReLU6(), nn.SiLU(), nn.Hardsigmoid(), nn.Hardswish(),
             nn.Softplus(), nn.Softplus(0.7), nn.Hardtanh(-0.7, 0.9), nn.Dropout(), nn.Identity()]
        )  # fmt: skip
        return self.add(layer, value)

    def norm(self, value: int) -> Optional[int]:
        shape = self.shape(value)
        if len(shape) < 2:
            return None
        if shape[-1] < 2 or self.values[value].numel() < 2 * shape[0] * shape[1]:
            return None  # what a single value is normalised to is PyTorch's rounding
        channels, affine = int(shape[1]), self.choose.random() < 0.7
        groups = self.choose.choice([g for g in (1, 2, 3, channels) if channels % g == 0])
        layers: List[nn.Module] = [
            nn.LayerNorm(shape[-1:], elementwise_affine=affine),
            nn.LayerNorm(shape[-2:], eps=0.1),
            nn.GroupNorm(groups, channels, affine=affine),
        ]
        if len(shape) == 4:
            layers.append(nn.InstanceNorm2d(channels, affine=affine))
        layer = self.choose.choice(layers)
        for parameter in layer.parameters():
            nn.init.uniform_(parameter, -0.2, 1.5)
        return self.add(layer, value)

    def transposed_conv(self, value: int) -> Optional[int]:
        if self.values[value].dim() != 4:
            return None
        channels, choose = self.channels(value), self.choose
        stride = self.pair(1, 2, 2, 3)
        layer = nn.ConvTranspose2d(
            channels, choose.choice([1, 3, 8]), self.pair(1, 2, 3, 4), stride, self.pair(0, 0, 1),
            (choose.randint(0, stride[0] - 1), choose.randint(0, stride[1] - 1)), bias=choose.random() < 0.7,
        )  # fmt: skip
        return self.add(layer, value)

    def recurrent(self, value: int) -> Optional[int]:
        if self.values[value].dim() != 3:
            return None
        kind = self.choose.choice([nn.LSTM, nn.GRU])
        options = {"batch_first": self.choose.random() < 0.5, "bidirectional": self.choose.random() < 0.5}
        layer = kind(int(self.shape(value)[2]), self.choose.choice([1, 3, 8, 17]), self.choose.randint(1, 2), **options)
        return self.add(_First(layer), value)

    def resized(self, value: int) -> Optional[int]:
        if self.values[value].dim() != 4:
            return None
        mode, corners = self.choose.choice([("nearest", None), ("bilinear", False), ("bilinear", True)])
        size, factor = self.pair(1, 3, 5, 8), self.choose.choice([2, 0.5, 1.3])
        if self.choose.random() < 0.5:
            return self.add(lambda x: F.interpolate(x, size, mode=mode, align_corners=corners), value)
        return self.add(lambda x: F.interpolate(x, scale_factor=factor, mode=mode, align_corners=corners), value)

    def product(self, value: int) -> Optional[int]:
        functions: List[Function] = [
            lambda x: torch.matmul(x, x.transpose(-1, -2) * 0.3),
            lambda x: x.transpose(-1, -2) * 0.3 @ x,
        ]
        return None if self.values[value].dim() < 2 else self.add(self.choose.choice(functions), value)

    def pool(self, value: int) -> Optional[int]:
        kernel, stride, ceil = self.pair(1, 2, 3, 3, 4), self.pair(1, 1, 2, 3), self.choose.random() < 0.3
        padding = (self.choose.randint(0, kernel[0] // 2), self.choose.randint(0, kernel[1] // 2))
        layer: nn.Module = self.choose.choice(
            [
                nn.MaxPool2d(kernel, stride, padding, ceil_mode=ceil),
                nn.MaxPool3d((1, *kernel), (self.choose.randint(1, 3), *stride), ceil_mode=ceil),
                nn.MaxPool3d((2, *kernel), (1, *stride), (1, *padding)),
                nn.AvgPool2d(kernel, stride, padding, ceil, self.choose.random() < 0.5),
                nn.AvgPool2d(kernel, stride, divisor_override=3),
                nn.AdaptiveAvgPool2d(self.pair(1, 2, 5)),
                nn.AdaptiveMaxPool2d(self.pair(1, 3, 4)),
            ]
        )
        return self.add(layer, value)

    # Functions

    def view(self, value: int) -> Optional[int]:
        shape = self.shape(value)
        rank, dim = len(shape), self.dim(value)
        if rank == 0:
            return self.add(lambda x: x.unsqueeze(0), value)
        size = int(shape[dim])
        start, step = self.choose.randint(0, max(0, size - 1)), self.choose.choice([1, 1, 2, 3])
        end = self.choose.randint(start + 1, size)
        order = self.choose.sample(range(rank), rank)
        index = tuple([slice(None)] * (dim % rank) + [slice(start, end, step)])
        cut = self.choose.choice([d for d in range(1, size + 1) if size % d == 0])
        split = [*shape[: dim % rank], cut, size // cut, *shape[dim % rank + 1 :]]
        functions: List[Function] = [
            lambda x: x[index],
            lambda x: x.narrow(dim, start, end - start),
            lambda x: x.permute(order),
            lambda x: x.reshape(split),
            lambda x: x.flatten(dim % rank),
            lambda x: x.reshape(1, 1, -1, size) if rank > 1 else x.reshape(1, -1),
            lambda x: x.squeeze(0),
            lambda x: x.squeeze(),
            lambda x: x.unsqueeze(dim),
            lambda x: x.chunk(2, dim)[-1],
        ]
        return self.add(self.choose.choice(functions), value)

    def positive(self, value: int) -> Optional[int]:
        return self.add(lambda x: torch.sigmoid(x) + 0.5, value)

    def arithmetic(self, value: int) -> Optional[int]:
        number = round(self.choose.uniform(-1.5, 1.5), 2)
        other = self.choose.randint(0, len(self.values) - 1)
        functions: List[Function] = [
            lambda x: x + number, lambda x: number - x, lambda x: x * number, lambda x: x / 2, lambda x: x**2,
            lambda x: 1.7 ** torch.tanh(x), lambda x: x * x, lambda x: x + x, lambda x: torch.sqrt(x * x + 0.5),
            lambda x: x.abs(), lambda x: torch.exp(-x), lambda x: x.clamp(max=number),
        ]  # fmt: skip
        if self.choose.random() < 0.4:
            return self.add(self.choose.choice(functions), value)
        operands = [value, other] if self.choose.random() < 0.5 else [other, value]
        if self.choose.random() < 0.2:
            return self.add(lambda x, y: x / (torch.sigmoid(y) + 0.5), *operands)
        return self.add(self.choose.choice([torch.add, torch.sub, torch.mul, torch.maximum, torch.minimum]), *operands)

    def concat(self, value: int) -> Optional[int]:
        dim = self.dim(value)
        others = [self.choose.randint(0, len(self.values) - 1) for _ in range(self.choose.randint(1, 2))]
        return self.add(lambda *parts: torch.cat(parts, dim), value, *others)

    def reduction(self, value: int) -> Optional[int]:
        keepdim = self.choose.random() < 0.5
        rank = self.values[value].dim()
        dims = [d for d in range(rank) if self.choose.random() < 0.45] or list(range(rank))
        functions: List[Function] = [
            lambda x: x.mean(dims, keepdim),
            lambda x: x.sum(dims, keepdim),
            lambda x: x.amax(dims, keepdim),
            lambda x: x.amin(dims, keepdim),
        ]
        return self.add(self.choose.choice(functions), value)

    def softmax(self, value: int) -> Optional[int]:
        dim = self.dim(value)
        return self.add(self.choose.choice([lambda x: F.softmax(x, dim), lambda x: F.log_softmax(x, dim)]), value)

    def sample(self, value: int) -> Optional[int]:
        shape = self.shape(value)
        if len(shape) != 4:
            return None
        corners = self.choose.random() < 0.5
        mode = self.choose.choice(["zeros", "border", "reflection"])
        theta = torch.eye(2, 3).repeat(shape[0], 1, 1) * 0.9 + 0.3 * torch.randn(shape[0], 2, 3)
        size = [int(shape[0]), int(shape[1]), self.choose.randint(1, 6), self.choose.randint(1, 8)]
        grid = F.affine_grid(theta, size, align_corners=corners)
        return self.add(lambda x: F.grid_sample(x, grid, "bilinear", mode, corners), value)

    # What networks are made of

    def residual(self, value: int) -> Optional[int]:
        if self.values[value].dim() < 3:
            return None
        channels = self.channels(value)
        kernel = self.pair(1, 3, 5)
        layer = nn.Conv2d(channels, channels, kernel, 1, (kernel[0] // 2, kernel[1] // 2))
        branch = self.add(layer, value)
        if branch is None:
            return None
        total = self.add(self.choose.choice([torch.add, torch.sub, torch.mul]), value, branch)
        return None if total is None else self.conv(total)

    def context(self, value: int) -> Optional[int]:
        return self.add(lambda x: x / (torch.mean(torch.pow(x, 2)) + 0.3), value)

    def padded_view(self, value: int) -> Optional[int]:
        before = self.conv(value)
        seen = None if before is None else self.view(before)
        return None if seen is None else self.conv(seen)


STEPS: Sequence[Any] = [
    *["conv"] * 4, *["residual"] * 3, *["padded_view"] * 2, *["view"] * 3, *["arithmetic"] * 3, *["activation"] * 2,
    *["pool"] * 2, "batch_norm", "linear", "concat", "concat", "reduction", "softmax", "sample", "context",
    "norm", "transposed_conv", "recurrent", "recurrent", "resized", "product",
]  # fmt: skip
