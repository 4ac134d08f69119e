"""Graphs of several nodes: what a planner may fuse, reorder or write in place, and what it must not."""

from typing import Any, Dict, List, Mapping, Sequence

import torch
from golden_file import GoldenFile

Node = Dict[str, Any]

ACTIVATIONS: Sequence[Mapping[str, Any]] = (
    {"op": "relu"},
    {"op": "leaky_relu", "negative_slope": 0.1},
    {"op": "prelu", "weight": "prelu"},
    {"op": "elu", "alpha": 1.5},
    {"op": "mish"},
    {"op": "gelu"},
    {"op": "gelu", "approximate": "tanh"},
    {"op": "sigmoid"},
    {"op": "tanh"},
)


class GraphCase:
    """A case under construction; node and weight names carry the case's name."""

    def __init__(self, file: GoldenFile, name: str) -> None:
        self.file = file
        self.name = name
        self.nodes: List[Node] = []
        self.weights: Dict[str, torch.Tensor] = {}

    def node(self, name: str, op: str, inputs: Sequence[str], **attributes: Any) -> str:
        self.nodes.append({"name": name, "op": op, "inputs": list(inputs), **attributes})
        return name

    def weight(self, name: str, tensor: torch.Tensor) -> str:
        self.weights[f"{self.name}/{name}"] = tensor
        return f"{self.name}/{name}"

    def conv(self, name: str, source: str, inputs: int, outputs: int, kernel: Any = 1, **attributes: Any) -> str:
        kh, kw = kernel if isinstance(kernel, tuple) else (kernel, kernel)
        groups = attributes.get("groups", 1)
        weight = self.file.noise(outputs, inputs // groups, kh, kw, scale=(inputs // groups * kh * kw) ** -0.5)
        return self.node(
            name,
            "conv2d",
            [source],
            weight=self.weight(f"{name}.weight", weight),
            bias=self.weight(f"{name}.bias", self.file.noise(outputs)),
            **attributes,
        )

    def norm(self, name: str, source: str, channels: int) -> str:
        parts = {
            "weight": self.file.noise(channels),
            "bias": self.file.noise(channels),
            "running_mean": self.file.noise(channels),
            "running_var": self.file.uniform(channels, low=0.05, high=3),
        }
        named = {key: self.weight(f"{name}.{key}", tensor) for key, tensor in parts.items()}
        return self.node(name, "batch_norm", [source], **named)

    def done(self, *inputs: torch.Tensor) -> None:
        self.file.graph(self.name, self.nodes, inputs, self.weights)


def convolution_and_activation(f: GoldenFile) -> None:
    for index, activation in enumerate(ACTIVATIONS):
        for normalised in (False, True):
            case = GraphCase(f, f"conv{'_norm' if normalised else ''}_{activation['op']}_{index}")
            last = case.conv("conv", "x0", 3, 17, 3, padding=1)
            if normalised:
                last = case.norm("norm", last, 17)
            attributes = {key: value for key, value in activation.items() if key != "op"}
            if "weight" in attributes:
                attributes["weight"] = case.weight("slopes", f.uniform(17))
            case.node("y", activation["op"], [last], **attributes)
            case.done(f.noise(1, 3, 5, 6))


def shared_values(f: GoldenFile) -> None:
    case = GraphCase(f, "value_read_after_its_activation")
    case.conv("conv", "x0", 3, 8, 3)
    case.node("act", "relu", ["conv"])
    case.node("y", "concat", ["conv", "act"], dim=1)
    case.done(f.noise(1, 3, 6, 7))

    case = GraphCase(f, "input_read_after_its_activation")
    case.node("act", "relu", ["x0"])
    case.node("y", "sub", ["act", "x0"])
    case.done(f.noise(1, 5, 3, 4))

    case = GraphCase(f, "convolution_with_two_norms")
    case.conv("conv", "x0", 4, 6)
    case.norm("norm_a", "conv", 6)
    case.norm("norm_b", "conv", 6)
    case.node("y", "mul", ["norm_a", "norm_b"])
    case.done(f.noise(1, 4, 3, 4))

    case = GraphCase(f, "residual")
    case.conv("conv_a", "x0", 17, 17, 3, padding=1)
    case.node("act", "relu", ["conv_a"])
    case.conv("conv_b", "act", 17, 17, 3, padding=1)
    case.node("sum", "add", ["conv_b", "x0"])
    case.node("y", "relu", ["sum"])
    case.done(f.noise(1, 17, 5, 6))

    case = GraphCase(f, "three_branches")
    case.conv("stem", "x0", 3, 16, 3)
    case.node("act", "relu", ["stem"])
    case.conv("left", "act", 16, 5)
    case.node("middle", "max_pool2d", ["act"], kernel_size=3, stride=1, padding=1)
    case.node("right", "sigmoid", ["act"])
    case.node("y", "concat", ["left", "middle", "right", "act"], dim=1)
    case.done(f.noise(1, 3, 6, 8))

    case = GraphCase(f, "one_weight_for_two_convolutions")
    weight = case.weight("shared", f.noise(4, 4, 1, 1))
    case.node("first", "conv2d", ["x0"], weight=weight)
    case.node("act", "relu", ["first"])
    case.node("y", "conv2d", ["act"], weight=weight)
    case.done(f.noise(1, 4, 3, 5))

    case = GraphCase(f, "branches_rejoin_after_long_ways")
    case.node("a0", "tanh", ["x0"])
    case.node("b0", "sigmoid", ["x0"])
    for index in range(4):
        case.node(f"a{index + 1}", "mul", [f"a{index}"], other=1.25)
        case.node(f"b{index + 1}", "add", [f"b{index}", f"a{index}"])
    case.node("y", "div", ["a4", "b4"])
    case.done(f.noise(1, 15, 3, 4))


def norms_apart(f: GoldenFile) -> None:
    case = GraphCase(f, "norm_before_padded_convolution")
    case.norm("norm", "x0", 3)
    case.conv("y", "norm", 3, 8, 3, padding=1)
    case.done(f.noise(1, 3, 5, 6))

    case = GraphCase(f, "norm_after_activation")
    case.conv("conv", "x0", 3, 8, 3)
    case.node("act", "relu", ["conv"])
    case.norm("y", "act", 8)
    case.done(f.noise(1, 3, 5, 6))

    case = GraphCase(f, "norm_after_depthwise")
    case.conv("conv", "x0", 17, 17, 3, groups=17, padding=1)
    case.norm("norm", "conv", 17)
    case.node("y", "relu", ["norm"])
    case.done(f.noise(1, 17, 5, 6))

    case = GraphCase(f, "norm_with_a_tiny_variance")
    case.conv("conv", "x0", 3, 4)
    statistics = {
        "weight": torch.tensor([1.0, 3.0, -1.0, 0.0]),
        "bias": torch.tensor([0.0, 1.0, 2.0, -1.0]),
        "running_mean": torch.tensor([0.0, 0.5, -0.25, 1.0]),
        "running_var": torch.tensor([0.0, 1e-9, 1e-30, 1e-12]),
    }
    case.node("y", "batch_norm", ["conv"], **{key: case.weight(key, value) for key, value in statistics.items()})
    case.done(f.noise(1, 3, 4, 4))

    case = GraphCase(f, "norm_after_linear")
    weight, bias = case.weight("weight", f.noise(9, 12)), case.weight("bias", f.noise(9))
    case.node("linear", "linear", ["x0"], weight=weight, bias=bias)
    case.norm("y", "linear", 9)
    case.done(f.noise(1, 12))


def constant_channels(f: GoldenFile) -> None:
    case = GraphCase(f, "dead_channels")
    case.conv("conv_a", "x0", 3, 16, 3)
    case.norm("norm", "conv_a", 16)
    case.node("act", "relu", ["norm"])
    case.conv("conv_b", "act", 16, 8, 3, padding=1)
    case.node("y", "relu", ["conv_b"])
    case.weights["dead_channels/norm.weight"][::2] = 0  # these channels are relu(bias): some 0, some above
    case.done(f.noise(1, 3, 7, 8))

    case = GraphCase(f, "denormal_weights")
    case.conv("conv_a", "x0", 3, 8, 3)
    case.node("act", "relu", ["conv_a"])
    case.conv("y", "act", 8, 5)
    case.weights["denormal_weights/conv_a.weight"][::2] *= 1e-42
    case.weights["denormal_weights/conv_a.bias"][::2] *= 1e-42
    case.done(f.noise(1, 3, 6, 6))

    case = GraphCase(f, "dead_channels_seen_by_a_pool_and_a_concat")
    case.conv("conv_a", "x0", 3, 8, 3)
    case.node("act", "relu", ["conv_a"])
    case.node("pool", "max_pool3d", ["act"], kernel_size=[1, 3, 3], stride=[2, 1, 2])
    case.conv("conv_b", "pool", 4, 6)
    case.node("crop", "slice", ["act"], dim=2, end=4)
    case.node("small", "slice", ["crop"], dim=3, end=3)
    case.node("y", "concat", ["conv_b", "small"], dim=1)
    case.weights["dead_channels_seen_by_a_pool_and_a_concat/conv_a.weight"][1:5] = 0
    case.done(f.noise(1, 3, 8, 9))


def global_context(f: GoldenFile) -> None:
    for keepdim in (True, False):
        case = GraphCase(f, f"mean_square_context_{'keepdim' if keepdim else 'all'}")
        case.conv("stem", "x0", 3, 8, 3)
        case.node("feature_a", "relu", ["stem"])
        case.conv("deeper", "feature_a", 8, 9, 3, padding=1)
        case.node("feature_b", "relu", ["deeper"])
        for name in ("a", "b"):
            case.node(f"pool_{name}", "avg_pool2d", [f"feature_{name}"], kernel_size=[2, 3], stride=[2, 2])
            case.node(f"square_{name}", "pow", [f"pool_{name}"], other=2)
            where: Dict[str, Any] = {"dim": [1, 2, 3], "keepdim": True} if keepdim else {}
            case.node(f"mean_{name}", "mean", [f"square_{name}"], **where)
            case.node(f"context_{name}", "div", [f"pool_{name}", f"mean_{name}"])
        case.node("cat", "concat", ["context_a", "context_b"], dim=1)
        case.conv("container", "cat", 17, 7)
        case.node("y", "mean", ["container"], dim=2)
        case.done(f.noise(1, 3, 10, 13))

    case = GraphCase(f, "length_over_channels_with_gamma")
    case.node("square", "pow", ["x0"], other=2)
    case.node("total", "sum", ["square"], dim=1, keepdim=True)
    case.node("length", "sqrt", ["total"])
    case.node("floored", "add", ["length"], other=1e-10)
    case.node("unit", "div", ["x0", "floored"])
    case.node("gamma", "constant", [], value=case.weight("gamma", f.uniform(1, 17, 1, 1, low=5, high=15)))
    case.node("y", "mul", ["unit", "gamma"])
    case.done(f.noise(1, 17, 4, 5))

    case = GraphCase(f, "mean_before_and_after_a_convolution")
    case.node("before", "mean", ["x0"], dim=2, keepdim=True)
    case.conv("conv_a", "before", 5, 6)
    case.conv("conv_b", "x0", 5, 6)
    case.node("after", "mean", ["conv_b"], dim=2, keepdim=True)
    case.node("y", "sub", ["conv_a", "after"])
    case.done(f.noise(1, 5, 4, 7))


def shape_chains(f: GoldenFile) -> None:
    case = GraphCase(f, "halves_beside_each_other")
    case.conv("stem", "x0", 3, 16, 3, padding=1)
    case.node("top", "slice", ["stem"], dim=2, end=3)
    case.node("bottom", "slice", ["stem"], dim=2, start=3)
    case.node("beside", "concat", ["top", "bottom"], dim=3)
    case.conv("y", "beside", 16, 5, (3, 5))
    case.done(f.noise(1, 3, 6, 8))

    case = GraphCase(f, "channels_to_steps")
    case.conv("conv", "x0", 3, 6, (4, 1))
    case.node("flat", "squeeze", ["conv"], dim=2)
    case.node("steps", "permute", ["flat"], dims=[0, 2, 1])
    weight, bias = case.weight("weight", f.noise(9, 6)), case.weight("bias", f.noise(9))
    case.node("classes", "linear", ["steps"], weight=weight, bias=bias)
    case.node("logs", "log_softmax", ["classes"], dim=2)
    case.node("y", "permute", ["logs"], dims=[0, 2, 1])
    case.done(f.noise(1, 3, 4, 9))

    case = GraphCase(f, "channel_shuffle")
    case.conv("conv", "x0", 4, 12, groups=2)
    case.node("groups", "reshape", ["conv"], shape=[1, 2, 6, 5, 7])
    case.node("swapped", "permute", ["groups"], dims=[0, 2, 1, 3, 4])
    case.node("mixed", "reshape", ["swapped"], shape=[1, 12, 5, 7])
    case.conv("y", "mixed", 12, 6, 3, groups=3, padding=1)
    case.done(f.noise(1, 4, 5, 7))

    case = GraphCase(f, "identities_all_the_way")
    case.node("a", "identity", ["x0"])
    case.node("b", "dropout", ["a"])
    case.node("y", "identity", ["b"])
    case.done(f.noise(1, 3, 2, 2))

    case = GraphCase(f, "view_outlives_its_source")
    case.conv("conv", "x0", 3, 8, 3)
    case.node("flat", "flatten", ["conv"], start_dim=1)
    case.node("act", "relu", ["conv"])
    case.node("flat_act", "flatten", ["act"], start_dim=1)
    case.node("y", "add", ["flat", "flat_act"])
    case.done(f.noise(1, 3, 5, 5))

    case = GraphCase(f, "concat_of_concats")
    case.conv("a", "x0", 3, 5)
    case.conv("b", "x0", 3, 6)
    case.node("ab", "concat", ["a", "b"], dim=1)
    case.node("act", "relu", ["ab"])
    case.node("y", "concat", ["act", "ab", "x0"], dim=1)
    case.done(f.noise(1, 3, 4, 5))

    case = GraphCase(f, "separable_with_pointwise")
    case.conv("depthwise", "x0", 16, 16, 5, groups=16, padding=2, stride=2)
    case.norm("norm", "depthwise", 16)
    case.node("act", "mish", ["norm"])
    case.conv("pointwise", "act", 16, 33)
    case.node("squeezed", "adaptive_avg_pool2d", ["pointwise"], output_size=1)
    case.node("gate", "sigmoid", ["squeezed"])
    case.node("y", "mul", ["pointwise", "gate"])
    case.done(f.noise(1, 16, 9, 11))


def transformer(f: GoldenFile) -> None:
    for align in (False, True):
        case = GraphCase(f, f"transformer_align_{align}")
        case.conv("conv", "x0", 3, 4, 3)
        case.node("pool", "max_pool2d", ["conv"], kernel_size=2, stride=2)
        case.node("act", "relu", ["pool"])
        case.node("flat", "flatten", ["act"], start_dim=1)
        bias = torch.tensor([1.0, 0.05, -0.02, 0.03, 0.95, 0.01])
        weight = case.weight("weight", f.noise(6, 60, scale=0.02))
        case.node("fc", "linear", ["flat"], weight=weight, bias=case.weight("bias", bias))
        case.node("theta", "reshape", ["fc"], shape=[-1, 2, 3])
        case.node("grid", "affine_grid", ["theta"], size=[1, 3, 8, 12], align_corners=align)
        case.node("y", "grid_sample", ["x0", "grid"], align_corners=align)
        case.done(f.noise(1, 3, 8, 12))


def finer_transformer(f: GoldenFile) -> None:
    """Looks at a coarse picture and cuts a part out of the fine one."""
    case = GraphCase(f, "transformer_of_a_finer_picture")
    case.node("look", "avg_pool2d", ["x0"], kernel_size=2, stride=2)
    case.conv("conv", "look", 3, 4, 3)
    case.node("act", "relu", ["conv"])
    case.node("flat", "flatten", ["act"], start_dim=1)
    bias = torch.tensor([0.7, 0.1, -0.1, -0.2, 1.1, 0.1])
    weight = case.weight("weight", f.noise(6, 240, scale=0.01))
    case.node("fc", "linear", ["flat"], weight=weight, bias=case.weight("bias", bias))
    case.node("theta", "reshape", ["fc"], shape=[-1, 2, 3])
    case.node("grid", "affine_grid", ["theta"], size=[1, 3, 9, 19], align_corners=False)
    case.node("cut", "grid_sample", ["x0", "grid"], align_corners=False)
    case.conv("y", "cut", 3, 5, 3)
    case.done(f.noise(1, 3, 16, 24))


def products(f: GoldenFile) -> None:
    for other in ("itself", "another"):
        case = GraphCase(f, f"mean_of_a_product_with_{other}")
        case.conv("feature", "x0", 3, 9, 3)
        case.conv("other", "x0", 3, 9, 3)
        case.node("product", "mul", ["feature", "feature" if other == "itself" else "other"])
        case.node("mean", "mean", ["product"], dim=[1, 2, 3], keepdim=True)
        case.node("scaled", "div", ["feature", "mean"])
        case.node("y", "sub", ["scaled", "other"])
        case.done(f.noise(1, 3, 7, 8))


def two_inputs(f: GoldenFile) -> None:
    case = GraphCase(f, "two_inputs")
    case.conv("a", "x0", 3, 7, 3)
    case.conv("b", "x1", 2, 7)
    case.node("y", "add", ["a", "b"])
    case.done(f.noise(1, 3, 6, 7), f.noise(1, 2, 4, 5))


def padded_views(f: GoldenFile) -> None:
    """A padded convolution reads what was written in place or is a view: around it lie other values, or nothing."""
    for padding in ([1, 0], [0, 1], [1, 1]):
        kernel = (2 * padding[0] + 1, 2 * padding[1] + 1)
        name = "x".join(map(str, padding))
        case = GraphCase(f, f"residual_then_padded_{name}")
        case.conv("a", "x0", 3, 8)
        case.conv("b", "a", 8, 8, 3, padding=1)
        case.node("sum", "add", ["a", "b"])
        case.conv("c", "sum", 8, 8, kernel, padding=padding)
        case.node("y", "add", ["c", "sum"])
        case.done(f.noise(1, 3, 6, 7))
        for kind in ("add", "sub", "mul", "div") if padding == [1, 0] else ():
            case = GraphCase(f, f"{kind}_of_a_number_then_padded_{name}")
            case.conv("a", "x0", 3, 8)
            case.node("number", kind, ["a"], other=2.0)
            case.conv("y", "number", 8, 5, kernel, padding=padding)
            case.done(f.noise(1, 3, 6, 7))
        for dim in (1, 2, 3):
            for channels in (8, 17) if padding == [1, 0] else (8,):
                case = GraphCase(f, f"slice_of_{dim}_of_{channels}_then_padded_{name}")
                case.conv("a", "x0", 3, channels, 3, padding=padding)
                case.conv("other", "a", channels, 4, kernel, padding=padding)
                case.node("part", "slice", ["a"], dim=dim, start=1, end=4)
                case.conv("y", "part", 3 if dim == 1 else channels, 5, kernel, padding=padding)
                case.done(f.noise(1, 3, 7, 8))
        case = GraphCase(f, f"every_second_row_then_padded_{name}")
        case.conv("a", "x0", 3, 8, kernel, padding=padding)
        case.node("part", "slice", ["a"], dim=2, start=0, step=2)
        case.conv("y", "part", 8, 5, kernel, padding=padding)
        case.done(f.noise(1, 3, 7, 8))
        case = GraphCase(f, f"reshape_then_padded_{name}")
        case.conv("a", "x0", 3, 8, kernel, padding=padding)
        case.node("seen", "reshape", ["a"], shape=[1, 8, 7, 6])
        case.conv("y", "seen", 8, 5, kernel, padding=padding)
        case.done(f.noise(1, 3, 6, 7))
        case = GraphCase(f, f"rank_3_padded_{name}")
        case.conv("a", "x0", 3, 8, kernel, padding=padding)
        case.node("act", "relu", ["a"])
        case.conv("y", "act", 8, 5, kernel, padding=padding)
        case.done(f.noise(3, 6, 7))


def windows_of_padding_alone(f: GoldenFile) -> None:
    pool: Dict[str, Any] = {"kernel_size": [2, 1], "stride": [3, 2], "padding": [1, 0], "dilation": [2, 2]}
    for channels in (1, 16, 19):
        case = GraphCase(f, f"maximum_of_nothing_{channels}")
        case.node("pool", "max_pool2d", ["x0"], **pool)
        case.node("y", "relu", ["pool"])
        case.done(f.noise(1, channels, 1, 3))
    case = GraphCase(f, "maximum_of_nothing_of_a_constant")
    weight = case.weight("zero", torch.zeros(4, 3, 1, 1))
    case.node("constant", "conv2d", ["x0"], weight=weight, bias=case.weight("bias", f.noise(4)))
    case.node("pool", "max_pool2d", ["constant"], **pool)
    case.node("act", "sigmoid", ["pool"])
    case.conv("y", "act", 4, 2)
    case.done(f.noise(1, 3, 1, 3))
    for include in (False, True):
        case = GraphCase(f, f"average_of_nothing_{'padded' if include else 'clipped'}")
        average = {"kernel_size": 2, "stride": 2, "padding": 1, "ceil_mode": True, "count_include_pad": include}
        case.node("y", "avg_pool2d", ["x0"], **average)
        case.done(f.noise(1, 17, 3, 3))
    case = GraphCase(f, "pools_of_rank_3")
    case.conv("a", "x0", 3, 6)
    case.node("max", "max_pool2d", ["a"], kernel_size=3, stride=1, padding=1)
    case.node("average", "avg_pool2d", ["max"], kernel_size=3, stride=1, padding=1)
    case.conv("y", "average", 6, 4)
    case.done(f.noise(3, 4, 7))


def all_graphs(f: GoldenFile) -> None:
    convolution_and_activation(f)
    shared_values(f)
    norms_apart(f)
    constant_channels(f)
    global_context(f)
    shape_chains(f)
    transformer(f)
    two_inputs(f)
    finer_transformer(f)
    products(f)
    padded_views(f)
    windows_of_padding_alone(f)
