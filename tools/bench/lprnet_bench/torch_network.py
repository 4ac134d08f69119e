"""A network as a PyTorch module, with BatchNorm where the network has it."""

from typing import Dict, List

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from .network import CHAIN, FEATURE_POOLS, FEATURES, NORM_EPS, POOLS_BEHIND, Network, padding_of


def _parameter(values: np.ndarray) -> nn.Parameter:
    return nn.Parameter(torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32)), requires_grad=False)


def _convolution(weight: np.ndarray, bias: np.ndarray, name: str) -> nn.Conv2d:
    outputs, inputs, height, width = weight.shape
    layer = nn.Conv2d(inputs, outputs, (height, width), padding=padding_of(name))
    layer.weight, layer.bias = _parameter(weight), _parameter(bias)
    return layer


class TorchNetwork(nn.Module):
    def __init__(self, network: Network) -> None:
        super().__init__()
        layers: Dict[str, nn.Module] = {}
        for name, c in network.convolutions.items():
            parts: List[nn.Module] = [_convolution(c.weight, c.bias, name)]
            if c.norm is not None:
                norm = nn.BatchNorm2d(c.bias.size, eps=NORM_EPS)
                norm.weight, norm.bias = _parameter(c.norm.gamma), _parameter(c.norm.beta)
                norm.running_mean = torch.from_numpy(c.norm.mean)
                norm.running_var = torch.from_numpy(c.norm.variance)
                parts.append(norm)
            layers[name.replace(".", "_")] = nn.Sequential(*parts, nn.ReLU(inplace=True))
        self.layers = nn.ModuleDict(layers)
        weight = np.concatenate([f.weight for f in network.features], axis=1)[:, :, None, None]
        self.container = _convolution(weight, network.container_bias, "container")
        self.keep: Dict[str, slice] = {}
        for name, kept in network.survivors.items():
            step = int(kept[1] - kept[0]) if kept.size > 1 else 1
            if not np.array_equal(kept, kept[0] + step * np.arange(kept.size)):
                raise ValueError("the channels that survive must be evenly spaced: apply survivors_first")
            self.keep[name] = slice(int(kept[0]), int(kept[-1]) + 1, step)
        self.live = [network.convolutions[n].bias.size / f.channels_before for n, f in zip(FEATURES, network.features)]
        self.rest = [f.constant_squares / network.mean_square_count(k) for k, f in enumerate(network.features)]
        self.has_term = [bool(np.any(f.constant_term)) for f in network.features]
        terms = np.stack([f.constant_term for f in network.features]).reshape(len(FEATURES), 1, -1, 1, 1)
        self.register_buffer("terms", torch.from_numpy(terms.astype(np.float32)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        features: List[torch.Tensor] = []
        for name, _, _ in CHAIN:
            x = self.layers[name.replace(".", "_")](x)
            if name in FEATURES:
                features.append(x)
            if name in POOLS_BEHIND:
                x = F.max_pool2d(x, 3, stride=POOLS_BEHIND[name])
                if name in self.keep:
                    x = x[:, self.keep[name]]
        context: List[torch.Tensor] = []
        added: List[torch.Tensor] = []
        for k, f in enumerate(features):
            pool = FEATURE_POOLS[k]
            if pool is not None:
                f = F.avg_pool2d(f, pool[0], stride=pool[1])
            mean = f.pow(2).mean(dim=(1, 2, 3), keepdim=True)
            if self.live[k] != 1:
                mean = mean * self.live[k] + self.rest[k]
            context.append(f / mean)
            if self.has_term[k]:
                added.append(self.terms[k] / mean)
        x = self.container(torch.cat(context, 1))
        for term in added:
            x = x + term
        return x.mean(dim=2)
