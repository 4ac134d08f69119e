"""The LPRNet architectures as PyTorch modules, with the tensor names of the public checkpoints. `channels` of
the picture: 3, or 1 for a grey one.

Every module divides each feature by the mean of its own plate's squares. Public training code takes that
mean over the whole batch, so these modules answer as that code does at batch 1.
"""

from typing import List, Sequence, Tuple

import torch
import torch.nn.functional as F
from torch import nn

Widths = Tuple[int, int, int]
PUBLIC_WIDTHS: Widths = (64, 128, 256)


def _activation(leaky: bool) -> nn.Module:
    return nn.LeakyReLU(0.01) if leaky else nn.ReLU(inplace=True)


class SmallBasicBlock(nn.Module):
    """1x1, 3x1, 1x3, 1x1 convolutions through a quarter of the output's channels."""

    def __init__(self, inputs: int, outputs: int, leaky: bool = False, normalised: bool = False) -> None:
        super().__init__()
        inner = outputs // 4
        layers: List[nn.Module] = [
            nn.Conv2d(inputs, inner, 1),
            _activation(leaky),
            nn.Conv2d(inner, inner, (3, 1), padding=(1, 0)),
            _activation(leaky),
            nn.Conv2d(inner, inner, (1, 3), padding=(0, 1)),
            _activation(leaky),
            nn.Conv2d(inner, outputs, 1),
        ]
        if normalised:
            layers.append(nn.BatchNorm2d(outputs))
        self.block = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.block(x)


