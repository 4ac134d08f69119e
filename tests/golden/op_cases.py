"""The cases of each operator: odd shapes and attributes, kinks and tails."""

import itertools
from typing import Any, Callable, Dict, List

import torch
from golden_file import GoldenFile
from lprnet_export.interpret import run_node

CHANNELS = (1, 3, 15, 16, 17, 33)
SHAPES_BY_RANK = ((7,), (2, 5), (3, 1, 4), (1, 3, 4, 5), (2, 1, 3, 2, 3), (1, 2, 1, 3, 2, 2))
INF = float("inf")

Cases = Callable[[GoldenFile], None]


# Activations.


def tails() -> torch.Tensor:
    """Zero of both signs, denormals, the smallest normals, kinks, and the range where exp overflows."""
    magnitudes = [
        1e-45, 1e-39, 1.1754944e-38, 1e-30, 1e-20, 1e-10, 1e-6, 1e-4, 1e-3, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9999999,
        1.0, 1.0000001, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 8.0, 9.0, 10.0, 12.0, 15.0, 16.5, 17.0, 20.0, 20.5,
        30.0, 50.0, 80.0, 87.0, 88.5, 88.8, 89.0, 100.0, 103.0, 104.0, 110.0, 1e3, 1e4, 1e10, 1e30, 3e38, INF,
    ]  # fmt: skip
    return torch.tensor([0.0, -0.0] + [sign * m for m in magnitudes for sign in (1, -1)], dtype=torch.float32)


def activation(op: str, variants: List[Dict[str, Any]], positive: bool = False) -> Cases:
    def cases(f: GoldenFile) -> None:
        for index, variant in enumerate(variants):
            suffix = f"_{index}" if len(variants) > 1 else ""
            x = tails()
            if positive:
                x = x[x >= 0]
            node = {"name": "y", "op": op, "inputs": ["x"], **variant}
            x = x[~torch.isnan(run_node(node, [x], {}))]  # infinities only where PyTorch is defined
            f.case(f"tails{suffix}", op, [x], **variant)
            sweep = torch.linspace(0 if positive else -12, 12, 385)
            f.case(f"sweep{suffix}", op, [sweep.reshape(1, 7, 11, 5)], **variant)
        last = variants[-1]
        for rank, shape in enumerate(SHAPES_BY_RANK, 1):
            x = f.noise(*shape, scale=2)
            f.case(f"rank_{rank}", op, [x.abs() if positive else x], **last)
        for channels in CHANNELS:
            x = f.noise(1, channels, 3, 5, scale=3)
            f.case(f"channels_{channels}", op, [x.abs() if positive else x], **last)
        f.case("nan_stays", op, [torch.tensor([1.0, float("nan"), 0.5, float("nan"), 2.0])], **last)

    return cases


def prelu(f: GoldenFile) -> None:
    x = tails()
    x = x[torch.isfinite(x)]
    f.case("tails_one_slope", "prelu", [x], {"weight": torch.tensor([0.25])})
    f.case("negative_slope", "prelu", [f.noise(1, 4, 3, 3)], {"weight": torch.tensor([-0.5])})
    for channels in CHANNELS:
        f.case(f"channels_{channels}", "prelu", [f.noise(1, channels, 3, 5)], {"weight": f.uniform(channels)})
        f.case(f"one_slope_{channels}", "prelu", [f.noise(1, channels, 3, 5)], {"weight": torch.tensor([0.1])})
    for rank, shape in enumerate(SHAPES_BY_RANK, 1):
        count = 1 if rank == 1 else shape[1]
        f.case(f"rank_{rank}", "prelu", [f.noise(*shape)], {"weight": f.uniform(count, low=-1)})
    f.case("batch", "prelu", [f.noise(3, 5, 2, 2)], {"weight": f.uniform(5)})


def softmax(op: str) -> Cases:
    def cases(f: GoldenFile) -> None:
        for rank, shape in enumerate(SHAPES_BY_RANK, 1):
            for dim in range(-rank, rank):
                f.case(f"rank_{rank}_dim_{dim}", op, [f.noise(*shape, scale=3)], dim=dim)
        for count in CHANNELS + (68,):
            f.case(f"classes_{count}", op, [f.noise(1, count, 7, scale=5)], dim=1)
            f.case(f"row_{count}", op, [f.noise(3, count, scale=5)], dim=-1)
        large = torch.tensor([[1e4, -1e4, 9999.0], [3e38, -3e38, 0.0], [-1e4, -1e4, -10001.0], [88.0, 89.0, 90.0]])
        f.case("large", op, [large], dim=1)
        f.case("equal", op, [torch.full((2, 7), -3.5)], dim=1)
        f.case("minus_infinity", op, [torch.tensor([[0.0, -INF, 1.0], [-INF, 2.0, -INF]])], dim=1)
        f.case("denormal", op, [torch.tensor([[1e-40, -1e-40, 0.0, -0.0]])], dim=1)

    return cases


# Layers with weights.


