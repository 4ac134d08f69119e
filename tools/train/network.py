"""The reader: LPRNet of free shape, and a small spatial transformer in front of it.

The transformer looks at a coarse picture and cuts the straightened plate out of a fine one, so that a tilted or loosely
cut plate keeps the pixels that shrinking the whole crop to LPRNet's own size would throw away.

In the default shape, `PUBLIC`, it is the public PyTorch edition, tensor for tensor, except that the mean of squares in
the global context is taken for each plate alone, so that a plate's answer never depends on its neighbours in the batch.
MaxPool3d over the channel axis is written as MaxPool2d and a strided slice: the same values, faster, and exportable.
"""

import math
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LOOK_ROWS = 24
"""The transformer shrinks pictures of twice and more of these rows before it looks at them."""


@dataclass(frozen=True)
class Shape:
    """Sizes as (rows, columns), and channels of every layer."""

    picture: tuple[int, int] = (24, 94)
    """What the network is given."""
    plate: tuple[int, int] = (24, 94)
    """What LPRNet reads: the picture, or what the transformer cuts out of it."""
    rows_3: int = 1
    """The third pooling keeps every k-th row."""
    tall: int = 13
    """Rows of the last convolution."""
    stem: int = 64
    inner_1: tuple[int, int, int] = (32, 32, 32)
    block_1: int = 128
    keep_1: int = 2
    """Every k-th channel survives the second pooling; `keep_2`: the third."""
    inner_2: tuple[int, int, int] = (64, 64, 64)
    block_2: int = 256
    inner_3: tuple[int, int, int] = (64, 64, 64)
    block_3: int = 256
    keep_2: int = 4
    wide: int = 256
    stn: tuple[int, int, int] | None = None
    """Channels of the spatial transformer's two convolutions and its hidden layer; None: no transformer."""
    coarse: tuple[int, int, int, int] | None = None
    """Channels of a first look's three convolutions and hidden layer: it finds the plate roughly in a loosely cut
    picture, and the transformer looks again at what it found. None: one look."""
    lines: int = 0
    """Hidden units of the gate that tells two lines from one and lays the upper line before the lower; 0: no gate."""
    kinds: int = 0
    """Hidden units of the second output, the kind of plate; 0: no such output."""

    @property
    def features(self) -> list[tuple[int, int]]:
        """Sizes of the four features of the global context; the last is that of the logits before their mean."""
        rows, columns = self.plate
        halved = (columns - 7) // 2 + 1
        end = ((rows - 9) // self.rows_3 + 1 - (self.tall - 1), (halved - 3) // 2 + 1 - 3)
        return [(rows - 2, columns - 2), (rows - 4, columns - 4), (rows - 6, halved), end]

    @property
    def steps(self) -> int:
        """CTC steps: columns of the logits."""
        return self.features[-1][1]

    @property
    def look(self) -> int:
        """The transformer looks at the means of so many by so many pixels."""
        return max(self.picture[0] // LOOK_ROWS, 1)

    @property
    def looked(self) -> tuple[int, int]:
        """Size of the transformer's last feature map."""
        rows, columns = ((size // self.look - 2) // 2 - 4 for size in self.picture)
        return rows // 3, columns // 3

    def to_dict(self) -> dict[str, object]:
        return asdict(self)

    @staticmethod
    def from_dict(values: dict[str, object]) -> "Shape":
        return Shape(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})  # type: ignore[arg-type]


PUBLIC = Shape()
SLIM = Shape(
    picture=(64, 192), plate=(32, 128), rows_3=2, tall=9,
    stem=32, inner_1=(16, 16, 16), block_1=48, keep_1=1, inner_2=(32, 32, 32), block_2=64,
    inner_3=(32, 32, 32), block_3=64, keep_2=1, wide=112, stn=(16, 24, 32),
)  # fmt: skip


class SmallBasicBlock(nn.Module):
    def __init__(self, inputs: int, inner: tuple[int, int, int], outputs: int) -> None:
        super().__init__()
        a, b, c = inner
        self.block = nn.Sequential(
            nn.Conv2d(inputs, a, 1),
            nn.ReLU(),
            nn.Conv2d(a, b, (3, 1), padding=(1, 0)),
            nn.ReLU(),
            nn.Conv2d(b, c, (1, 3), padding=(0, 1)),
            nn.ReLU(),
            nn.Conv2d(c, outputs, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.block(x)


class ChannelStridedMaxPool(nn.Module):
    """MaxPool3d of kernel (1, 3, 3) and stride (keep, 1, stride) with the channels as depth."""

    def __init__(self, keep: int, stride: tuple[int, int]) -> None:
        super().__init__()
        self.keep = keep
        self.pool = nn.MaxPool2d(3, stride)

    def forward(self, x: Tensor) -> Tensor:
        if self.keep > 1:
            x = x[:, :: self.keep]
        return self.pool(x)


def context_pool(size: tuple[int, int], cells: tuple[int, int]) -> nn.AvgPool2d:
    """Means over windows, one a cell; beside each other where that comes out even, else overlapping.
    For the public edition these are its windows: (5, 5), (5, 5) and (4, 10) with stride (4, 2)."""
    stride = (size[0] // cells[0], size[1] // cells[1])
    kernel = [s if n // s == c else n - (c - 1) * s for n, c, s in zip(size, cells, stride, strict=True)]
    return nn.AvgPool2d((kernel[0], kernel[1]), stride)


KINDS = ("blue", "yellow", "green", "white", "black", "none")
"""The classes of the second output: the plate's colour, or that it is no plate."""


class LPRNet(nn.Module):
    """A plate [N, 3, 24, 94] BGR, (x - 127.5) / 128  ->  logits [N, classes, 18], in the public edition's shape."""

    def __init__(self, classes: int, shape: Shape = PUBLIC, dropout: float = 0.5) -> None:
        super().__init__()
        self.shape = w = shape
        after_1 = len(range(0, w.block_1, w.keep_1))
        after_2 = len(range(0, w.block_3, w.keep_2))
        self.backbone = nn.Sequential(
            nn.Conv2d(3, w.stem, 3),
            nn.BatchNorm2d(w.stem),
            nn.ReLU(),  # 2: feature A
            ChannelStridedMaxPool(1, (1, 1)),
            SmallBasicBlock(w.stem, w.inner_1, w.block_1),
            nn.BatchNorm2d(w.block_1),
            nn.ReLU(),  # 6: feature B
            ChannelStridedMaxPool(w.keep_1, (1, 2)),
            SmallBasicBlock(after_1, w.inner_2, w.block_2),
            nn.BatchNorm2d(w.block_2),
            nn.ReLU(),
            SmallBasicBlock(w.block_2, w.inner_3, w.block_3),
            nn.BatchNorm2d(w.block_3),
            nn.ReLU(),  # 13: feature C
            ChannelStridedMaxPool(w.keep_2, (w.rows_3, 2)),
            nn.Dropout(dropout),
            nn.Conv2d(after_2, w.wide, (1, 4)),
            nn.BatchNorm2d(w.wide),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Conv2d(w.wide, classes, (w.tall, 1)),
            nn.BatchNorm2d(classes),
            nn.ReLU(),  # 22: feature D
        )
        *sizes, end = shape.features
        self.pools = nn.ModuleList([context_pool(size, end) for size in sizes])
        self.container = nn.Sequential(nn.Conv2d(w.stem + w.block_1 + w.block_3 + classes, classes, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.read(x)[0]

    def read(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The logits, and the last features before the classes."""
        features = []
        wide = x
        for index, layer in enumerate(self.backbone):
            x = layer(x)
            if index in (2, 6, 13):
                features.append(x)
            elif index == 18:
                wide = x
        pooled = [*(pool(f) for pool, f in zip(self.pools, features, strict=True)), x]
        scaled = [f / torch.mean(f * f, dim=(1, 2, 3), keepdim=True) for f in pooled]
        logits = self.container(torch.cat(scaled, 1))
        return torch.mean(logits, dim=2), wide


def straight_through(linear: nn.Linear) -> None:
    """Makes a layer answer with the affine map that changes nothing."""
    nn.init.zeros_(linear.weight)
    with torch.no_grad():
        linear.bias.copy_(torch.tensor([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]))


def composed(first: Tensor, second: Tensor) -> Tensor:
    """Affine maps [N, 2, 3]: `second`, then `first`."""
    turn = (first[:, :, :2].unsqueeze(3) * second.unsqueeze(1)).sum(2)
    still = torch.cat([first[:, :, :2] * 0.0, first[:, :, 2:]], 2)
    return turn + still


class CoarseLook(nn.Module):
    """Finds the plate roughly in a loosely cut picture; starts as the identity."""

    def __init__(self, channels: tuple[int, int, int, int], looked: tuple[int, int]) -> None:
        super().__init__()
        a, b, c, hidden = channels
        self.features = nn.Sequential(
            nn.Conv2d(3, a, 3),
            nn.MaxPool2d(2, 2),
            nn.ReLU(),
            nn.Conv2d(a, b, 3),
            nn.MaxPool2d(2, 2),
            nn.ReLU(),
            nn.Conv2d(b, c, 3),
            nn.ReLU(),
        )
        rows, columns = (((size - 2) // 2 - 2) // 2 - 2 for size in looked)
        self.fc = nn.Sequential(nn.Linear(c * rows * columns, hidden), nn.ReLU(), nn.Linear(hidden, 6))
        straight_through(self.fc[2])

    def forward(self, look: Tensor) -> Tensor:
        return self.fc(torch.flatten(self.features(look), 1)).reshape(-1, 2, 3)


UPPER = ((-0.62, 0.62), (-1.0, -0.12))
LOWER = ((-1.0, 1.0), (-0.32, 1.0))
"""Where the lines of a double-line plate are in it, (left, right), (top, bottom), from -1 to 1."""
UPPER_SHARE = 0.375
"""The upper line's share of the columns when both lines stand beside each other."""


def part(region: tuple[tuple[float, float], tuple[float, float]]) -> nn.Linear:
    """From a plate's affine map to that of a region of it; never trained."""
    (left, right), (top, bottom) = region
    linear = nn.Linear(3, 3, bias=False)
    with torch.no_grad():
        linear.weight.copy_(
            torch.tensor([[(right - left) / 2, 0, 0], [0, (bottom - top) / 2, 0], [(left + right) / 2, (top + bottom) / 2, 1.0]])
        )
    return linear.requires_grad_(False)


class Lines(nn.Module):
    """Tells two lines from one by the transformer's features, and samples the upper line before the lower one."""

    def __init__(self, features: int, hidden: int, plate: tuple[int, int]) -> None:
        super().__init__()
        self.plate = plate
        self.gate = nn.Sequential(nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        self.upper, self.lower = part(UPPER), part(LOWER)
        nn.init.zeros_(self.gate[2].weight)
        nn.init.constant_(self.gate[2].bias, -4.0)

    def grid(self, theta: Tensor) -> Tensor:
        rows, columns = self.plate
        first = round(columns * UPPER_SHARE)
        size = [theta.shape[0], 3, rows]
        upper = F.affine_grid(self.upper(theta), [*size, first], align_corners=False)
        lower = F.affine_grid(self.lower(theta), [*size, columns - first], align_corners=False)
        return torch.cat([upper, lower], 2)


DECIDED = 16.0
"""How much steeper than the lines' own probability the gate is, so that it is nearly always open or shut."""


class SpatialTransformer(nn.Module):
    """Finds the affine map that straightens the plate and cuts it out; starts as the identity."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        if shape.stn is None:
            raise ValueError("this shape has no spatial transformer")
        self.shape = shape
        a, b, hidden = shape.stn
        self.localization = nn.Sequential(
            nn.Conv2d(3, a, 3),
            nn.MaxPool2d(2, 2),
            nn.ReLU(),
            nn.Conv2d(a, b, 5),
            nn.MaxPool2d(3, 3),
            nn.ReLU(),
        )
        self.fc_loc = nn.Sequential(nn.Linear(b * math.prod(shape.looked), hidden), nn.ReLU(), nn.Linear(hidden, 6))
        straight_through(self.fc_loc[2])
        self.look_size = (shape.picture[0] // shape.look, shape.picture[1] // shape.look)
        if shape.coarse is not None:
            self.coarse = CoarseLook(shape.coarse, self.look_size)
        if shape.lines > 0:
            self.lines = Lines(b * math.prod(shape.looked), shape.lines, shape.plate)

    def find(self, x: Tensor) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """The affine map [N, 2, 3], that of the first look, and the logit [N, 1] of two lines."""
        look = F.avg_pool2d(x, self.shape.look) if self.shape.look > 1 else x
        first = None
        if self.shape.coarse is not None:
            first = self.coarse(look)
            look = self.sample(x, F.affine_grid(first, [x.shape[0], 3, *self.look_size], align_corners=False))
        features = torch.flatten(self.localization(look), 1)
        theta = self.fc_loc(features).reshape(-1, 2, 3)
        lines = self.lines.gate(features) if self.shape.lines > 0 else None
        return (theta if first is None else composed(first, theta)), first, lines

    def theta(self, x: Tensor) -> Tensor:
        return self.find(x)[0]

    @staticmethod
    def sample(x: Tensor, grid: Tensor) -> Tensor:
        return F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)

    def cut(self, x: Tensor, theta: Tensor, two: Tensor | None = None) -> Tensor:
        """`two` [N, 1]: 0 where the plate has one line, 1 where it has two."""
        grid = F.affine_grid(theta, [x.shape[0], 3, *self.shape.plate], align_corners=False)
        if two is not None:
            grid = grid + two.reshape(-1, 1, 1, 1) * (self.lines.grid(theta) - grid)
        return self.sample(x, grid)

    def forward(self, x: Tensor) -> Tensor:
        theta, _, lines = self.find(x)
        return self.cut(x, theta, None if lines is None else torch.sigmoid(lines * DECIDED))


COLOUR_CELL = 8


class KindOf(nn.Module):
    """The plate's kind by the colours of the straightened plate and by what the reader made of it."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        rows, columns = (size // COLOUR_CELL for size in shape.plate)
        self.fc = nn.Sequential(nn.Linear(3 * rows * columns + shape.wide, shape.kinds), nn.ReLU(), nn.Linear(shape.kinds, len(KINDS)))

    def forward(self, plate: Tensor, wide: Tensor) -> Tensor:
        colours = torch.flatten(F.avg_pool2d(plate, COLOUR_CELL), 1)
        return self.fc(torch.cat([colours, wide.mean((2, 3))], 1))


@dataclass(frozen=True)
class Answer:
    logits: Tensor
    kinds: Tensor | None
    """[N, 6] logits of `KINDS`."""
    theta: Tensor
    first: Tensor | None
    lines: Tensor | None
    """[N, 1] the logit of two lines."""


class PlateReader(nn.Module):
    """Spatial transformer, then LPRNet."""

    def __init__(self, classes: int, shape: Shape = SLIM, dropout: float = 0.5) -> None:
        super().__init__()
        self.shape = shape
        self.stn = SpatialTransformer(shape)
        self.lprnet = LPRNet(classes, shape, dropout)
        if shape.kinds > 0:
            self.kind = KindOf(shape)

    def forward(self, x: Tensor) -> Tensor:
        return self.lprnet(self.stn(x))

    def answer(self, x: Tensor, two: Tensor | None = None) -> Answer:
        """All outputs; `two` [N, 1] says how many lines to read, where the gate is not to decide."""
        theta, first, lines = self.stn.find(x)
        if two is None and lines is not None:
            two = torch.sigmoid(lines * DECIDED)
        plate = self.stn.cut(x, theta, two)
        logits, wide = self.lprnet.read(plate)
        return Answer(logits, self.kind(plate, wide) if self.shape.kinds > 0 else None, theta, first, lines)


def build(classes: int, shape: Shape, dropout: float = 0.5) -> "PlateReader | LPRNet":
    if shape.stn is not None:
        return PlateReader(classes, shape, dropout)
    if shape.picture != shape.plate:
        raise ValueError(f"without a transformer the picture {shape.picture} is the plate {shape.plate}")
    return LPRNet(classes, shape, dropout)


def count_macs(network: "PlateReader | LPRNet") -> int:
    """Multiply-accumulates of one plate: convolutions, linear layers and the sampling grid, all included."""
    total = 0

    def count(module: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        if isinstance(module, nn.Conv2d):
            total += output.numel() * module.weight[0].numel()
        elif isinstance(module, nn.Linear):
            total += module.weight.numel()
        elif isinstance(module, SpatialTransformer):
            total += output[0, 0].numel() * (6 + 3 * 4)

    hooks = [m.register_forward_hook(count) for m in network.modules()]
    was_training = network.training
    network.eval()
    with torch.no_grad():
        network(torch.zeros(1, 3, *network.shape.picture))
    network.train(was_training)
    for hook in hooks:
        hook.remove()
    return total
