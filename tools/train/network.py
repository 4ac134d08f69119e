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
        features = []
        for index, layer in enumerate(self.backbone):
            x = layer(x)
            if index in (2, 6, 13):
                features.append(x)
        pooled = [*(pool(f) for pool, f in zip(self.pools, features, strict=True)), x]
        scaled = [f / torch.mean(f * f, dim=(1, 2, 3), keepdim=True) for f in pooled]
        logits = self.container(torch.cat(scaled, 1))
        return torch.mean(logits, dim=2)


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
        last = self.fc_loc[2]
        nn.init.zeros_(last.weight)
        with torch.no_grad():
            last.bias.copy_(torch.tensor([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]))

    def theta(self, x: Tensor) -> Tensor:
        look = F.avg_pool2d(x, self.shape.look) if self.shape.look > 1 else x
        return self.fc_loc(torch.flatten(self.localization(look), 1)).reshape(-1, 2, 3)

    def cut(self, x: Tensor, theta: Tensor) -> Tensor:
        grid = F.affine_grid(theta, [x.shape[0], 3, *self.shape.plate], align_corners=False)
        return F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.cut(x, self.theta(x))


class PlateReader(nn.Module):
    """Spatial transformer, then LPRNet."""

    def __init__(self, classes: int, shape: Shape = SLIM, dropout: float = 0.5) -> None:
        super().__init__()
        self.shape = shape
        self.stn = SpatialTransformer(shape)
        self.lprnet = LPRNet(classes, shape, dropout)

    def forward(self, x: Tensor) -> Tensor:
        return self.lprnet(self.stn(x))


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