def conv2d(f: GoldenFile) -> None:
    def conv(name: str, n: int, cin: int, cout: int, k: Any, size: Any, bias: bool = True, **attributes: Any) -> None:
        kh, kw = k if isinstance(k, tuple) else (k, k)
        groups = attributes.get("groups", 1)
        weights = {"weight": f.noise(cout, cin // groups, kh, kw, scale=(cin // groups * kh * kw) ** -0.5)}
        if bias:
            weights["bias"] = f.noise(cout)
        f.case(name, "conv2d", [f.noise(n, cin, *size)], weights, **attributes)

    conv("defaults", 1, 2, 3, 3, (5, 6))
    conv("no_bias", 1, 2, 3, 3, (5, 6), bias=False)
    for cin, cout in itertools.product(CHANNELS, (1, 16, 17)):
        conv(f"pointwise_{cin}_{cout}", 1, cin, cout, 1, (3, 5))
    for cin, cout in ((1, 33), (3, 17), (15, 15), (16, 16), (17, 3), (33, 1)):
        conv(f"square_{cin}_{cout}", 1, cin, cout, 3, (5, 7), padding=1)
    conv("one_pixel", 1, 17, 5, 1, (1, 1))
    conv("one_pixel_padded", 1, 3, 5, 3, (1, 1), padding=1)
    conv("kernel_is_image", 1, 5, 17, (4, 6), (4, 6))
    conv("kernel_wider_than_image", 1, 3, 4, (3, 7), (4, 4), padding=[0, 3])
    conv("column_3x1", 1, 8, 8, (3, 1), (6, 5), stride=[1, 1], padding=[1, 0])
    conv("row_1x3", 1, 8, 8, (1, 3), (6, 5), padding=[0, 1])
    conv("row_1x4", 1, 16, 17, (1, 4), (3, 7))
    conv("column_13x1", 1, 9, 7, (13, 1), (16, 3))
    conv("column_13x1_stride", 1, 9, 7, (13, 1), (17, 3), stride=[2, 1])
    conv("stride_2", 1, 5, 6, 3, (7, 8), stride=2)
    conv("stride_uneven", 1, 5, 6, 3, (9, 11), stride=[3, 2], padding=[2, 1])
    conv("stride_beyond_kernel", 1, 4, 4, 2, (9, 10), stride=[4, 3])
    conv("pointwise_stride", 1, 17, 16, 1, (5, 7), stride=2)
    conv("padding_beyond_kernel", 1, 3, 4, 2, (3, 3), padding=3)
    conv("dilation_2", 1, 5, 6, 3, (9, 8), dilation=2)
    conv("dilation_uneven", 1, 3, 4, (2, 3), (9, 10), dilation=[3, 2], padding=[1, 2], stride=[1, 2])
    conv("groups_2", 1, 6, 8, 3, (5, 5), groups=2, padding=1)
    conv("groups_17_wide", 1, 34, 51, 3, (4, 5), groups=17, padding=1)
    conv("pointwise_groups", 1, 32, 48, 1, (3, 4), groups=4)
    for channels in CHANNELS:
        conv(f"depthwise_{channels}", 1, channels, channels, 3, (5, 6), groups=channels, padding=1)
    conv("depthwise_5x5", 1, 16, 16, 5, (8, 9), groups=16, padding=2, stride=2)
    conv("depthwise_3x13", 1, 17, 17, (3, 13), (4, 9), groups=17, padding=[1, 6])
    conv("depthwise_multiplier", 1, 5, 15, 3, (5, 5), groups=5)
    conv("depthwise_dilated", 1, 8, 8, 3, (9, 9), groups=8, dilation=3, padding=3)
    conv("first_layer", 1, 3, 24, 3, (6, 9))
    conv("first_layer_padded", 1, 3, 24, 3, (5, 7), padding=1)
    conv("localisation_7x7", 1, 3, 8, 7, (12, 14))
    conv("batch_of_3", 3, 4, 5, 3, (5, 6), padding=1)
    conv("batch_of_2_groups", 2, 4, 6, 3, (5, 6), groups=2, stride=2)
    zero = torch.zeros(1, 3, 4, 4)
    f.case("zero_input", "conv2d", [zero], {"weight": f.noise(2, 3, 3, 3), "bias": torch.tensor([1.5, -0.0])})
    tiny = f.noise(1, 3, 4, 4) * 1e-30
    f.case("tiny_weights", "conv2d", [tiny], {"weight": f.noise(2, 3, 3, 3) * 1e-30, "bias": f.noise(2)})


def linear(f: GoldenFile) -> None:
    for inputs, outputs in itertools.product(CHANNELS, (1, 6, 33)):
        weights = {"weight": f.noise(outputs, inputs, scale=inputs**-0.5), "bias": f.noise(outputs)}
        f.case(f"features_{inputs}_{outputs}", "linear", [f.noise(1, inputs)], weights)
    for rank, shape in enumerate(SHAPES_BY_RANK, 1):
        f.case(f"rank_{rank}", "linear", [f.noise(*shape)], {"weight": f.noise(4, shape[-1]), "bias": f.noise(4)})
        f.case(f"rank_{rank}_no_bias", "linear", [f.noise(*shape)], {"weight": f.noise(3, shape[-1])})
    f.case("localisation", "linear", [f.noise(1, 200)], {"weight": f.noise(6, 200, scale=0.05), "bias": f.noise(6)})


def batch_norm(f: GoldenFile) -> None:
    def norm(name: str, shape: Any, weight: bool = True, bias: bool = True, **attributes: Any) -> None:
        c = shape[1]
        weights = {
            "weight": f.noise(c) if weight else None,
            "bias": f.noise(c) if bias else None,
            "running_mean": f.noise(c),
            "running_var": f.uniform(c, low=0.01, high=4),
        }
        f.case(name, "batch_norm", [f.noise(*shape)], weights, **attributes)

    for channels in CHANNELS:
        norm(f"channels_{channels}", (1, channels, 3, 5))
    norm("no_affine", (1, 5, 3, 4), weight=False, bias=False)
    norm("no_weight", (1, 5, 3, 4), weight=False)
    norm("no_bias", (1, 5, 3, 4), bias=False)
    norm("eps_1e-3", (1, 5, 3, 4), eps=1e-3)
    norm("eps_0.5", (1, 5, 3, 4), eps=0.5)
    norm("rank_2", (2, 17))
    norm("rank_3", (2, 3, 7))
    norm("rank_5", (1, 3, 2, 3, 4))
    norm("one_pixel", (1, 16, 1, 1))
    norm("batch_of_3", (3, 5, 2, 3))
    extreme = {
        "weight": torch.tensor([1.0, 1e-20, -2.0, 0.0]),
        "bias": torch.tensor([0.0, 1.0, -1e10, 3.0]),
        "running_mean": torch.tensor([0.0, 1e5, -1e-30, 2.0]),
        "running_var": torch.tensor([0.0, 1e10, 1e-30, 1.0]),
    }
    f.case("extreme_statistics", "batch_norm", [f.noise(1, 4, 2, 3)], extreme)


# Pools.


def max_pool2d(f: GoldenFile) -> None:
    def pool(name: str, shape: Any, **attributes: Any) -> None:
        f.case(name, "max_pool2d", [f.noise(*shape)], **attributes)

    for channels in CHANNELS:
        pool(f"channels_{channels}", (1, channels, 4, 6), kernel_size=3, stride=1)
    pool("stride_defaults_to_kernel", (1, 4, 7, 8), kernel_size=[2, 3])
    pool("padded", (1, 4, 7, 8), kernel_size=3, stride=[2, 1], padding=1)
    pool("padded_2", (1, 4, 7, 8), kernel_size=3, stride=2, padding=1)
    pool("uneven", (1, 17, 9, 11), kernel_size=[1, 7], stride=[1, 2])
    pool("uneven_padding", (1, 3, 9, 11), kernel_size=[2, 5], stride=[3, 2], padding=[1, 2])
    pool("ceil", (1, 5, 6, 8), kernel_size=3, stride=2, ceil_mode=True)
    pool("ceil_window_would_start_in_padding", (1, 2, 3, 3), kernel_size=2, stride=2, padding=1, ceil_mode=True)
    pool("ceil_window_beyond_end", (1, 2, 5, 5), kernel_size=1, stride=3, ceil_mode=True)
    pool("ceil_padded", (1, 16, 7, 10), kernel_size=3, stride=[3, 4], padding=1, ceil_mode=True)
    pool("dilation", (1, 3, 9, 10), kernel_size=3, stride=1, dilation=2)
    pool(
        "dilation_uneven_padded_ceil",
        (1, 3, 9, 10),
        kernel_size=[2, 3],
        stride=2,
        padding=[1, 1],
        dilation=[3, 2],
        ceil_mode=True,
    )
    pool("kernel_is_image", (1, 5, 4, 6), kernel_size=[4, 6])
    pool("one_pixel", (1, 17, 1, 1), kernel_size=1)
    pool("stride_beyond_kernel", (1, 3, 9, 10), kernel_size=2, stride=[4, 5])
    pool("rank_3", (5, 6, 7), kernel_size=2)
    pool("batch_of_2", (2, 3, 5, 6), kernel_size=2, stride=1)
    f.case("all_negative_padded", "max_pool2d", [-f.uniform(1, 3, 4, 4) - 1], kernel_size=3, stride=2, padding=1)
    infinite = f.noise(1, 1, 4, 4)
    infinite[0, 0, 0, :] = -INF
    infinite[0, 0, 1, 2] = INF
    f.case("infinities", "max_pool2d", [infinite], kernel_size=[1, 2], stride=1)
    nan = f.noise(1, 2, 4, 5)
    nan[0, 0, 1, 1] = float("nan")
    f.case("nan_stays", "max_pool2d", [nan], kernel_size=2, stride=1)
    scattered = f.noise(1, 49, 5, 7)  # in every place of a window of 3x3, and of the vector of channels
    for channel in range(49):
        scattered[0, channel, channel % 5, channel % 7] = float("nan")
    for stride in (1, 2):
        f.case(f"nan_stays_3x3_{stride}", "max_pool2d", [scattered], kernel_size=3, stride=stride)


def max_pool3d(f: GoldenFile) -> None:
    def pool(name: str, shape: Any, **attributes: Any) -> None:
        f.case(name, "max_pool3d", [f.noise(*shape)], **attributes)

    pool("lprnet_first", (1, 16, 6, 8), kernel_size=[1, 3, 3], stride=[1, 1, 1])
    pool("lprnet_second", (1, 32, 6, 9), kernel_size=[1, 3, 3], stride=[2, 1, 2])
    pool("lprnet_third", (1, 36, 5, 9), kernel_size=[1, 3, 3], stride=[4, 1, 2])
    for channels in (1, 3, 15, 17, 33):
        pool(f"every_second_of_{channels}", (1, channels, 4, 6), kernel_size=[1, 3, 3], stride=[2, 1, 2])
    pool("over_channels", (1, 9, 5, 6), kernel_size=[3, 2, 2], stride=[2, 1, 1])
    pool("cube", (1, 6, 6, 6), kernel_size=3)
    pool("padded_depth", (1, 6, 5, 6), kernel_size=3, stride=2, padding=[1, 1, 1])
    pool("padding_uneven", (1, 6, 5, 6), kernel_size=[2, 3, 2], stride=[1, 2, 2], padding=[0, 1, 1])
    pool("ceil", (1, 6, 6, 8), kernel_size=[1, 3, 3], stride=[4, 2, 2], ceil_mode=True)
    pool("ceil_padded", (1, 5, 3, 3), kernel_size=2, stride=2, padding=1, ceil_mode=True)
    pool("dilation", (1, 9, 7, 8), kernel_size=2, stride=1, dilation=[3, 2, 1])
    pool("stride_number", (1, 8, 6, 6), kernel_size=[1, 3, 3], stride=2)
    pool("rank_5", (1, 3, 5, 6, 7), kernel_size=[2, 3, 3], stride=[2, 1, 2])
    pool("rank_5_batch", (2, 4, 4, 5, 6), kernel_size=2, padding=1, stride=2)
    pool("rank_4_batch_is_channels", (2, 6, 5, 6), kernel_size=[1, 3, 3], stride=[2, 1, 2])
    nan = f.noise(1, 4, 4, 5)
    nan[0, 2, 1, 1] = float("nan")
    f.case("nan_stays", "max_pool3d", [nan], kernel_size=[1, 2, 2], stride=[2, 1, 1])


def avg_pool2d(f: GoldenFile) -> None:
    def pool(name: str, shape: Any, **attributes: Any) -> None:
        f.case(name, "avg_pool2d", [f.noise(*shape)], **attributes)

    for channels in CHANNELS:
        pool(f"channels_{channels}", (1, channels, 5, 7), kernel_size=[2, 3], stride=2)
    pool("lprnet_features", (1, 1, 22, 92), kernel_size=5, stride=5)
    pool("lprnet_feature_c", (1, 2, 18, 44), kernel_size=[4, 10], stride=[4, 2])
    pool("leaky_feature", (1, 2, 18, 40), kernel_size=[9, 19], stride=[3, 4])
    pool("stride_defaults_to_kernel", (1, 3, 7, 9), kernel_size=[2, 3])
    pool("padded", (1, 3, 6, 7), kernel_size=3, stride=2, padding=1)
    pool("padded_not_counted", (1, 3, 6, 7), kernel_size=3, stride=2, padding=1, count_include_pad=False)
    pool("ceil", (1, 3, 6, 8), kernel_size=3, stride=2, ceil_mode=True)
    pool("ceil_not_counted", (1, 3, 6, 8), kernel_size=3, stride=2, ceil_mode=True, count_include_pad=False)
    pool("ceil_padded", (1, 3, 6, 7), kernel_size=3, stride=2, padding=1, ceil_mode=True)
    pool(
        "ceil_padded_not_counted",
        (1, 3, 6, 7),
        kernel_size=3,
        stride=2,
        padding=1,
        ceil_mode=True,
        count_include_pad=False,
    )
    pool("ceil_window_would_start_in_padding", (1, 2, 3, 3), kernel_size=2, stride=2, padding=1, ceil_mode=True)
    pool(
        "ceil_window_would_start_in_padding_not_counted",
        (1, 2, 3, 3),
        kernel_size=2,
        stride=2,
        padding=1,
        ceil_mode=True,
        count_include_pad=False,
    )
    pool("divisor", (1, 3, 6, 7), kernel_size=3, stride=2, divisor_override=2)
    pool(
        "divisor_padded_ceil",
        (1, 3, 6, 8),
        kernel_size=[3, 2],
        stride=2,
        padding=[1, 1],
        ceil_mode=True,
        divisor_override=7,
    )
    pool("divisor_negative", (1, 2, 4, 4), kernel_size=2, divisor_override=-3)
    pool("uneven", (1, 5, 9, 11), kernel_size=[2, 5], stride=[3, 2], padding=[1, 2])
    pool("kernel_is_image", (1, 17, 4, 6), kernel_size=[4, 6])
    pool("one_pixel", (1, 17, 1, 1), kernel_size=1)
    pool("rank_3", (4, 6, 7), kernel_size=2)
    pool("batch_of_2", (2, 3, 5, 6), kernel_size=2, stride=1)


def adaptive_pool(op: str) -> Cases:
    def cases(f: GoldenFile) -> None:
        sizes = [1, [1, 1], [4, 18], [3, 5], [5, 3], [7, 7], [2, None], [None, 3], [None, None], [1, 4], 6]
        for index, size in enumerate(sizes):
            f.case(f"size_{index}", op, [f.noise(1, 3, 7, 11)], output_size=size)
        for channels in CHANNELS:
            f.case(f"channels_{channels}", op, [f.noise(1, channels, 5, 7)], output_size=[2, 3])
        f.case("larger_than_input", op, [f.noise(1, 2, 3, 2)], output_size=[5, 7])
        f.case("one_pixel", op, [f.noise(1, 16, 1, 1)], output_size=[1, 1])
        f.case("one_pixel_enlarged", op, [f.noise(1, 3, 1, 1)], output_size=[2, 3])
        f.case("rank_3", op, [f.noise(4, 6, 9)], output_size=[4, 4])
        f.case("batch_of_2", op, [f.noise(2, 3, 6, 9)], output_size=[4, 4])

    return cases


# Shapes.


def concat(f: GoldenFile) -> None:
    for rank, shape in enumerate(SHAPES_BY_RANK, 1):
        for dim in range(-rank, rank):
            other = list(shape)
            other[dim] += 2
            f.case(f"rank_{rank}_dim_{dim}", "concat", [f.noise(*shape), f.noise(*other)], dim=dim)
    f.case("default_dim", "concat", [f.noise(2, 3), f.noise(1, 3)])
    f.case("single", "concat", [f.noise(1, 5, 2, 3)], dim=1)
    f.case("lprnet", "concat", [f.noise(1, c, 4, 18) for c in (2, 4, 8, 5)], dim=1)
    f.case("odd_channels", "concat", [f.noise(1, c, 2, 3) for c in CHANNELS], dim=1)
    x = f.noise(1, 17, 2, 3)
    f.graph("same_value_twice", [{"name": "y", "op": "concat", "inputs": ["x0", "x0"], "dim": 1}], [x])
    f.graph("same_value_thrice_on_width", [{"name": "y", "op": "concat", "inputs": ["x0", "x0", "x0"], "dim": -1}], [x])
    f.case("batch", "concat", [f.noise(2, 3, 2, 2), f.noise(2, 4, 2, 2)], dim=1)


def slices(f: GoldenFile) -> None:
    ranges: List[Dict[str, Any]] = [
        {}, {"start": 2}, {"end": 3}, {"start": 1, "end": 4}, {"start": -3}, {"end": -2}, {"start": -4, "end": -1},
        {"step": 2}, {"start": 1, "step": 2}, {"start": 1, "end": 7, "step": 3}, {"start": -5, "step": 2},
        {"end": 100}, {"start": -100}, {"start": -100, "end": 100, "step": 4}, {"step": 100}, {"start": 0, "end": 1},
    ]  # fmt: skip
    for index, attributes in enumerate(ranges):
        for dim in range(4):
            shape = [1, 1, 3, 2]
            shape[dim] = 8
            f.case(f"range_{index}_dim_{dim}", "slice", [f.noise(*shape)], dim=dim, **attributes)
    for rank, shape in enumerate(SHAPES_BY_RANK, 1):
        for dim in sorted({-rank, -1, rank - 1}):
            f.case(f"rank_{rank}_dim_{dim}", "slice", [f.noise(*shape)], dim=dim, start=-2)
    for channels in (15, 16, 17, 33, 64):
        f.case(f"every_second_of_{channels}", "slice", [f.noise(1, channels, 2, 3)], dim=1, step=2)
        f.case(f"every_fourth_of_{channels}", "slice", [f.noise(1, channels, 2, 3)], dim=1, start=1, step=4)
        f.case(f"inner_channels_of_{channels}", "slice", [f.noise(1, channels, 2, 3)], dim=1, start=5, end=14)


def reshape(f: GoldenFile) -> None:
    shapes = (
        [24],
        [-1],
        [2, 12],
        [4, -1],
        [2, 3, 4],
        [1, 2, 3, 4],
        [-1, 2, 2, 3, 2],
        [1, 2, 1, 3, -1, 2],
        [3, 8],
        [1, 24, 1, 1],
    )
    for index, (source, target) in enumerate(itertools.product(((1, 2, 3, 4), (24,), (2, 12), (1, 24, 1, 1)), shapes)):
        f.case(f"{index}", "reshape", [f.noise(*source)], shape=target)
    f.case("channels_to_steps", "reshape", [f.noise(1, 17, 3, 5)], shape=[1, 3, 85])
    f.case("theta", "reshape", [f.noise(1, 6)], shape=[-1, 2, 3])


def flatten(f: GoldenFile) -> None:
    f.case("defaults", "flatten", [f.noise(2, 3, 4)])
    f.case("from_1", "flatten", [f.noise(1, 10, 4, 10)], start_dim=1)
    for rank, shape in enumerate(SHAPES_BY_RANK, 1):
        for start in range(rank):
            f.case(f"rank_{rank}_{start}_to_last", "flatten", [f.noise(*shape)], start_dim=start)
            f.case(
                f"rank_{rank}_{start}_to_{start}", "flatten", [f.noise(*shape)], start_dim=start - rank, end_dim=start
            )
    f.case("middle", "flatten", [f.noise(2, 3, 4, 5)], start_dim=-3, end_dim=-2)


def permute(f: GoldenFile) -> None:
    for rank in (1, 2, 3):
        for order in itertools.permutations(range(rank)):
            f.case("".join(map(str, order)), "permute", [f.noise(*SHAPES_BY_RANK[rank - 1])], dims=list(order))
    for order in itertools.permutations(range(4)):
        f.case("".join(map(str, order)), "permute", [f.noise(2, 3, 4, 5)], dims=list(order))
    f.case("negative", "permute", [f.noise(2, 3, 4, 5)], dims=[0, -2, -1, 1])
    f.case("rank_5", "permute", [f.noise(2, 1, 3, 2, 3)], dims=[4, 2, 0, 1, 3])
    f.case("rank_6", "permute", [f.noise(1, 2, 1, 3, 2, 2)], dims=[5, 3, 1, 0, 2, 4])
    f.case("width_first", "permute", [f.noise(1, 33, 2, 5)], dims=[0, 3, 1, 2])


def squeeze(f: GoldenFile) -> None:
    f.case("all", "squeeze", [f.noise(1, 3, 1, 4, 1)])
    f.case("nothing_to_squeeze", "squeeze", [f.noise(2, 3)])
    f.case("one_element", "squeeze", [f.noise(1, 1, 1)])
    for dim in range(-4, 4):
        f.case(f"dim_{dim}", "squeeze", [f.noise(1, 17, 1, 5)], dim=dim)
    f.case("height", "squeeze", [f.noise(1, 37, 1, 20)], dim=2)


def unsqueeze(f: GoldenFile) -> None:
    for rank, shape in enumerate(SHAPES_BY_RANK[:5], 1):
        for dim in range(-rank - 1, rank + 1):
            f.case(f"rank_{rank}_dim_{dim}", "unsqueeze", [f.noise(*shape)], dim=dim)


# Arithmetic.

BROADCASTS = (
    ((1, 3, 4, 5), (1, 3, 4, 5)),
    ((1, 3, 4, 5), (1, 3, 1, 1)),
    ((1, 3, 1, 1), (1, 3, 4, 5)),
    ((1, 3, 4, 5), (1, 1, 4, 5)),
    ((1, 1, 4, 1), (1, 3, 1, 5)),
    ((1, 3, 4, 5), (1, 1, 1, 1)),
    ((1, 3, 4, 5), (1,)),
    ((1, 3, 4, 5), (5,)),
    ((5,), (1, 3, 4, 5)),
    ((1, 3, 4, 5), (4, 1)),
    ((3, 1, 1), (1, 3, 4, 5)),
    ((2, 3, 1, 2), (1, 3, 4, 1)),
    ((4,), (4,)),
    ((3, 1), (1, 4)),
    ((2, 1, 3, 2, 3), (3, 1, 3)),
    ((1, 2, 1, 3, 2, 2), (2, 4, 1, 1, 2)),
    ((1, 15, 3, 3), (1, 15, 1, 1)),
    ((1, 16, 3, 3), (1, 16, 1, 3)),
    ((1, 17, 3, 3), (1, 17, 3, 1)),
    ((1, 33, 2, 3), (1, 1, 2, 3)),
)


def arithmetic(op: str) -> Cases:
    def away_from_zero(x: torch.Tensor) -> torch.Tensor:
        return torch.where(x < 0, x - 0.5, x + 0.5)

    def cases(f: GoldenFile) -> None:
        for index, (left, right) in enumerate(BROADCASTS):
            f.case(f"broadcast_{index}", op, [f.noise(*left), away_from_zero(f.noise(*right))])
        for index, other in enumerate((0, 1, -2, 0.5, 1e-10, 127.5)):
            if op != "div" or other:
                f.case(f"other_{index}", op, [f.noise(1, 17, 2, 3)], other=other)
        for index, number in enumerate((0, 1, -2.5, 1e6)):
            f.case(f"input_{index}", op, [away_from_zero(f.noise(1, 17, 2, 3))], input=number)
        f.graph("with_itself", [{"name": "y", "op": op, "inputs": ["x0", "x0"]}], [away_from_zero(f.noise(1, 5, 3, 3))])
        if op == "div":
            f.case("by_zero", op, [torch.tensor([1.0, -1.0, 3.0, -2.0]), torch.tensor([0.0, 0.0, -0.0, INF])])

    return cases


def power(f: GoldenFile) -> None:
    x = torch.tensor([-3.0, -2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0, 10.0])
    for exponent in (-3, -2, -1, 0, 1, 2, 3, 4, 5, 7):
        f.case(f"integer_{exponent}", "pow", [x], other=exponent)
        f.case(f"float_{exponent}", "pow", [x], other=float(exponent))
    for index, exponent in enumerate((0.5, -0.5, 1.5, 2.5, 0.3333333, -1.7)):
        f.case(f"fraction_{index}", "pow", [x.abs()], other=exponent)
    f.case("zero_base", "pow", [torch.tensor([0.0, -0.0])], other=2)
    f.case("zero_to_zero", "pow", [torch.tensor([0.0, -0.0, 5.0])], other=0)
    f.case("zero_to_minus_one", "pow", [torch.tensor([0.0, 2.0])], other=-1)
    f.case("square_overflows", "pow", [torch.tensor([1e20, -1e20, 1e-30])], other=2)
    f.case("infinity", "pow", [torch.tensor([INF, -INF])], other=3)
    f.case("base_2", "pow", [f.noise(1, 17, 2, 3, scale=4)], input=2)
    f.case("base_half", "pow", [f.noise(1, 3, 2, 3, scale=4)], input=0.5)
    f.case("negative_base_integer_exponents", "pow", [torch.tensor([-2.0, 0.0, 1.0, 2.0, 3.0, -1.0])], input=-2)
    for index, (left, right) in enumerate(BROADCASTS):
        f.case(f"broadcast_{index}", "pow", [f.noise(*left).abs() + 0.1, f.noise(*right)])
    exponents = torch.tensor([2.0, 3.0, -1.0, 0.0, -2.0])
    f.case("negative_base_tensor_exponents", "pow", [torch.tensor([-2.0, -1.5, -4.0, -7.0, -0.5]), exponents])
    for channels in CHANNELS:
        f.case(f"square_channels_{channels}", "pow", [f.noise(1, channels, 3, 4)], other=2)


# Reductions.


def reduction(op: str) -> Cases:
    def cases(f: GoldenFile) -> None:
        for rank, shape in enumerate(SHAPES_BY_RANK, 1):
            f.case(f"rank_{rank}_all", op, [f.noise(*shape)])
            f.case(f"rank_{rank}_all_keepdim", op, [f.noise(*shape)], keepdim=True)
            for dim in range(-rank, rank):
                f.case(f"rank_{rank}_dim_{dim}", op, [f.noise(*shape)], dim=dim, keepdim=dim < 0)
        for index, dims in enumerate(([1], [2, 3], [1, 2, 3], [-1, -2], [1, 3], [0, 2], [-3, 3], [0, 1, 2, 3])):
            f.case(f"dims_{index}", op, [f.noise(2, 5, 3, 4)], dim=dims)
            f.case(f"dims_{index}_keepdim", op, [f.noise(2, 5, 3, 4)], dim=dims, keepdim=True)
        for channels in CHANNELS:
            f.case(f"height_{channels}", op, [f.noise(1, channels, 4, 7)], dim=2)
            f.case(f"channels_{channels}", op, [f.noise(1, channels, 2, 3)], dim=1, keepdim=True)
            f.case(f"plate_{channels}", op, [f.noise(1, channels, 2, 3)], dim=[1, 2, 3], keepdim=True)
        offset = f.uniform(1, 7, 9, 31) + 1000  # a sum in single precision loses digits if it is done naively
        f.case("large_offset", op, [offset], dim=[1, 2, 3])
        signed = f.uniform(1, 3, 9, 31, low=-300, high=300)
        f.case("cancellation", op, [signed - signed.mean()], dim=[2, 3])
        f.case("negative_values", op, [-f.uniform(1, 17, 3, 3) - 1], dim=[2, 3])
        f.case("infinity", op, [torch.tensor([[1.0, INF], [-INF, 2.0]])], dim=1)

    return cases


# Spatial transformer.

THETAS = torch.tensor(
    [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
        [[0.9, 0.1, 0.05], [-0.08, 1.1, -0.1]],
        [[2.0, 0.0, 0.5], [0.0, -1.5, 0.25]],
        [[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]],
        [[0.0, 0.0, 3.0], [0.0, 0.0, -3.0]],
    ]
)


def affine_grid(f: GoldenFile) -> None:
    for align in (False, True):
        for index in range(len(THETAS)):
            theta = THETAS[index : index + 1]
            f.case(f"theta_{index}_align_{align}", "affine_grid", [theta], size=[1, 3, 4, 7], align_corners=align)
        for height, width in ((1, 1), (1, 5), (5, 1), (2, 2), (13, 31), (3, 17)):
            f.case(
                f"size_{height}x{width}_align_{align}",
                "affine_grid",
                [THETAS[1:2]],
                size=[1, 1, height, width],
                align_corners=align,
            )
        f.case(f"batch_align_{align}", "affine_grid", [THETAS[:3]], size=[3, 2, 3, 4], align_corners=align)
    f.case("default_alignment", "affine_grid", [THETAS[1:2]], size=[1, 3, 4, 5])


def grid_sample(f: GoldenFile) -> None:
    edge = [
        -1e4,
        -3.0,
        -2.2,
        -1.5,
        -1.0001,
        -1.0,
        -0.9999,
        -0.75,
        -0.5,
        0.0,
        0.25,
        0.5,
        0.9999,
        1.0,
        1.0001,
        1.4,
        2.0,
        2.7,
        5.0,
        1e4,
    ]
    axis = torch.tensor(edge)
    rows, columns = torch.meshgrid(axis, axis, indexing="ij")
    border = torch.stack((columns, rows), dim=-1).unsqueeze(0)
    for mode, padding, align in itertools.product(
        ("bilinear", "nearest"), ("zeros", "border", "reflection"), (False, True)
    ):
        options = {"mode": mode, "padding_mode": padding, "align_corners": align}
        tag = f"{mode}_{padding}_{'corners' if align else 'centres'}"
        f.case(f"edges_{tag}", "grid_sample", [f.noise(1, 2, 4, 6), border], **options)
        f.case(
            f"random_{tag}", "grid_sample", [f.noise(1, 3, 5, 7), f.uniform(1, 4, 6, 2, low=-1.6, high=1.6)], **options
        )
        f.case(
            f"batch_{tag}", "grid_sample", [f.noise(2, 3, 4, 4), f.uniform(2, 3, 3, 2, low=-1.2, high=1.2)], **options
        )
        f.case(
            f"one_pixel_{tag}", "grid_sample", [f.noise(1, 3, 1, 1), f.uniform(1, 3, 3, 2, low=-2, high=2)], **options
        )
    for channels in CHANNELS:
        f.case(
            f"channels_{channels}",
            "grid_sample",
            [f.noise(1, channels, 4, 5), f.uniform(1, 3, 4, 2, low=-1.1, high=1.1)],
        )
    nowhere = [0.5, float("nan"), float("inf"), float("-inf")]
    for channels, mode, padding in itertools.product(
        (2, 9), ("bilinear", "nearest"), ("zeros", "border", "reflection")
    ):
        # Reflected, a finite position so far outside is nothing but rounding.
        axis = torch.tensor(nowhere if padding == "reflection" else [*nowhere, 3e38, 1e30])
        rows, columns = torch.meshgrid(axis, axis, indexing="ij")
        grid = torch.stack((columns, rows), dim=-1).unsqueeze(0)
        options = {"mode": mode, "padding_mode": padding}
        f.case(
            f"nan_stays_nowhere_{mode}_{padding}_{channels}",
            "grid_sample",
            [f.noise(1, channels, 4, 6), grid],
            **options,
        )
    halves = torch.tensor([-0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75])  # between two pixels of a width of 8
    grid = torch.stack((halves, torch.zeros(7)), dim=-1).reshape(1, 1, 7, 2)
    f.case("nearest_ties", "grid_sample", [f.noise(1, 2, 1, 8), grid], mode="nearest")
    f.case("nearest_ties_corners", "grid_sample", [f.noise(1, 2, 1, 9), grid], mode="nearest", align_corners=True)


def layer_norm(f: GoldenFile) -> None:
    for rank, shape in enumerate(SHAPES_BY_RANK, 1):
        for count in range(1, rank + 1):
            last = list(shape[-count:])
            weights = {"weight": f.noise(*last), "bias": f.noise(*last)}
            f.case(f"rank_{rank}_last_{count}", "layer_norm", [f.noise(*shape)], weights, normalized_shape=last)
    for size in CHANNELS[1:]:  # of a single value PyTorch gives what is left by rounding
        f.case(f"row_{size}", "layer_norm", [f.noise(3, size, scale=5)], normalized_shape=[size])
    f.case("no_bias", "layer_norm", [f.noise(2, 7)], {"weight": f.noise(7)}, normalized_shape=[7])
    f.case("no_weight", "layer_norm", [f.noise(2, 7)], {"bias": f.noise(7)}, normalized_shape=[7], eps=0.1)
    f.case("image", "layer_norm", [f.noise(1, 17, 4, 5)], {"weight": f.noise(4, 5)}, normalized_shape=[4, 5], eps=1e-3)
    f.case("far_from_zero", "layer_norm", [f.noise(2, 33) + 10], normalized_shape=[33])
    f.case("equal", "layer_norm", [torch.full((2, 8), 3.0)], normalized_shape=[8])


def group_norm(f: GoldenFile) -> None:
    for channels, groups in ((1, 1), (3, 3), (15, 5), (16, 4), (16, 16), (17, 1), (33, 11)):
        weights = {"weight": f.noise(channels), "bias": f.noise(channels)}
        name = f"channels_{channels}_groups_{groups}"
        f.case(name, "group_norm", [f.noise(1, channels, 3, 5)], weights, num_groups=groups)
    f.case("no_affine", "group_norm", [f.noise(2, 6, 4, 3)], num_groups=2)
    f.case("no_bias", "group_norm", [f.noise(1, 6, 4, 3)], {"weight": f.noise(6)}, num_groups=3, eps=0.1)
    for rank, shape in enumerate(((2, 6), (2, 6, 5), (1, 6, 4, 3), (1, 6, 2, 3, 2)), 2):
        f.case(f"rank_{rank}", "group_norm", [f.noise(*shape)], {"bias": f.noise(6)}, num_groups=2)
    f.case("far_from_zero", "group_norm", [f.noise(1, 4, 5, 5) - 50], num_groups=2)


def matmul(f: GoldenFile) -> None:
    for rows, inner, cols in ((1, 1, 1), (3, 17, 5), (16, 3, 33), (7, 33, 16), (2, 40, 1)):
        f.case(f"{rows}x{inner}x{cols}", "matmul", [f.noise(rows, inner), f.noise(inner, cols)])
    shapes = (
        ((2, 3, 4), (2, 4, 5)), ((3, 4), (2, 4, 5)), ((2, 3, 4), (4, 5)), ((1, 6, 4, 3), (1, 6, 3, 4)),
        ((2, 1, 3, 4), (5, 4, 2)), ((1, 3, 4), (2, 3, 4, 6)), ((2, 1, 2, 1, 2, 3), (1, 3, 1, 2, 3, 4)),
    )  # fmt: skip
    for number, (left, right) in enumerate(shapes):
        f.case(f"batch_{number}", "matmul", [f.noise(*left), f.noise(*right)])
    nodes = [
        {"name": "t", "op": "permute", "inputs": ["x0"], "dims": [0, 2, 1]},
        {"name": "y", "op": "matmul", "inputs": ["x0", "t"]},
    ]
    f.graph("of_itself_turned", nodes, [f.noise(2, 5, 9)])
    nodes = [
        {"name": "t", "op": "permute", "inputs": ["x0"], "dims": [0, 1, 3, 2]},
        {"name": "p", "op": "matmul", "inputs": ["t", "x0"]},
        {"name": "y", "op": "relu", "inputs": ["p"]},
    ]
    f.graph("turned_and_activated", nodes, [f.noise(1, 3, 5, 9)])


def recurrent(op: str) -> Cases:
    def cases(f: GoldenFile) -> None:
        gates = {"lstm": 4, "gru": 3}[op]

        def layer(name: str, steps: int, batch: int, hidden: int, bias: bool = True, **attributes: Any) -> None:
            width = gates * hidden
            weights = {
                "weight_hh": f.noise(width, hidden, scale=hidden**-0.5),
                "bias_hh": f.noise(width) if bias else None,
            }
            f.case(name, op, [f.noise(steps, batch, width)], weights, **attributes)

        for hidden in CHANNELS:
            layer(f"hidden_{hidden}", 5, 1, hidden)
            layer(f"reverse_{hidden}", 5, 1, hidden, reverse=True)
        layer("one_step", 1, 1, 4)
        layer("one_step_reverse", 1, 2, 4, reverse=True)
        layer("no_bias", 4, 1, 6, bias=False)
        layer("batch_of_3", 6, 3, 5)
        layer("many_steps", 24, 1, 48)
        saturated = {"weight_hh": f.noise(4 * gates, 4, scale=30)}
        f.case("saturated", op, [f.noise(4, 1, 4 * gates, scale=100)], saturated)
        turned = [{"name": "t", "op": "permute", "inputs": ["x0"], "dims": [2, 0, 1]},
                  {"name": "y", "op": op, "inputs": ["t"], "weight_hh": "turned/w"}]  # fmt: skip
        f.graph("turned", turned, [f.noise(2, 3 * gates, 4)], {"turned/w": f.noise(3 * gates, 3)})

    return cases


def interpolate(f: GoldenFile) -> None:
    def case(name: str, shape: Any, **attributes: Any) -> None:
        f.case(name, "interpolate", [f.noise(*shape)], **attributes)

    for mode in ("nearest", "nearest-exact", "bilinear"):
        for channels in CHANNELS:
            case(f"{mode}_channels_{channels}", (1, channels, 3, 5), mode=mode, size=[7, 8])
        for size in ([1, 1], [2, 3], [4, 6], [8, 12], [5, 7], [3, 13], [9, 4]):
            case(f"{mode}_{size[0]}x{size[1]}", (1, 2, 4, 6), mode=mode, size=size)
        for index, factor in enumerate(([2, 2], [0.5, 0.5], [1.3, 0.7], [3, 1], [2.6, 1.05], [0.26, 0.34])):
            case(f"{mode}_factor_{index}", (1, 3, 5, 7), mode=mode, scale_factor=factor)
        case(f"{mode}_batch", (2, 3, 4, 5), mode=mode, size=[6, 6])
        case(f"{mode}_one_pixel", (1, 3, 1, 1), mode=mode, size=[3, 2])
        case(f"{mode}_long", (1, 1, 2, 97), mode=mode, size=[2, 61])
    for size in ([1, 1], [2, 3], [8, 12], [5, 7], [3, 13], [4, 6]):
        case(f"corners_{size[0]}x{size[1]}", (1, 2, 4, 6), mode="bilinear", size=size, align_corners=True)
    case("corners_factor", (1, 17, 4, 6), mode="bilinear", scale_factor=[1.7, 2.2], align_corners=True)
    case("defaults", (1, 4, 3, 3), size=[6, 6])


# Values that stay.


def unchanged(op: str) -> Cases:
    def cases(f: GoldenFile) -> None:
        for rank, shape in enumerate(SHAPES_BY_RANK, 1):
            f.case(f"rank_{rank}", op, [f.noise(*shape)])

    return cases


def constant(f: GoldenFile) -> None:
    for rank, shape in enumerate(((), *SHAPES_BY_RANK)):
        nodes = [
            {"name": "c", "op": "constant", "inputs": [], "value": f"rank_{rank}/value"},
            {"name": "y", "op": "add", "inputs": ["x0", "c"]},
        ]
        f.graph(f"rank_{rank}", nodes, [f.noise(*shape)], {f"rank_{rank}/value": f.noise(*shape)})
    nodes = [
        {"name": "gamma", "op": "constant", "inputs": [], "value": "per_channel/value"},
        {"name": "y", "op": "mul", "inputs": ["gamma", "x0"]},
    ]
    f.graph("per_channel", nodes, [f.noise(1, 17, 3, 4)], {"per_channel/value": f.noise(1, 17, 1, 1)})


OP_CASES: Dict[str, Cases] = {
    "conv2d": conv2d,
    "linear": linear,
    "batch_norm": batch_norm,
    "relu": activation("relu", [{}]),
    "mish": activation("mish", [{}]),
    "sigmoid": activation("sigmoid", [{}]),
    "tanh": activation("tanh", [{}]),
    "sqrt": activation("sqrt", [{}], positive=True),
    "leaky_relu": activation(
        "leaky_relu",
        [{}, {"negative_slope": 0.2}, {"negative_slope": 0}, {"negative_slope": -0.5}, {"negative_slope": 1.5}],
    ),
    "prelu": prelu,
    "elu": activation("elu", [{}, {"alpha": 0.5}, {"alpha": 2}]),
    "gelu": activation("gelu", [{}, {"approximate": "none"}, {"approximate": "tanh"}]),
    "softmax": softmax("softmax"),
    "log_softmax": softmax("log_softmax"),
    "max_pool2d": max_pool2d,
    "max_pool3d": max_pool3d,
    "avg_pool2d": avg_pool2d,
    "adaptive_avg_pool2d": adaptive_pool("adaptive_avg_pool2d"),
    "adaptive_max_pool2d": adaptive_pool("adaptive_max_pool2d"),
    "concat": concat,
    "slice": slices,
    "reshape": reshape,
    "flatten": flatten,
    "permute": permute,
    "squeeze": squeeze,
    "unsqueeze": unsqueeze,
    "add": arithmetic("add"),
    "sub": arithmetic("sub"),
    "mul": arithmetic("mul"),
    "div": arithmetic("div"),
    "pow": power,
    "sum": reduction("sum"),
    "mean": reduction("mean"),
    "max": reduction("max"),
    "affine_grid": affine_grid,
    "grid_sample": grid_sample,
    "constant": constant,
    "dropout": unchanged("dropout"),
    "identity": unchanged("identity"),
    # At the end: a file's random numbers depend on its place.
    "relu6": activation("relu6", [{}]),
    "silu": activation("silu", [{}]),
    "hardsigmoid": activation("hardsigmoid", [{}]),
    "hardswish": activation("hardswish", [{}]),
    "exp": activation("exp", [{}]),
    "abs": activation("abs", [{}]),
    "softplus": activation("softplus", [{}, {"beta": 2}, {"beta": 0.5}]),
    "clamp_min": activation("clamp_min", [{}, {"min": 1.5}, {"min": -0.3}]),
    "clamp_max": activation("clamp_max", [{}, {"max": 6}, {"max": -0.3}]),
    "maximum": arithmetic("maximum"),
    "minimum": arithmetic("minimum"),
    "min": reduction("min"),
    "layer_norm": layer_norm,
    "group_norm": group_norm,
    "matmul": matmul,
    "lstm": recurrent("lstm"),
    "gru": recurrent("gru"),
    "interpolate": interpolate,
}
