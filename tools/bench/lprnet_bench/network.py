"""The public LPRNet as arrays, with the rewrites that the peers are given: weights cleaned, BatchNorm folded,
constant channels removed, surviving channels put first.

The max pools over channels are held as a 2-d max pool and the list of channels that survive it, because ONNX
Runtime and ncnn do not take the original's MaxPool3d.
"""

from dataclasses import dataclass, replace
from typing import Dict, List, Mapping, Optional, Tuple

import numpy as np

Array = np.ndarray

CLEAN_BELOW = 1e-12  # weights smaller than this change no bit of the logits, but most are denormal
CONSTANT_WITHIN = 1e-6  # a channel whose values span less than this is constant
NORM_EPS = 1e-5

BLOCKS = ("4", "8", "11")
# Each convolution, the one that reads it, and whether that one pads (then only a constant 0 can be removed).
CHAIN: Tuple[Tuple[str, Optional[str], bool], ...] = (
    ("0", "4.0", False),
    ("4.0", "4.2", True),
    ("4.2", "4.4", True),
    ("4.4", "4.6", False),
    ("4.6", "8.0", False),
    ("8.0", "8.2", True),
    ("8.2", "8.4", True),
    ("8.4", "8.6", False),
    ("8.6", "11.0", False),
    ("11.0", "11.2", True),
    ("11.2", "11.4", True),
    ("11.4", "11.6", False),
    ("11.6", "16", False),
    ("16", "20", False),
    ("20", None, False),
)
NORM_OF = {"0": "1", "4.6": "5", "8.6": "9", "11.6": "12", "16": "17", "20": "21"}
PADDING = {"2": (1, 0), "4": (0, 1)}  # of a block's inner convolutions, (height, width)
FEATURES = ("0", "4.6", "11.6", "20")  # what the global context reads
FEATURE_POOLS = (((5, 5), (5, 5)), ((5, 5), (5, 5)), ((4, 10), (4, 2)), None)  # kernel, stride
CONTEXT_SIZE = (4, 18)  # of every pooled feature, height and width
POOLS_BEHIND = {"0": (1, 1), "4.6": (1, 2), "11.6": (1, 2)}  # strides of the 3x3 max pools, height and width
CHANNEL_STEPS = {"4.6": 2, "11.6": 4}  # the max pools behind these keep every n-th channel
OUTPUT_SIZES = {
    "0": (22, 92), "4.0": (20, 90), "4.2": (20, 90), "4.4": (20, 90), "4.6": (20, 90),
    "8.0": (18, 44), "8.2": (18, 44), "8.4": (18, 44), "8.6": (18, 44),
    "11.0": (18, 44), "11.2": (18, 44), "11.4": (18, 44), "11.6": (18, 44), "16": (16, 18), "20": (4, 18),
}  # fmt: skip


@dataclass(frozen=True)
class Norm:
    gamma: Array
    beta: Array
    mean: Array
    variance: Array


@dataclass(frozen=True)
class Convolution:
    weight: Array  # (outputs, inputs, height, width)
    bias: Array
    norm: Optional[Norm] = None


@dataclass(frozen=True)
class Feature:
    """One input of the global context. f, pooled, is divided by s = (sum of f's squares + constant_squares) / count
    and goes through `weight`."""

    weight: Array  # (classes, channels): the feature's columns of container.0
    channels_before: int  # of the original feature
    constant_squares: float  # what removed channels add to the squares
    constant_term: Array  # (classes): removed channels add constant_term / s to the logits


@dataclass(frozen=True)
class Network:
    convolutions: Mapping[str, Convolution]
    features: Tuple[Feature, ...]
    container_bias: Array
    survivors: Mapping[str, Array]  # channels behind which the max pools of CHANNEL_STEPS are read

    def mean_square_count(self, k: int) -> int:
        """Elements that feature k's mean square counts, removed channels included."""
        return self.features[k].channels_before * CONTEXT_SIZE[0] * CONTEXT_SIZE[1]

    @property
    def classes(self) -> int:
        return int(self.container_bias.size)

    def macs(self) -> int:
        """Multiply-accumulates for one plate."""
        total = 0
        for name, (height, width) in OUTPUT_SIZES.items():
            total += self.convolutions[name].weight.size * height * width
        return total + sum(feature.weight.size for feature in self.features) * CONTEXT_SIZE[0] * CONTEXT_SIZE[1]


def padding_of(name: str) -> Tuple[int, int]:
    _, _, inner = name.partition(".")
    return PADDING.get(inner, (0, 0))


def from_state(state: Mapping[str, Array]) -> Network:
    """From the tensors of the public edition's checkpoint."""

    def tensor(name: str) -> Array:
        if name not in state:
            raise ValueError(f"tensor '{name}' is missing: the benchmark compares the public LPRNet alone")
        return np.asarray(state[name], dtype=np.float32)

    convolutions: Dict[str, Convolution] = {}
    for name, _, _ in CHAIN:
        outer, _, inner = name.partition(".")
        path = f"backbone.{outer}.block.{inner}" if inner else f"backbone.{outer}"
        norm = None
        if name in NORM_OF:
            base = f"backbone.{NORM_OF[name]}"
            fields = ("weight", "bias", "running_mean", "running_var")
            norm = Norm(*(tensor(f"{base}.{field}") for field in fields))
        convolutions[name] = Convolution(tensor(path + ".weight"), tensor(path + ".bias"), norm)
    container = tensor("container.0.weight")[:, :, 0, 0]
    features: List[Feature] = []
    begin = 0
    for name in FEATURES:
        channels = convolutions[name].bias.size
        block = container[:, begin : begin + channels]
        features.append(Feature(block, channels, 0.0, np.zeros(len(container), np.float64)))
        begin += channels
    if begin != container.shape[1]:
        raise ValueError(f"container.0 reads {container.shape[1]} channels, expected {begin}")
    survivors = {n: np.arange(0, convolutions[n].bias.size, step) for n, step in CHANNEL_STEPS.items()}
    return Network(convolutions, tuple(features), tensor("container.0.bias"), survivors)


