"""Seeded random weights that make a network behave like a trained one, with no dead channel."""

import math
from typing import Sequence

import torch
from torch import nn

from .lprnet_modules import PUBLIC_WIDTHS, LPRNet, LPRNetWithTransformer, SpatialTransformer, Widths

NEAR_IDENTITY = (0.97, 0.04, 0.02, -0.03, 0.93, -0.05)  # a transform that keeps the sampling inside the image


def fill(module: nn.Module, seed: int, shape: Sequence[int]) -> nn.Module:
    """He-initialised convolutions, transformers near the identity, and BatchNorm statistics measured on a seeded
    input of `shape`.

    Running mean and variance are those of each layer's own activations, so every channel is alive on both
    sides of its activation and scales stay realistic through the depth. They are measured in double precision:
    each layer's statistics pass on the rounding of those before, and every processor shall come to the same.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for layer in module.modules():
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                fan = layer.weight[0].numel()
                layer.weight.copy_(torch.randn(layer.weight.shape, generator=generator) * math.sqrt(2.0 / fan))
                if layer.bias is not None:
                    layer.bias.copy_(torch.randn(layer.bias.shape, generator=generator) * 0.1)
            elif isinstance(layer, nn.BatchNorm2d):
                layer.weight.copy_(torch.rand(layer.weight.shape, generator=generator) + 0.5)
                layer.bias.copy_(torch.randn(layer.bias.shape, generator=generator) * 0.3)
            elif isinstance(layer, nn.ParameterList):
                for gamma in layer:
                    gamma.copy_(torch.rand(gamma.shape, generator=generator) * 8 + 4)
        for part in module.modules():
            if isinstance(part, (SpatialTransformer, LPRNetWithTransformer)):
                part.fc_loc[2].weight.mul_(0.05)
                part.fc_loc[2].bias.copy_(torch.tensor(NEAR_IDENTITY))
        _measure_batch_norms(module, torch.randn([4, *shape[1:]], generator=generator))
    return module


def _measure_batch_norms(module: nn.Module, sample: torch.Tensor) -> None:
    def measure(layer: nn.Module, inputs: Sequence[torch.Tensor]) -> None:
        layer.running_mean.copy_(inputs[0].mean(dim=(0, 2, 3)))
        layer.running_var.copy_(inputs[0].var(dim=(0, 2, 3)))

    norms = [layer for layer in module.modules() if isinstance(layer, nn.BatchNorm2d)]
    hooks = [layer.register_forward_pre_hook(measure) for layer in norms]
    module.eval().double()
    module(sample.double())
    module.float()
    for hook in hooks:
        hook.remove()


def random_lprnet(seed: int, classes: int, shape: Sequence[int], widths: Widths = PUBLIC_WIDTHS) -> nn.Module:
    return fill(LPRNet(classes, widths), seed, shape)
