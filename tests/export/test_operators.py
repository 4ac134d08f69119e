"""Every operator in its module, function, method and operator form. `export_module` compares with PyTorch."""

import math
import operator
import unittest
import warnings
from typing import Any, Callable, List

import torch
import torch.nn.functional as F
from lprnet_export.errors import ExportError
from lprnet_export.export import ExportedModel, export_module
from torch import nn


class Calls(nn.Module):
    """A module of one expression."""

    def __init__(self, function: Callable[..., torch.Tensor], **parts: Any) -> None:
        super().__init__()
        self.function = function
        for name, part in parts.items():
            if isinstance(part, torch.Tensor) and not isinstance(part, nn.Parameter):
                self.register_buffer(name, part)
            else:
                setattr(self, name, part)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(self, x)


def exported(module: nn.Module, shape: Any = (1, 6, 7, 9), **options: Any) -> ExportedModel:
    torch.manual_seed(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return export_module(module, shape, name="test", **options)


def ops(model: ExportedModel) -> List[str]:
    return [node["op"] for node in model.document["nodes"]]


def ops_of(function: Callable[..., torch.Tensor], shape: Any = (1, 6, 7, 9), **parts: Any) -> List[str]:
    return ops(exported(Calls(function, **parts), shape))


class Modules(unittest.TestCase):
    def test_layers(self) -> None:
        layers = {
            "conv2d": [
                nn.Conv2d(6, 4, 3), nn.Conv2d(6, 4, (3, 2), (2, 1), (0, 1), (1, 2)), nn.Conv2d(6, 4, 3, groups=2),
                nn.Conv2d(6, 4, 3, bias=False), nn.Conv2d(6, 4, 3, padding="same"), nn.Conv2d(6, 4, 3, padding="valid"),
                nn.Conv2d(6, 4, (1, 5), padding="same", dilation=(1, 2)),
            ],
            "batch_norm": [nn.BatchNorm2d(6), nn.BatchNorm2d(6, affine=False), nn.BatchNorm2d(6, eps=0.01)],
            "relu": [nn.ReLU(), nn.ReLU(inplace=True)],
            "leaky_relu": [nn.LeakyReLU(), nn.LeakyReLU(0.3, inplace=True)],
            "prelu": [nn.PReLU(), nn.PReLU(6)],
            "elu": [nn.ELU(), nn.ELU(0.5, inplace=True)],
            "mish": [nn.Mish(), nn.Mish(inplace=True)],
            "gelu": [nn.GELU(), nn.GELU(approximate="tanh")],
            "sigmoid": [nn.Sigmoid()],
            "relu6": [nn.ReLU6(), nn.ReLU6(inplace=True)],
            "silu": [nn.SiLU(), nn.SiLU(inplace=True)],
            "hardsigmoid": [nn.Hardsigmoid()],
            "softplus": [nn.Softplus(), nn.Softplus(0.5, 30)],
            "hardswish": [nn.Hardswish(), nn.Hardswish(inplace=True)],
            "tanh": [nn.Tanh()],
            "softmax": [nn.Softmax(1), nn.Softmax(dim=-1), nn.Softmax2d()],
            "log_softmax": [nn.LogSoftmax(1)],
            "max_pool2d": [nn.MaxPool2d(2), nn.MaxPool2d(3, (2, 1), 1), nn.MaxPool2d(3, 2, ceil_mode=True, dilation=2)],
            "max_pool3d": [nn.MaxPool3d((1, 3, 3), (2, 1, 2)), nn.MaxPool3d(2, ceil_mode=True)],
            "avg_pool2d": [
                nn.AvgPool2d(2), nn.AvgPool2d((3, 2), (1, 2), (1, 0), True, False), nn.AvgPool2d(2, divisor_override=3),
            ],
            "adaptive_avg_pool2d": [nn.AdaptiveAvgPool2d(1), nn.AdaptiveAvgPool2d((None, 4))],
            "adaptive_max_pool2d": [nn.AdaptiveMaxPool2d((3, 2))],
            "dropout": [nn.Dropout(), nn.Dropout2d(0.1), nn.AlphaDropout()],
            "identity": [nn.Identity()],
            "flatten": [nn.Flatten(), nn.Flatten(2), nn.Flatten(1, 2)],
            "linear": [nn.Linear(9, 4), nn.Linear(9, 4, bias=False)],
        }  # fmt: skip
        for op, modules in layers.items():
            for module in modules:
                with self.subTest(module=str(module)):
                    self.assertEqual(ops(exported(nn.Sequential(module))), [op])

    def test_batch_norm_1d(self) -> None:
        self.assertEqual(
            ops(exported(nn.Sequential(nn.Flatten(), nn.BatchNorm1d(8)), (1, 2, 2, 2))), ["flatten", "batch_norm"]
        )

    def test_same_padding_that_is_uneven_is_padded_by_a_concat(self) -> None:
        model = exported(nn.Sequential(nn.Conv2d(6, 4, (2, 4), padding="same")))
        self.assertEqual([op for op in ops(model) if op != "constant"], ["concat", "concat", "conv2d"])

    def test_names_are_those_of_the_state_dict(self) -> None:
        model = exported(nn.Sequential(nn.Conv2d(6, 4, 3), nn.Sequential(nn.BatchNorm2d(4))))
        self.assertEqual([node["name"] for node in model.document["nodes"]], ["0", "1.0"])
        weights = {name for name in model.tensors if not name.startswith("self_test.")}
        self.assertEqual(
            weights, {"0.weight", "0.bias", "1.0.weight", "1.0.bias", "1.0.running_mean", "1.0.running_var"}
        )

    def test_modules_that_forward_makes_on_the_spot(self) -> None:
        def forward(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
            return nn.AvgPool2d(2)(x) + nn.AvgPool2d(kernel_size=2, stride=2)(x) * nn.Sequential(nn.Sigmoid())(x).mean()

        model = exported(Calls(forward))
        self.assertEqual(sorted(ops(model)), sorted(["avg_pool2d", "avg_pool2d", "sigmoid", "mean", "mul", "add"]))
        self.assertEqual(len({node["name"] for node in model.document["nodes"]}), 6)

    def test_a_module_used_twice_has_two_nodes_and_one_weight(self) -> None:
        conv = nn.Conv2d(6, 6, 1)
        model = exported(Calls(lambda self, x: self.conv(self.conv(x)), conv=conv))
        first, second = model.document["nodes"]
        self.assertEqual((first["name"], second["name"]), ("conv", "conv_1"))
        self.assertEqual(first["weight"], second["weight"])


class Functions(unittest.TestCase):
    def test_activations(self) -> None:
        for op, functions in {
            "relu": [
                F.relu,
                torch.relu,
                F.relu_,
                lambda x: F.relu(x, True),
                lambda x: x.relu(),
                lambda x: x.clamp(min=0),
            ],
            "leaky_relu": [lambda x: F.leaky_relu(x, 0.2), lambda x: F.leaky_relu_(x, 0.2)],
            "elu": [F.elu, lambda x: F.elu_(x, 0.3)],
            "mish": [F.mish],
            "gelu": [F.gelu, lambda x: F.gelu(x, approximate="tanh")],
            "sigmoid": [torch.sigmoid, F.sigmoid, lambda x: x.sigmoid(), lambda x: x.sigmoid_()],
            "tanh": [torch.tanh, F.tanh, lambda x: x.tanh_()],
            "softmax": [
                lambda x: F.softmax(x, 1),
                lambda x: x.softmax(-1),
                lambda x: torch.softmax(x, dim=2),
                F.softmax,
            ],
            "log_softmax": [lambda x: F.log_softmax(x, dim=1), lambda x: x.log_softmax(1)],
            "dropout": [lambda x: F.dropout(x, training=False), lambda x: F.dropout(x, p=0.0)],
        }.items():
            for function in functions:
                self.assertEqual(ops_of(lambda self, x, f=function: f(x)), [op], function)

    def test_square_root_and_powers(self) -> None:
        self.assertEqual(ops_of(lambda self, x: torch.sqrt(x.pow(2) + 1)), ["pow", "add", "sqrt"])
        self.assertEqual(ops_of(lambda self, x: (x**2 + 1).rsqrt()), ["pow", "add", "pow"])
        self.assertEqual(ops_of(lambda self, x: 2**x), ["pow"])
        self.assertEqual(ops_of(lambda self, x: torch.pow(2.0, x)), ["pow"])
        self.assertEqual(ops_of(lambda self, x: torch.square(x)), ["pow"])

    def test_relu6_by_other_names(self) -> None:
        for function in (F.relu6, lambda x: x.clamp(0, 6), lambda x: F.hardtanh(x, 0, 6), nn.Hardtanh(0.0, 6.0)):
            self.assertEqual(ops_of(lambda self, x, function=function: function(x)), ["relu6"])

    def test_clamps(self) -> None:
        for names, function in (
            (["relu", "clamp_max"], lambda x: x.clamp(0, 5)),
            (["clamp_min", "clamp_max"], lambda x: torch.clamp(x, -0.5, max=0.25)),
            (["clamp_min", "clamp_max"], F.hardtanh),
            (["clamp_min"], lambda x: torch.clamp_min(x, 0.5)),
            (["clamp_max"], lambda x: x.clamp_max(0.5)),
            (["clamp_max"], lambda x: x.clip(float("-inf"), 0.5)),
            (["clamp_min", "clamp_max"], lambda x: x.clamp(2, 1)),
            (["mul", "maximum", "clamp_max"], lambda x: x.clamp(x * 0.5, torch.tensor(0.25))),
        ):
            self.assertEqual(ops_of(lambda self, x, function=function: function(x)), names)
        with self.assertRaisesRegex(ExportError, "bound of nan"):
            ops_of(lambda self, x: x.clamp(float("nan"), 1))

    def test_the_larger_of_two(self) -> None:
        for op, functions in {
            "maximum": [torch.maximum, torch.max, lambda a, b: a.max(other=b)],
            "minimum": [torch.minimum, torch.min, lambda a, b: a.minimum(b)],
        }.items():
            for function in functions:
                self.assertEqual(ops_of(lambda s, x, f=function: f(x, x * x)), ["mul", op])
        self.assertEqual(ops_of(lambda s, x: torch.max(s.w, x), w=torch.randn(6, 1, 1)), ["constant", "maximum"])

    def test_exponentials_and_magnitudes(self) -> None:
        self.assertEqual(ops_of(lambda s, x: torch.exp(x.abs())), ["abs", "exp"])
        self.assertEqual(
            ops_of(lambda s, x: F.softplus(x, beta=2) - torch.abs(x).exp_()), ["softplus", "abs", "exp", "sub"]
        )
        with self.assertRaisesRegex(ExportError, "threshold of 3"):
            ops_of(lambda s, x: F.softplus(x, threshold=3))

    def test_pools(self) -> None:
        self.assertEqual(ops_of(lambda self, x: F.max_pool2d(x, 3, 2, 1)), ["max_pool2d"])
        self.assertEqual(ops_of(lambda self, x: torch.max_pool2d(x, 2)), ["max_pool2d"])
        self.assertEqual(ops_of(lambda self, x: F.max_pool3d(x, (1, 3, 3), (2, 1, 2))), ["max_pool3d"])
        self.assertEqual(ops_of(lambda self, x: F.avg_pool2d(x, 2, count_include_pad=False, padding=1)), ["avg_pool2d"])
        self.assertEqual(ops_of(lambda self, x: F.adaptive_avg_pool2d(x, (2, 3))), ["adaptive_avg_pool2d"])
        self.assertEqual(ops_of(lambda self, x: F.adaptive_max_pool2d(x, 2)), ["adaptive_max_pool2d"])

    def test_layers_with_given_weights(self) -> None:
        weight, bias = torch.randn(4, 6, 3, 3), torch.randn(4)
        self.assertEqual(ops_of(lambda s, x: F.conv2d(x, s.w, s.b, padding="same"), w=weight, b=bias), ["conv2d"])
        self.assertEqual(ops_of(lambda s, x: torch.conv2d(x, s.w), w=weight), ["conv2d"])
        self.assertEqual(ops_of(lambda s, x: F.linear(x, s.w), w=torch.randn(5, 9)), ["linear"])
        self.assertEqual(ops_of(lambda s, x: x @ s.w, w=torch.randn(9, 5)), ["linear"])
        self.assertEqual(ops_of(lambda s, x: F.prelu(x, s.w), w=torch.rand(6)), ["prelu"])
        statistics = {"m": torch.randn(6), "v": torch.rand(6) + 0.1}
        self.assertEqual(ops_of(lambda s, x: F.batch_norm(x, s.m, s.v), **statistics), ["batch_norm"])

    def test_binary_forms(self) -> None:
        for op, functions in {
            "add": [operator.add, torch.add, operator.iadd, lambda a, b: a.add(b), lambda a, b: a.add_(b)],
            "sub": [operator.sub, torch.sub, operator.isub, lambda a, b: a.sub(b), lambda a, b: a.sub_(b)],
            "mul": [operator.mul, torch.mul, operator.imul, lambda a, b: a.mul_(b)],
            "div": [operator.truediv, torch.div, operator.itruediv, torch.true_divide, lambda a, b: a.div_(b)],
        }.items():
            for function in functions:
                self.assertEqual(ops_of(lambda s, x, f=function: f(x.clone(), 3.5)), [op])
                self.assertEqual(ops_of(lambda s, x, f=function: f(x.clone(), x * 2 + 5))[-1], op)
        self.assertEqual(ops_of(lambda s, x: 1 - x), ["sub"])
        self.assertEqual(ops_of(lambda s, x: 1 / (x * x + 1)), ["mul", "add", "div"])
        self.assertEqual(ops_of(lambda s, x: -x), ["mul"])
        self.assertEqual(ops_of(lambda s, x: torch.add(x, x, alpha=2)), ["mul", "add"])
        self.assertEqual(ops_of(lambda s, x: torch.rsub(x, 1)), ["sub"])

    def test_weights_on_either_side(self) -> None:
        gamma = nn.Parameter(torch.rand(1, 6, 1, 1))
        self.assertEqual(ops_of(lambda s, x: s.gamma * x, gamma=gamma), ["constant", "mul"])
        self.assertEqual(ops_of(lambda s, x: x * s.gamma, gamma=gamma), ["constant", "mul"])
        self.assertEqual(ops_of(lambda s, x: s.gamma - x, gamma=gamma), ["constant", "sub"])
        self.assertEqual(ops_of(lambda s, x: x * s.scale, scale=torch.tensor(0.5)), ["mul"])

    def test_reductions(self) -> None:
        for function in (
            lambda x: x.mean(2), lambda x: torch.mean(x, dim=(2, 3)), lambda x: x.mean(dim=[-1, 1], keepdim=True),
        ):  # fmt: skip
            self.assertEqual(ops_of(lambda s, x, f=function: f(x)), ["mean"])
        self.assertEqual(ops_of(lambda s, x: x.sum(1, keepdim=True)), ["sum"])
        self.assertEqual(ops_of(lambda s, x: x.amax((2, 3))), ["max"])
        self.assertEqual(ops_of(lambda s, x: x.amin((2, 3))), ["min"])
        self.assertEqual(ops_of(lambda s, x: x.min(2)[0] + x.min()), ["min", "min", "add"])
        self.assertEqual(ops_of(lambda s, x: x.max(2)[0]), ["max"])
        self.assertEqual(ops_of(lambda s, x: torch.max(x, 2, keepdim=True).values), ["max"])
        self.assertEqual(ops_of(lambda s, x: F.normalize(x, dim=1))[-1], "div")
        self.assertEqual(ops_of(lambda s, x: x / x.norm(2, 1, True)), ["pow", "sum", "sqrt", "div"])

    def test_shapes(self) -> None:
        cases = {
            "reshape": [
                lambda x: x.view(1, -1, 9), lambda x: x.reshape((1, 6, 63)), lambda x: torch.reshape(x, (1, -1)),
                lambda x: x.view(x.size(0), -1), lambda x: x.view(x.shape[0], x.shape[1] * x.shape[2], -1),
            ],
            "flatten": [lambda x: torch.flatten(x, 1), lambda x: x.flatten(1, 2)],
            "permute": [
                lambda x: x.permute(0, 2, 1, 3), lambda x: torch.permute(x, (0, 3, 1, 2)), lambda x: x.transpose(1, 3),
                lambda x: torch.transpose(x, -1, 2), lambda x: x.mT,
            ],
            "unsqueeze": [lambda x: x.unsqueeze(2), lambda x: x[:, None], lambda x: x[..., None]],
            "slice": [
                lambda x: x[:, 1:3], lambda x: x[..., ::2], lambda x: x[:, :, -3:], lambda x: x.narrow(1, 2, 3),
                lambda x: x.chunk(2, 1)[1], lambda x: torch.split(x, 4, dim=1)[1], lambda x: x.split([1, 2, 3], 1)[2],
            ],
        }  # fmt: skip
        for op, functions in cases.items():
            for number, function in enumerate(functions):
                with self.subTest(op=op, number=number):
                    self.assertEqual(ops_of(lambda s, x, f=function: f(x)), [op])
        self.assertEqual(ops_of(lambda s, x: x[:, 2]), ["slice", "squeeze"])
        self.assertEqual(
            ops_of(lambda s, x: x[:, -1, None, 2:, ::3]), ["slice", "squeeze", "unsqueeze", "slice", "slice"]
        )
        self.assertEqual(ops_of(lambda s, x: x.squeeze(1), (1, 1, 7, 9)), ["squeeze"])
        self.assertEqual(ops_of(lambda s, x: torch.squeeze(x), (1, 1, 7, 9)), ["squeeze"])

    def test_joins_and_parts(self) -> None:
        self.assertEqual(ops_of(lambda s, x: torch.cat((x, x), 1)), ["concat"])
        self.assertEqual(ops_of(lambda s, x: torch.cat([x, x], dim=-1)), ["concat"])
        self.assertEqual(ops_of(lambda s, x: torch.stack((x, x), 1)), ["unsqueeze", "unsqueeze", "concat"])

        def halves(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
            top, bottom = x.chunk(2, dim=1)
            return torch.cat((bottom, top), 1)

        self.assertEqual(ops_of(halves), ["slice", "slice", "concat"])
        self.assertEqual(ops_of(lambda s, x: sum(part for part in x.unbind(1)))[-1], "add")

    def test_padding(self) -> None:
        self.assertEqual(ops_of(lambda s, x: F.pad(x, (1, 1))), ["constant", "concat"])
        self.assertEqual(ops_of(lambda s, x: F.pad(x, (1, 2, 0, 3), value=1.5))[-1], "concat")
        self.assertEqual(ops(exported(nn.Sequential(nn.ZeroPad2d((0, 1, 2, 0)))))[-1], "concat")

    def test_spatial_transformer(self) -> None:
        theta = torch.tensor([[[0.9, 0.1, 0.0], [0.0, 1.1, 0.1]]])

        def fixed(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
            return F.grid_sample(x, F.affine_grid(self.theta, list(x.size()), align_corners=False), align_corners=False)

        self.assertEqual(ops_of(fixed, theta=theta), ["constant", "grid_sample"])

        def learned(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
            theta = self.fc(x.flatten(1)).view(-1, 2, 3)
            return F.grid_sample(x, F.affine_grid(theta, x.size(), align_corners=True), "nearest", "border", True)

        fc = nn.Linear(6 * 7 * 9, 6)
        self.assertEqual(ops_of(learned, fc=fc), ["flatten", "linear", "reshape", "affine_grid", "grid_sample"])

    def test_tensors_of_one_number(self) -> None:
        for function in (
            torch.zeros_like,
            torch.ones_like,
            lambda x: x.new_full((9,), 2.0),
            lambda x: x.new_zeros(7, 1),
        ):
            self.assertEqual(ops_of(lambda s, x, f=function: x + f(x)), ["constant", "add"])

    def test_copies_and_moves_need_no_node(self) -> None:
        self.assertEqual(ops_of(lambda s, x: F.relu(x.contiguous().clone().float().to(x.device).detach())), ["relu"])


class Layers(unittest.TestCase):
    """Layers that become several nodes, or one of several kinds."""

    def test_norms(self) -> None:
        for op, modules in {
            "layer_norm": [nn.LayerNorm(9), nn.LayerNorm((7, 9), eps=0.1), nn.LayerNorm(9, elementwise_affine=False)],
            "group_norm": [
                nn.GroupNorm(3, 6),
                nn.GroupNorm(1, 6, affine=False),
                nn.InstanceNorm2d(6),
                nn.InstanceNorm2d(6, affine=True),
            ],
            "batch_norm": [nn.InstanceNorm2d(6, track_running_stats=True)],
        }.items():
            for module in modules:
                self.assertEqual(ops(exported(nn.Sequential(module).eval())), [op], module)
        self.assertEqual(ops_of(lambda s, x: F.layer_norm(x, (9,))), ["layer_norm"])
        self.assertEqual(ops_of(lambda s, x: F.group_norm(x, 2)), ["group_norm"])
        self.assertEqual(ops_of(lambda s, x: F.instance_norm(x)), ["group_norm"])
        with self.assertRaisesRegex(ExportError, "without a batch"):
            exported(Calls(lambda s, x: s.n(x[0]), n=nn.InstanceNorm2d(6)))

    def test_products_of_values(self) -> None:
        turned = lambda x: x.transpose(-1, -2)  # noqa: E731
        for function in (torch.matmul, operator.matmul, lambda a, b: a.matmul(b)):
            self.assertEqual(ops_of(lambda s, x, f=function: f(x, turned(x))), ["permute", "matmul"])
        self.assertEqual(ops_of(lambda s, x: torch.bmm(x[0], turned(x[0])))[-1], "matmul")
        self.assertEqual(ops_of(lambda s, x: s.w @ x, w=torch.randn(5, 7)), ["constant", "matmul"])
        self.assertEqual(ops_of(lambda s, x: x @ s.w, w=torch.randn(1, 6, 9, 2)), ["constant", "matmul"])
        self.assertEqual(ops_of(lambda s, x: x @ s.w, w=torch.randn(9))[-1], "squeeze")
        self.assertEqual(ops_of(lambda s, x: s.w @ x, w=torch.randn(7))[-1], "squeeze")

    def test_transposed_convolutions(self) -> None:
        shape = (1, 4, 5, 6)
        for options in (
            {"kernel_size": 2, "stride": 2},
            {"kernel_size": 4, "stride": 2, "padding": 1},
            {"kernel_size": 3},
            {"kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1},
            {"kernel_size": (3, 2), "stride": (1, 3)},
            {"kernel_size": 3, "stride": (2, 3), "groups": 2, "bias": False},
            {"kernel_size": 1, "stride": 3},
            {"kernel_size": (2, 3), "stride": 2, "dilation": (3, 2), "padding": (0, 2)},
            {"kernel_size": 2, "stride": 3, "output_padding": 2},
            {"kernel_size": 5, "stride": 2, "groups": 4},
        ):
            with self.subTest(options):
                exported(nn.Sequential(nn.ConvTranspose2d(4, 8, **options)), shape)  # type: ignore[arg-type]
        exported(Calls(lambda s, x: F.conv_transpose2d(x, s.w, stride=2), w=torch.randn(4, 3, 3, 3)), shape)
        model = exported(nn.Sequential(nn.ConvTranspose2d(4, 8, 2, 2)), shape)
        self.assertEqual(ops(model), ["conv2d", "reshape", "permute", "reshape"])
        self.assertEqual(
            ops(exported(nn.Sequential(nn.ConvTranspose2d(4, 8, 3, padding=1)), shape)), ["conv2d", "slice", "slice"]
        )

    def test_shuffles(self) -> None:
        for module in (nn.PixelShuffle(2), nn.PixelUnshuffle(3), nn.ChannelShuffle(2)):
            self.assertEqual(ops(exported(nn.Sequential(module), (1, 8, 6, 9))), ["reshape", "permute", "reshape"])
        self.assertEqual(ops_of(lambda s, x: F.pixel_shuffle(x[0], 2), (1, 8, 3, 5))[-1], "reshape")

    def test_interpolation(self) -> None:
        for function in (
            lambda x: F.interpolate(x, scale_factor=2), lambda x: F.interpolate(x, (3, 4), mode="nearest-exact"),
            lambda x: F.interpolate(x, scale_factor=(1.3, 0.6), mode="bilinear"), nn.Upsample(scale_factor=2),
            lambda x: F.interpolate(x, scale_factor=1.7, mode="bilinear", align_corners=True),
            lambda x: F.interpolate(x, scale_factor=1.7, mode="bilinear", recompute_scale_factor=True),
            lambda x: F.interpolate(x, size=x.shape[-1], mode="nearest"), nn.UpsamplingBilinear2d(scale_factor=2),
            nn.Upsample((9, 9), mode="bilinear", align_corners=False), nn.UpsamplingNearest2d((8, 5)), F.upsample,
        ):  # fmt: skip
            if function is F.upsample:
                self.assertEqual(ops_of(lambda s, x: F.upsample(x, scale_factor=3)), ["interpolate"])
            elif isinstance(function, nn.Module):
                self.assertEqual(ops(exported(nn.Sequential(function))), ["interpolate"])
            else:
                self.assertEqual(ops_of(lambda s, x, f=function: f(x)), ["interpolate"])
        self.assertEqual(ops_of(lambda s, x: F.interpolate(x, (3, 4), mode="area")), ["adaptive_avg_pool2d"])
        self.assertIn("interpolate", ops_of(lambda s, x: F.interpolate(x.flatten(2), scale_factor=1.5, mode="linear")))
        with self.assertRaisesRegex(ExportError, "bicubic"):
            ops_of(lambda s, x: F.interpolate(x, (3, 4), mode="bicubic"))

    def test_recurrent_layers(self) -> None:
        for kind, op in ((nn.LSTM, "lstm"), (nn.GRU, "gru")):
            for options in (
                {}, {"num_layers": 2}, {"bidirectional": True}, {"bias": False}, {"batch_first": True},
                {"num_layers": 2, "bidirectional": True, "batch_first": True, "dropout": 0.5},
            ):  # fmt: skip
                with self.subTest(op=op, options=options):
                    layer = kind(9, 5, **options).eval()  # type: ignore[arg-type]
                    first = 0 if layer.batch_first else 1  # of (batch, steps, features)
                    read = Calls(lambda s, x, first=first: s.rnn(x.transpose(0, first))[0], rnn=layer)
                    found = ops(exported(read.eval(), (1, 7, 9)))
                    ways = options.get("num_layers", 1) * (2 if options.get("bidirectional") else 1)
                    self.assertEqual((found.count("linear"), found.count(op)), (ways, ways))
                    self.assertEqual("concat" in found, bool(options.get("bidirectional")))

                    def both(s: Any, x: torch.Tensor) -> torch.Tensor:
                        output, state = s.rnn(x if s.rnn.batch_first else x.transpose(0, 1))
                        hidden = state[0] if isinstance(s.rnn, nn.LSTM) else state
                        return output.mean() + hidden

                    exported(Calls(both, rnn=layer).eval(), (1, 7, 9))

    def test_the_state_of_a_recurrent_layer(self) -> None:
        layer = nn.LSTM(9, 5)

        def begun(s: Any, x: torch.Tensor) -> torch.Tensor:
            start = torch.zeros(1, x.size(1), 5)
            return s.rnn(x, (start, start + s.first))[0]

        exported(Calls(begun, rnn=layer, first=torch.zeros(5)), (1, 7, 9))
        exported(Calls(lambda s, x: s.rnn(x, (x.new_zeros(1, 7, 5),) * 2)[0], rnn=layer), (1, 7, 9))
        self.assertNotIn("lstm", ops(exported(Calls(begun, rnn=layer, first=torch.ones(5)), (1, 7, 9))))
        with self.assertRaisesRegex(ExportError, "eval"):
            dropping = nn.LSTM(9, 5, 2, dropout=0.5).train()
            exported(Calls(lambda s, x: s.rnn.train()(x)[0], rnn=dropping), (1, 7, 9))


    def test_recurrent_layers_that_are_written_out(self) -> None:
        torch.manual_seed(4)
        both = {"num_layers": 2, "bidirectional": True}

        def begun(s: Any, x: torch.Tensor) -> torch.Tensor:
            output, state = s.rnn(x.transpose(0, 1), s.start)
            return output.mean() + (state[0].mean() + state[1] if s.rnn.mode == "LSTM" else state)

        lstm, gru = nn.LSTM(9, 5, **both).eval(), nn.GRU(9, 5, **both).eval()  # type: ignore[arg-type]
        start = torch.randn(4, 1, 5)
        written = [
            Calls(begun, rnn=lstm, start=(start, start.flip(0))),
            Calls(begun, rnn=lstm, start=(torch.zeros(4, 1, 5), start)),
            Calls(begun, rnn=gru, start=start),
            Calls(lambda s, x: s.rnn(x[0], s.start)[1], rnn=gru, start=start[:, 0]),  # one sequence, no batch
            Calls(lambda s, x: s.rnn(x.transpose(0, 1), x[:, :4, :5].transpose(0, 1))[0], rnn=gru),  # of the data
            Calls(lambda s, x: s.rnn(x)[0], rnn=nn.LSTM(9, 5, proj_size=2, batch_first=True, **both).eval()),
        ]
        for module in written:
            found = ops(exported(module, (1, 7, 9)))
            self.assertFalse({"lstm", "gru"} & set(found))
        # The cell state alone is written out; what the operator gives comes from the operator.
        cell = Calls(lambda s, x: s.rnn(x.transpose(0, 1))[1][1], rnn=nn.LSTM(9, 5, bidirectional=True))
        found = ops(exported(cell, (1, 7, 9)))
        self.assertNotIn("lstm", found)
        found = ops(exported(Calls(lambda s, x: s.rnn(x)[0] + s.rnn(x)[1][1], rnn=nn.LSTM(9, 5)), (1, 7, 9)))
        self.assertIn("lstm", found)


class OldMish(nn.Module):
    """As it was written before PyTorch had one."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.tanh(F.softplus(x))


class SpelledOut(unittest.TestCase):
    def found(self, op: str, function: Callable[..., torch.Tensor], **attributes: str) -> None:
        model = exported(Calls(lambda s, x: function(s.conv(x)), conv=nn.Conv2d(6, 4, 1)))
        self.assertEqual(ops(model), ["conv2d", op])
        for key, attribute in attributes.items():
            self.assertEqual(model.document["nodes"][1][key], attribute)

    def test_mish(self) -> None:
        self.found("mish", OldMish())
        self.found("mish", lambda x: x * nn.Softplus()(x).tanh())
        self.found("mish", lambda x: torch.mul(torch.tanh(torch.log(1 + torch.exp(x))), x))
        self.found("mish", lambda x: x.mul(F.softplus(x).tanh_()))

    def test_gelu(self) -> None:
        self.found("gelu", lambda x: x * 0.5 * (1.0 + torch.erf(x / math.sqrt(2.0))), approximate="none")
        self.found("gelu", lambda x: 0.5 * (x * (1 + torch.erf(x * 0.7071067811865475))), approximate="none")
        self.found("gelu", lambda x: (torch.erf(x / 2**0.5) + 1) * x / 2, approximate="none")
        root = math.sqrt(2 / math.pi)
        self.found(
            "gelu", lambda x: 0.5 * x * (1 + torch.tanh(root * (x + 0.044715 * torch.pow(x, 3)))), approximate="tanh"
        )
        self.found("gelu", lambda x: 0.5 * x * (1 + torch.tanh(root * (x + 0.044715 * x * x * x))), approximate="tanh")

    def test_hardswish(self) -> None:
        self.found("hardswish", lambda x: x * F.relu6(x + 3) / 6)
        self.found("hardswish", lambda x: x * (F.relu6(x + 3.0, inplace=True) * (1 / 6)))
        self.found("hardsigmoid", lambda x: F.relu6(x + 3, inplace=True) / 6)
        self.found("hardswish", lambda x: x * (nn.ReLU6(inplace=True)(x + 3) / 6))

    def test_what_is_alike_only_near_zero_is_left_as_it_is(self) -> None:
        def bounded(s: Any, x: torch.Tensor) -> torch.Tensor:
            x = x.clamp(-6, 6)
            return x * F.relu6(x + 3) / 6

        self.assertEqual(ops_of(bounded)[:3], ["clamp_min", "clamp_max", "hardswish"])

    def test_a_part_that_is_needed_alone_is_refused_at_its_own_line(self) -> None:
        def forward(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
            soft = torch.log(1 + torch.exp(x))
            tight = torch.tanh(soft)
            return x * tight + tight.mean(1, keepdim=True)

        with self.assertRaisesRegex(ExportError, r"torch.log: is not an operator.*soft = torch.log\(1 "):
            exported(Calls(forward))

    def test_a_part_that_is_an_operator_is_written_where_it_is_needed_alone(self) -> None:
        def forward(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
            tight = torch.tanh(F.softplus(x))
            return x * tight + tight.mean(1, keepdim=True)

        self.assertEqual(ops(exported(Calls(forward))), ["softplus", "tanh", "mish", "mean", "add"])

    def test_what_only_looks_alike_is_refused(self) -> None:
        for function in (
            lambda s, x: x * torch.tanh(torch.log(2 + torch.exp(x))),
            lambda s, x: 0.5 * x * (1 + torch.erf(x / 1.5)),
            lambda s, x: x * torch.tanh(torch.log1p(torch.exp(x + 0.001))),
        ):
            with self.assertRaisesRegex(ExportError, "is not an operator"):
                exported(Calls(function))


class Refusals(unittest.TestCase):
    def refused(self, module: nn.Module, *parts: str) -> None:
        with self.assertRaises(ExportError) as caught:
            exported(module)
        for part in parts:
            self.assertIn(part, str(caught.exception))

    def test_an_unsupported_function_is_named_with_its_line(self) -> None:
        self.refused(Calls(lambda s, x: torch.cumsum(x, 1)), "torch.cumsum", "test_operators.py", "torch.cumsum(x, 1)")
        self.refused(Calls(lambda s, x: F.hardshrink(x)), "hardshrink", "test_operators.py:")
        self.refused(Calls(lambda s, x: x.floor()), "Tensor.floor", "test_operators.py:")

    def test_an_unsupported_module_is_named_with_its_path_and_line(self) -> None:
        self.refused(nn.Sequential(nn.ReLU(), nn.Sequential(nn.Hardshrink())), "torch.nn.Hardshrink", "module '1.0'")
        module = Calls(lambda s, x: s.act(x), act=nn.Softsign())
        self.refused(module, "torch.nn.Softsign (module 'act')", "s.act(x), act=nn.Softsign()")

    def test_unsupported_arguments(self) -> None:
        self.refused(Calls(lambda s, x: F.dropout(x)), "dropout", "training=True")
        self.refused(nn.Sequential(nn.Conv2d(6, 4, 3, padding=1, padding_mode="reflect")), "padding_mode 'reflect'")
        self.refused(Calls(lambda s, x: F.pad(x, (1, 1, 1, 1), mode="replicate")), "replicate")
        self.refused(Calls(lambda s, x: x.norm(1, 1)), "order 1")
        self.refused(nn.Sequential(nn.BatchNorm2d(6, track_running_stats=False)), "own statistics")
        self.refused(Calls(lambda s, x: torch.div(x, 2, rounding_mode="floor")), "rounding_mode")
        self.refused(Calls(lambda s, x: x.double()), "float64")
        self.refused(Calls(lambda s, x: F.conv2d(x, x[:, :, :3, :3])), "computed from the input")
        self.refused(Calls(lambda s, x: x.max(1)[1].float()), "indices")

    def test_decisions_on_the_data(self) -> None:
        self.refused(Calls(lambda s, x: x if x.sum() > 0 else -x), "control flow", "test_operators.py:")
        self.refused(Calls(lambda s, x: x * float(x.mean())), "Python number")
        self.refused(Calls(lambda s, x: x * x.mean().item()), "reads the data", "item")

    def test_outputs(self) -> None:
        self.refused(Calls(lambda s, x: torch.zeros(1, 3)), "does not depend on the input")

    def test_a_batch_is_not_a_plate(self) -> None:
        with self.assertRaisesRegex(ExportError, "begins with 1"):
            exported(nn.Sequential(nn.ReLU()), (2, 3, 4, 5))

    def test_a_plate_reader_is_whole_and_fits(self) -> None:
        module = Calls(lambda s, x: x.flatten(2))
        gray = {"channel_order": "GRAY", "mean": [127.5], "scale": [0.0078125], "resize": "bilinear"}

        def reader(alphabet: str, blank: int, shape: Any) -> None:
            head = nn.Sequential(nn.Conv2d(1, shape[1], 1), module)
            exported(head, (1, 1, *shape[2:]), preprocess=gray, decode={"alphabet": list(alphabet), "blank": blank})

        reader("ABCDE-", 5, (1, 6, 2, 5))
        reader("ABCDE", 5, (1, 6, 2, 5))
        with self.assertRaisesRegex(ExportError, "6 classes and the alphabet 3 tokens"):
            reader("AB-", 2, (1, 6, 2, 5))
        with self.assertRaisesRegex(ExportError, "steps before classes"):
            reader("ABCDE-", 5, (1, 9, 2, 3))
        with self.assertRaisesRegex(ExportError, "needs preprocess and decode"):
            exported(module, (1, 6, 2, 5), decode={"alphabet": list("ABCDE-"), "blank": 5})
        with self.assertRaisesRegex(ExportError, "6 channels, the preprocessing 1 .GRAY."):
            exported(module, (1, 6, 2, 5), preprocess=gray, decode={"alphabet": list("ABCDE-"), "blank": 5})
        with self.assertRaisesRegex(ExportError, "1 channels, the preprocessing 3 .BGR."):
            exported(module, (1, 1, 2, 5), preprocess={**gray, "channel_order": "BGR", "mean": [0.0] * 3}, decode={})


if __name__ == "__main__":
    unittest.main()