def clean_array(values: Array) -> Array:
    return np.where(np.abs(values) < CLEAN_BELOW, np.zeros_like(values), values)


def cleaned(network: Network) -> Network:
    """Weights below CLEAN_BELOW set to zero."""

    def norm(n: Optional[Norm]) -> Optional[Norm]:
        return n and Norm(clean_array(n.gamma), clean_array(n.beta), clean_array(n.mean), clean_array(n.variance))

    return replace(
        network,
        convolutions={
            name: Convolution(clean_array(c.weight), clean_array(c.bias), norm(c.norm))
            for name, c in network.convolutions.items()
        },
        features=tuple(replace(f, weight=clean_array(f.weight)) for f in network.features),
        container_bias=clean_array(network.container_bias),
    )


def folded(network: Network) -> Network:
    """BatchNorm folded into the convolutions, in double precision; the arrays stay double."""
    convolutions: Dict[str, Convolution] = {}
    for name, c in network.convolutions.items():
        weight, bias = c.weight.astype(np.float64), c.bias.astype(np.float64)
        if c.norm is not None:
            scale = c.norm.gamma.astype(np.float64) / np.sqrt(c.norm.variance.astype(np.float64) + NORM_EPS)
            weight = weight * scale[:, None, None, None]
            bias = (bias - c.norm.mean) * scale + c.norm.beta
        convolutions[name] = Convolution(weight, bias)
    return replace(network, convolutions=convolutions)


def _ranges(c: Convolution, low: Array, high: Array, padded: bool) -> Tuple[Array, Array]:
    """Bounds of relu(conv(x)) for x within [low, high], by channel."""
    if padded:
        low, high = np.minimum(low, 0), np.maximum(high, 0)
    positive = np.maximum(c.weight, 0).sum(axis=(2, 3))
    negative = np.minimum(c.weight, 0).sum(axis=(2, 3))
    least = c.bias + positive @ low + negative @ high
    most = c.bias + positive @ high + negative @ low
    return np.maximum(least, 0), np.maximum(most, 0)


def pruned(network: Network) -> Network:
    """Channels that are constant for every input (intervals of the bytes 0 to 255, carried through the layers)
    removed and what they add carried into the next biases. Expects a folded network."""
    convolutions = dict(network.convolutions)
    features = list(network.features)
    survivors = dict(network.survivors)
    low, high = np.full(3, -127.5 / 128), np.full(3, 127.5 / 128)
    for name, reader, reader_pads in CHAIN:
        c = convolutions[name]
        low, high = _ranges(c, low, high, padding_of(name) != (0, 0))
        value = (low + high) / 2
        constant = (high - low) <= CONSTANT_WITHIN
        removed = constant & (value == 0) if reader_pads else constant
        live = np.flatnonzero(~removed)
        if live.size == 0:
            raise ValueError(f"every channel of '{name}' is constant, so nothing can be measured")
        convolutions[name] = Convolution(c.weight[live], c.bias[live])
        if name in FEATURES:
            k = FEATURES.index(name)
            f = features[k]
            gone = value[removed]
            features[k] = replace(
                f,
                weight=f.weight[:, live],
                constant_squares=float((gone**2).sum()) * CONTEXT_SIZE[0] * CONTEXT_SIZE[1],
                constant_term=f.weight[:, removed].astype(np.float64) @ gone,
            )
        read = np.arange(removed.size)
        if name in survivors:
            read = survivors[name]
            position = np.cumsum(~removed) - 1
            survivors[name] = position[read[~removed[read]]]
        if reader is not None:
            gone, kept = removed[read], ~removed[read]
            next_one = convolutions[reader]
            added = next_one.weight[:, gone].sum(axis=(2, 3)) @ value[read[gone]]
            convolutions[reader] = Convolution(next_one.weight[:, kept], next_one.bias + added)
            low, high = low[read][kept], high[read][kept]
    return replace(network, convolutions=convolutions, features=tuple(features), survivors=survivors)


def survivors_first(network: Network, multiple: int = 1) -> Network:
    """Channels permuted so that those that survive a max pool come first: its slice is then a prefix, which
    engines can take without a copy. The prefix is filled up to `multiple` channels that the reader's weights
    ignore. Expects a network without norms."""
    convolutions = dict(network.convolutions)
    features = list(network.features)
    survivors = dict(network.survivors)
    readers = {name: reader for name, reader, _ in CHAIN}
    for name, read in network.survivors.items():
        c = convolutions[name]
        order = np.concatenate([read, np.setdiff1d(np.arange(c.bias.size), read)])
        convolutions[name] = Convolution(c.weight[order], c.bias[order])
        k = FEATURES.index(name)
        features[k] = replace(features[k], weight=features[k].weight[:, order])
        prefix = min(-(-read.size // multiple) * multiple, c.bias.size)
        reader = convolutions[readers[name]]
        filled = np.zeros((reader.weight.shape[0], prefix, *reader.weight.shape[2:]))
        filled[:, : read.size] = reader.weight
        convolutions[readers[name]] = Convolution(filled, reader.bias)
        survivors[name] = np.arange(prefix)
    return replace(network, convolutions=convolutions, features=tuple(features), survivors=survivors)