def _backbone(
    classes: int, widths: Widths, first_padding: int, leaky: bool, last_stride: Tuple[int, int], channels: int
) -> nn.Sequential:
    a, b, c = widths
    return nn.Sequential(
        nn.Conv2d(channels, a, 3, padding=first_padding),
        nn.BatchNorm2d(a),
        _activation(leaky),
        nn.MaxPool3d((1, 3, 3), stride=(1, 1, 1)),
        SmallBasicBlock(a, b, leaky),
        nn.BatchNorm2d(b),
        _activation(leaky),
        nn.MaxPool3d((1, 3, 3), stride=(2, 1, 2)),
        SmallBasicBlock(b // 2, c, leaky),
        nn.BatchNorm2d(c),
        _activation(leaky),
        SmallBasicBlock(c, c, leaky),
        nn.BatchNorm2d(c),
        _activation(leaky),
        nn.MaxPool3d((1, 3, 3), stride=(4, 1, 2)),
        nn.Dropout(0.5),
        nn.Conv2d(c // 4, c, (1, 4)),
        nn.BatchNorm2d(c),
        _activation(leaky),
        nn.Dropout(0.5),
        nn.Conv2d(c, classes, (13, 1), stride=last_stride),
        nn.BatchNorm2d(classes),
        _activation(leaky),
    )


FEATURES = (2, 6, 13, 22)


class LPRNet(nn.Module):
    """The public PyTorch edition; `first_padding=1` is the variant with a padded first layer.

    The public edition's pools fit its own 94x24 alone; with padding or another size, features are pooled
    adaptively to the size of the last one.
    """

    def __init__(
        self, classes: int, widths: Widths = PUBLIC_WIDTHS, first_padding: int = 0, channels: int = 3
    ) -> None:
        super().__init__()
        self.backbone = _backbone(classes, widths, first_padding, leaky=False, last_stride=(1, 1), channels=channels)
        self.container = nn.Sequential(nn.Conv2d(sum(widths) + classes, classes, 1))
        self.padded = first_padding != 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        own_size = tuple(x.shape[2:]) == (24, 94) and not self.padded
        features: List[torch.Tensor] = []
        for index, layer in enumerate(self.backbone):
            x = layer(x)
            if index in FEATURES:
                features.append(x)
        context: List[torch.Tensor] = []
        for index, f in enumerate(features):
            if not own_size:
                f = F.adaptive_avg_pool2d(f, (x.shape[2], x.shape[3]))
            elif index < 2:
                f = F.avg_pool2d(f, 5, stride=5)
            elif index == 2:
                f = F.avg_pool2d(f, (4, 10), stride=(4, 2))
            context.append(f / f.pow(2).mean(dim=(1, 2, 3), keepdim=True))
        return self.container(torch.cat(context, 1)).mean(dim=2)


class SpatialTransformer(nn.Module):
    """The transformer that stands before the network, in a checkpoint of its own."""

    def __init__(
        self,
        align_corners: bool = False,
        channels: int = 32,
        size: Tuple[int, int] = (94, 24),
        image_channels: int = 3,
    ) -> None:
        super().__init__()
        self.align_corners = align_corners
        self.localization = nn.Sequential(
            nn.Conv2d(image_channels, channels, 3),
            nn.MaxPool2d(2, stride=2),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 5),
            nn.MaxPool2d(3, stride=3),
            nn.ReLU(inplace=True),
        )
        width, height = size
        features = channels * (((width - 2) // 2 - 4) // 3) * (((height - 2) // 2 - 4) // 3)
        self.fc_loc = nn.Sequential(nn.Linear(features, 32), nn.ReLU(inplace=True), nn.Linear(32, 6))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        theta = self.fc_loc(self.localization(x).flatten(1)).view(-1, 2, 3)
        grid = F.affine_grid(theta, list(x.shape), align_corners=self.align_corners)
        return F.grid_sample(x, grid, align_corners=self.align_corners)


class Pipeline(nn.Module):
    """The transformer followed by the network."""

    def __init__(self, stn: nn.Module, lprnet: nn.Module) -> None:
        super().__init__()
        self.stn = stn
        self.lprnet = lprnet

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.lprnet(self.stn(x))


class LPRNetWithTransformer(LPRNet):
    """The edition whose checkpoint has a small spatial transformer inside."""

    def __init__(
        self,
        classes: int,
        widths: Widths = PUBLIC_WIDTHS,
        align_corners: bool = True,
        size: Tuple[int, int] = (94, 24),
        channels: int = 3,
    ) -> None:
        super().__init__(classes, widths, channels=channels)
        self.align_corners = align_corners
        self.localization = nn.Sequential(
            nn.Conv2d(channels, 8, 7), nn.MaxPool2d(2, stride=2), nn.ReLU(True),
            nn.Conv2d(8, 10, 5), nn.MaxPool2d(2, stride=2), nn.ReLU(True),
        )  # fmt: skip
        width, height = size
        features = 10 * (((width - 6) // 2 - 4) // 2) * (((height - 6) // 2 - 4) // 2)
        self.fc_loc = nn.Sequential(nn.Linear(features, 32), nn.ReLU(True), nn.Linear(32, 6))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        theta = self.fc_loc(self.localization(x).flatten(1)).view(-1, 2, 3)
        grid = F.affine_grid(theta, list(x.shape), align_corners=self.align_corners)
        return super().forward(F.grid_sample(x, grid, align_corners=self.align_corners))


class LeakyLPRNet(nn.Module):
    """LeakyReLU, larger input, and features scaled to unit length over channels times learned gammas."""

    POOLS: Sequence[Tuple[Tuple[int, int], Tuple[int, int]]] = (((9, 19), (3, 4)), ((9, 19), (3, 4)), ((7, 9), (3, 2)))

    def __init__(self, classes: int, widths: Widths = PUBLIC_WIDTHS, channels: int = 3) -> None:
        super().__init__()
        self.backbone = _backbone(classes, widths, 0, leaky=True, last_stride=(2, 1), channels=channels)
        self.container = nn.Sequential(nn.Conv2d(sum(widths) + classes, classes, 1))
        self.gammas = nn.ParameterList([nn.Parameter(torch.ones(width)) for width in (*widths, classes)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        features: List[torch.Tensor] = []
        for index, layer in enumerate(self.backbone):
            x = layer(x)
            if index in FEATURES:
                features.append(x)
        context: List[torch.Tensor] = []
        for index, f in enumerate(features):
            if index < len(self.POOLS):
                kernel, stride = self.POOLS[index]
                f = F.avg_pool2d(f, kernel, stride=stride)
            length = f.pow(2).sum(dim=1, keepdim=True).sqrt() + 1e-10
            context.append(f / length * self.gammas[index].reshape(1, -1, 1, 1))
        return self.container(torch.cat(context, 1)).mean(dim=2)


class SmallLPRNet(nn.Module):
    """No global context; the last convolution takes the whole height."""

    def __init__(self, classes: int, widths: Widths = PUBLIC_WIDTHS, channels: int = 3) -> None:
        super().__init__()
        a, b, c = widths
        self.backbone = nn.Sequential(
            nn.Conv2d(channels, a, 3),
            nn.BatchNorm2d(a),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=1),
            SmallBasicBlock(a, b, normalised=True),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=(2, 1), padding=1),
            SmallBasicBlock(b, c, normalised=True),
            nn.ReLU(inplace=True),
            SmallBasicBlock(c, c, normalised=True),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, padding=1),
            nn.Dropout(0.5),
            nn.Conv2d(c, c, (1, 4)),
            nn.BatchNorm2d(c),
            nn.ReLU(inplace=True),
            nn.MaxPool2d((1, 7), stride=(1, 2)),
            nn.Dropout(0.5),
            nn.Conv2d(c, classes, (9, 1)),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.backbone(x).squeeze(2)
