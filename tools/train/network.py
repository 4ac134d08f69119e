"""The reader: LPRNet with free widths, and a small spatial transformer in front of it.

With the default widths of `PUBLIC` it is the public PyTorch edition, tensor for tensor, except that the
mean of squares in the global context is taken for each plate alone, so that a plate's answer never
depends on its neighbours in the batch. MaxPool3d over the channel axis is written as MaxPool2d and a
strided slice: the same values, faster, and exportable.
"""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

HEIGHT, WIDTH = 24, 94
STEPS = 18


@dataclass(frozen=True)
class Widths:
    """Channels of every layer. `keep_1` and `keep_2`: every k-th channel survives the 2nd and 3rd pooling."""

    stem: int = 64
    inner_1: tuple[int, int, int] = (32, 32, 32)
    block_1: int = 128
    keep_1: int = 2
    inner_2: tuple[int, int, int] = (64, 64, 64)
    block_2: int = 256
    inner_3: tuple[int, int, int] = (64, 64, 64)
    block_3: int = 256
    keep_2: int = 4
    wide: int = 256
    stn: tuple[int, int, int] | None = None
    """Channels of the spatial transformer's two convolutions and its hidden layer; None: no transformer."""

    def to_dict(self) -> dict[str, object]:
        return asdict(self)

    @staticmethod
    def from_dict(values: dict[str, object]) -> "Widths":
        return Widths(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})  # type: ignore[arg-type]


PUBLIC = Widths()
SLIM = Widths(
    stem=32, inner_1=(16, 16, 16), block_1=64, keep_1=1, inner_2=(32, 32, 32), block_2=64,
    inner_3=(32, 32, 32), block_3=64, keep_2=1, wide=128, stn=(16, 32, 32),
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


class LPRNet(nn.Module):
    """[N, 3, 24, 94] BGR, (x - 127.5) / 128  ->  logits [N, classes, 18]."""

    def __init__(self, classes: int, widths: Widths = PUBLIC, dropout: float = 0.5) -> None:
        super().__init__()
        w = widths
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
            ChannelStridedMaxPool(w.keep_2, (1, 2)),
            nn.Dropout(dropout),
            nn.Conv2d(after_2, w.wide, (1, 4)),
            nn.BatchNorm2d(w.wide),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Conv2d(w.wide, classes, (13, 1)),
            nn.BatchNorm2d(classes),
            nn.ReLU(),  # 22: feature D
        )
        self.container = nn.Sequential(nn.Conv2d(w.stem + w.block_1 + w.block_3 + classes, classes, 1))

    def forward(self, x: Tensor) -> Tensor:
        features = []
        for index, layer in enumerate(self.backbone):
            x = layer(x)
            if index in (2, 6):
                features.append(F.avg_pool2d(x, 5, 5))
            elif index == 13:
                features.append(F.avg_pool2d(x, (4, 10), (4, 2)))
        features.append(x)
        scaled = [f / torch.mean(f * f, dim=(1, 2, 3), keepdim=True) for f in features]
        logits = self.container(torch.cat(scaled, 1))
        return torch.mean(logits, dim=2)


class SpatialTransformer(nn.Module):
    """Finds the affine map that straightens the plate; starts as the identity."""

    def __init__(self, channels: tuple[int, int, int]) -> None:
        super().__init__()
        a, b, hidden = channels
        self.localization = nn.Sequential(
            nn.Conv2d(3, a, 3),
            nn.MaxPool2d(2, 2),
            nn.ReLU(),
            nn.Conv2d(a, b, 5),
            nn.MaxPool2d(3, 3),
            nn.ReLU(),
        )
        self.fc_loc = nn.Sequential(nn.Linear(b * 2 * 14, hidden), nn.ReLU(), nn.Linear(hidden, 6))
        last = self.fc_loc[2]
        nn.init.zeros_(last.weight)
        with torch.no_grad():
            last.bias.copy_(torch.tensor([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]))

    def theta(self, x: Tensor) -> Tensor:
        return self.fc_loc(torch.flatten(self.localization(x), 1)).reshape(-1, 2, 3)

    def forward(self, x: Tensor) -> Tensor:
        grid = F.affine_grid(self.theta(x), x.shape, align_corners=False)
        return F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


class PlateReader(nn.Module):
    """Spatial transformer, then LPRNet."""

    def __init__(self, classes: int, widths: Widths = SLIM, dropout: float = 0.5) -> None:
        super().__init__()
        if widths.stn is None:
            raise ValueError("a PlateReader needs the widths of its spatial transformer")
        self.stn = SpatialTransformer(widths.stn)
        self.lprnet = LPRNet(classes, widths, dropout)

    def forward(self, x: Tensor) -> Tensor:
        return self.lprnet(self.stn(x))


def build(classes: int, widths: Widths, dropout: float = 0.5) -> nn.Module:
    return LPRNet(classes, widths, dropout) if widths.stn is None else PlateReader(classes, widths, dropout)


def count_macs(network: nn.Module) -> int:
    """Multiply-accumulates of one plate: convolutions, linear layers and the sampling grid, all included."""
    total = 0

    def count(module: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        if isinstance(module, nn.Conv2d):
            total += output.numel() * module.weight[0].numel()
        elif isinstance(module, nn.Linear):
            total += module.weight.numel()
        elif isinstance(module, SpatialTransformer):
            total += HEIGHT * WIDTH * (6 + 3 * 4)

    hooks = [m.register_forward_hook(count) for m in network.modules()]
    was_training = network.training
    network.eval()
    with torch.no_grad():
        network(torch.zeros(1, 3, HEIGHT, WIDTH))
    network.train(was_training)
    for hook in hooks:
        hook.remove()
    return total
