"""ONNX files, as PyTorch writes them and made by hand, against the network they came from."""

import tempfile
import unittest
import warnings
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from lprnet_export import lprnet_modules as modules
from lprnet_export.errors import ExportError
from lprnet_export.export import ExportedModel
from lprnet_export.interpret import run_graph
from lprnet_export.random_weights import fill
from test_networks import BatchLPRNet
from test_operators import Calls
from torch import nn

try:
    import onnx
    from lprnet_export.onnx_import import import_onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError:
    onnx = None

# The exporter that writes old opsets; newer versions of PyTorch need to be told.
LEGACY: Dict[str, Any] = {} if torch.__version__.startswith("1.") else {"dynamo": False}
OPSETS = (9, 11, 13, 15, 17) if torch.__version__.startswith("1.") else (11, 13, 17)
PLATE = [1, 3, 24, 94]


@unittest.skipIf(onnx is None, "python3-onnx is not installed")
class Case(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "net.onnx"
        quiet = warnings.catch_warnings()
        quiet.__enter__()
        self.addCleanup(quiet.__exit__, None, None, None)
        warnings.simplefilter("ignore")

    def ops(self, model: ExportedModel) -> List[str]:
        return [node["op"] for node in model.document["nodes"] if node["op"] != "constant"]


class FromPyTorch(Case):
    def agrees(self, module: nn.Module, shape: Sequence[int], opset: int, **options: Any) -> ExportedModel:
        torch.manual_seed(1)
        module.eval()
        torch.onnx.export(module, torch.zeros(*shape), str(self.path), opset_version=opset, **LEGACY)
        model = import_onnx(self.path, name="test", **options)
        x = torch.randn(*shape)
        found = run_graph(model.document, model.tensors, {"input": x})[model.document["output"]]
        with torch.no_grad():
            expected = module(x)
        scale = float(expected.abs().max())
        torch.testing.assert_close(found / scale, expected / scale, rtol=1e-4, atol=1e-5)
        return model

    def test_lprnet(self) -> None:
        for opset in OPSETS:
            with self.subTest(opset=opset):
                model = self.agrees(fill(modules.LPRNet(9, (4, 8, 12)), 1, PLATE), PLATE, opset)
                self.assertEqual(self.ops(model).count("max_pool3d"), 3)

    def test_public_code_becomes_a_mean_of_each_plate(self) -> None:
        for opset in OPSETS:
            with self.subTest(opset=opset):
                model = self.agrees(fill(BatchLPRNet(9, (4, 8, 12)), 1, PLATE), PLATE, opset)
                means = [node for node in model.document["nodes"] if node["op"] == "mean"]
                self.assertEqual([node["dim"] for node in means[:4]], [[1, 2, 3]] * 4)
                self.assertEqual(len(model.warnings), 4)

    def test_variants(self) -> None:
        large = [1, 3, 40, 100]
        for opset in OPSETS:
            with self.subTest(opset=opset):
                self.agrees(fill(modules.LeakyLPRNet(6, (8, 16, 20)), 1, large), large, opset)
                self.agrees(fill(modules.SmallLPRNet(6, (4, 8, 12)), 1, large), large, opset)

    def test_activations_keep_or_find_their_operator(self) -> None:
        named = {
            "relu": nn.ReLU(), "leaky_relu": nn.LeakyReLU(0.3), "prelu": nn.PReLU(4), "elu": nn.ELU(0.7),
            "mish": nn.Mish(), "sigmoid": nn.Sigmoid(), "tanh": nn.Tanh(), "softmax": nn.Softmax(1),
            "log_softmax": nn.LogSoftmax(2),
        }  # fmt: skip
        for opset in OPSETS:
            for op, layer in {**named, "gelu": nn.GELU()}.items():
                with self.subTest(opset=opset, op=op):
                    model = self.agrees(nn.Sequential(nn.Conv2d(3, 4, 1), layer), [1, 3, 4, 5], opset)
                    if op.endswith("softmax"):  # an old softmax of a middle axis stands between transposes
                        self.assertIn(op, self.ops(model))
                    else:
                        self.assertEqual(self.ops(model), ["conv2d", op])

    def test_tanh_gelu_in_any_spelling(self) -> None:
        spellings = (
            lambda s, x: F.gelu(x, approximate="tanh"),
            lambda s, x: 0.5 * x * (1 + torch.tanh(0.7978845608 * (x + 0.044715 * x**3))),
            lambda s, x: 0.5 * (x * (1 + torch.tanh(0.7978845608 * x * (1 + 0.044715 * x * x)))),
        )
        for spelling in spellings:
            module = nn.Sequential(nn.Conv2d(3, 4, 1), Calls(spelling))
            model = self.agrees(module, [1, 3, 4, 5], 13)
            self.assertEqual(self.ops(model), ["conv2d", "gelu"])
            self.assertEqual(model.document["nodes"][1]["approximate"], "tanh")

    def test_activation_of_an_activation(self) -> None:
        model = self.agrees(nn.Sequential(nn.Tanh(), nn.GELU(), nn.Mish()), [1, 3, 4, 5], 13)
        self.assertEqual(self.ops(model), ["tanh", "gelu", "mish"])

    def test_bounded_activations(self) -> None:
        for opset in OPSETS:
            for layer, op in ((nn.ReLU6(), "relu6"), (nn.Hardsigmoid(), "hardsigmoid"), (nn.Hardswish(), None)):
                with self.subTest(opset=opset, layer=layer):
                    model = self.agrees(nn.Sequential(nn.Conv2d(3, 4, 1), layer), [1, 3, 4, 5], opset)
                    if op is not None:
                        self.assertEqual(self.ops(model), ["conv2d", op])
        self.assertEqual(self.ops(self.agrees(nn.Sequential(nn.Hardswish()), [1, 3, 4, 5], 14)), ["hardswish"])

    def test_exponentials(self) -> None:
        for opset in OPSETS:
            model = self.agrees(Calls(lambda s, x: torch.exp(x.abs()) + F.softplus(x)), [1, 3, 4, 5], opset)
            self.assertEqual(self.ops(model), ["abs", "exp", "softplus", "add"])
            self.agrees(Calls(lambda s, x: torch.max(x, -x).clamp(0.1, 1) * x.min(2)[0].mean()), [1, 3, 4, 5], opset)

    def test_recurrent_layers(self) -> None:
        for opset in OPSETS:
            for kind, op in ((nn.LSTM, "lstm"), (nn.GRU, "gru")):
                for options in (
                    {},
                    {"bidirectional": True, "num_layers": 2},
                    {"batch_first": True, "bidirectional": True},
                    {"bias": False},
                ):
                    with self.subTest(opset=opset, op=op, options=options):
                        layer = kind(6, 5, **options)  # type: ignore[arg-type]
                        first = 0 if layer.batch_first else 1  # of (batch, steps, features)
                        read = Calls(lambda s, x, first=first: s.rnn(x.transpose(0, first))[0], rnn=layer)
                        model = self.agrees(read, [1, 7, 6], opset)
                        ways = len([name for name, _ in layer.named_parameters() if "weight_hh" in name])
                        self.assertEqual(self.ops(model).count(op), ways)
            last = Calls(lambda s, x: s.rnn(x.transpose(0, 1))[1][0], rnn=nn.LSTM(6, 5, bidirectional=True))
            self.agrees(last, [1, 7, 6], opset)
            start = torch.randn(2, 1, 5)
            for rnn, state in (
                (nn.LSTM(6, 5, bidirectional=True), (start, start.flip(0))),
                (nn.GRU(6, 5, bidirectional=True), start),
            ):
                begun = Calls(lambda s, x: s.rnn(x.transpose(0, 1), s.start)[0], rnn=rnn, start=state)
                self.assertNotIn(rnn.mode.lower(), self.ops(self.agrees(begun, [1, 7, 6], opset)))
            cell = Calls(lambda s, x: s.rnn(x.transpose(0, 1))[1][1], rnn=nn.LSTM(6, 5, bidirectional=True))
            self.agrees(cell, [1, 7, 6], opset)

    def test_norms(self) -> None:
        for opset in OPSETS:
            for layer in (nn.LayerNorm(7), nn.LayerNorm((5, 7)), nn.GroupNorm(3, 6), nn.InstanceNorm2d(6, affine=True)):
                with self.subTest(opset=opset, layer=layer):
                    for parameter in layer.parameters():
                        nn.init.uniform_(parameter)
                    model = self.agrees(nn.Sequential(layer), [1, 6, 5, 7], opset)
                    if isinstance(layer, nn.InstanceNorm2d):
                        self.assertEqual(self.ops(model), ["group_norm"])
        if OPSETS[-1] == 17 and torch.__version__.startswith("2"):
            self.assertEqual(self.ops(self.agrees(nn.Sequential(nn.LayerNorm(7)), [1, 6, 5, 7], 17)), ["layer_norm"])

    def test_resizing(self) -> None:
        for opset in OPSETS[1:]:
            for options in (
                {"scale_factor": 2},
                {"size": (7, 4)},
                {"scale_factor": 2, "mode": "bilinear"},
                {"size": (3, 11), "mode": "bilinear"},
                {"scale_factor": 1.7, "mode": "bilinear", "align_corners": True},
                {"size": (5, 14), "mode": "nearest"},
            ):
                with self.subTest(opset=opset, options=options):
                    model = self.agrees(Calls(lambda s, x, o=options: F.interpolate(x, **o)), [1, 3, 5, 7], opset)
                    self.assertEqual(self.ops(model), ["interpolate"])
        if OPSETS[0] == 9:
            twice = Calls(lambda s, x: F.interpolate(x, scale_factor=2))
            self.assertEqual(self.ops(self.agrees(twice, [1, 3, 5, 7], 9)), ["interpolate"])

    def test_transposed_convolutions_and_shuffles(self) -> None:
        for opset in OPSETS:
            for layer in (
                nn.ConvTranspose2d(8, 4, 2, 2), nn.ConvTranspose2d(8, 4, 3, (2, 1), 1, (1, 0), groups=2, bias=False),
                nn.PixelShuffle(2),
            ):  # fmt: skip
                with self.subTest(opset=opset, layer=layer):
                    self.agrees(nn.Sequential(layer), [1, 8, 4, 5], opset)

    def test_products_of_values(self) -> None:
        for opset in OPSETS:
            model = self.agrees(Calls(lambda s, x: (x @ x.transpose(2, 3)).softmax(-1) @ x), [1, 3, 4, 5], opset)
            self.assertEqual(self.ops(model), ["permute", "matmul", "softmax", "matmul"])

    def test_pools(self) -> None:
        layers = (
            nn.MaxPool2d(3, 2, 1), nn.MaxPool2d((2, 3), 2, ceil_mode=True), nn.MaxPool3d((1, 3, 3), (2, 1, 2)),
            nn.AvgPool2d(2), nn.AvgPool2d(3, 2, 1), nn.AvgPool2d(3, 2, 1, count_include_pad=False),
            nn.AdaptiveAvgPool2d(1), nn.AdaptiveMaxPool2d(1),
        )  # fmt: skip
        for opset in OPSETS:
            for layer in layers:
                with self.subTest(opset=opset, layer=layer):
                    self.agrees(nn.Sequential(layer), [1, 8, 9, 12], opset)

    def test_shapes_and_arithmetic(self) -> None:
        functions = (
            lambda s, x: x.view(x.size(0), -1),
            lambda s, x: x.reshape(x.shape[0], x.shape[1] * x.shape[2], -1).permute(0, 2, 1),
            lambda s, x: torch.cat((x[:, 1:4], x[:, -2:]), 1),
            lambda s, x: x[:, 2].unsqueeze(1) - 2 * x,
            lambda s, x: torch.cat(x.chunk(2, 1)[::-1], 1),
            lambda s, x: x.pow(2).sum(1, keepdim=True).sqrt() / (x * x + 1),
            lambda s, x: x.amax((2, 3)).flatten(1),
            lambda s, x: 1 / (x * x + 1) + (2 - x) / 3 + 2 ** (x * 0.1),
            lambda s, x: F.pad(x, (1, 2, 0, 1), value=0.5),
            lambda s, x: x / x.norm(2, 1, True),
            lambda s, x: torch.stack((x, -x), 2).squeeze(0).unsqueeze(0).flatten(1, 2),
        )
        for opset in OPSETS:
            for number, function in enumerate(functions):
                with self.subTest(opset=opset, number=number):
                    self.agrees(Calls(function), [1, 6, 5, 7], opset)

    def test_strided_slices(self) -> None:
        for opset in OPSETS[1:]:  # PyTorch does not write them in opset 9
            model = self.agrees(Calls(lambda s, x: x[:, 1::4, ::2, :-1:3]), [1, 6, 5, 7], opset)
            self.assertEqual(self.ops(model), ["slice"] * 3)

    def test_layers(self) -> None:
        for opset in OPSETS:
            with self.subTest(opset=opset):
                layers = nn.Sequential(
                    nn.BatchNorm2d(6), nn.Conv2d(6, 6, 3, 2, 1, groups=3),
                    nn.Conv2d(6, 4, (3, 1), dilation=(2, 1), bias=False), nn.Dropout(),
                    nn.Flatten(), nn.Linear(4 * 1 * 5, 7), nn.Linear(7, 3, bias=False),
                )  # fmt: skip
                self.agrees(fill(layers, 1, [1, 6, 9, 10]), [1, 6, 9, 10], opset)
                self.agrees(nn.Sequential(nn.Linear(7, 3)), [1, 6, 5, 7], opset)

    def test_grid_sample(self) -> None:
        grid = torch.rand(1, 4, 5, 2) * 2.4 - 1.2
        for mode in ("bilinear", "nearest"):
            for align in (False, True):
                module = Calls(lambda s, x: F.grid_sample(x, s.grid, mode, "border", align), grid=grid)
                self.assertIn("grid_sample", self.ops(self.agrees(module, [1, 3, 6, 7], 16)))

    def test_a_plate_reader(self) -> None:
        shape = [1, 3, 4, 5]
        preprocess = {"channel_order": "RGB", "mean": [0.0] * 3, "scale": [1 / 255] * 3, "resize": "bilinear"}
        decode = {"alphabet": ["a", "b", "-"], "blank": 2}
        parts = {"preprocess": preprocess, "decode": decode}
        model = self.agrees(Calls(lambda s, x: x.mean(2)), shape, 13, **parts)
        self.assertEqual(model.document["decode"], decode)
        with self.assertRaisesRegex(ExportError, "steps before classes"):
            self.agrees(Calls(lambda s, x: x.mean(2).permute(0, 2, 1)), shape, 13, **parts)
        turned = import_onnx(self.path, name="test", layout="NTC", **parts)
        self.assertEqual(list(turned.tensors["self_test.logits"].shape), [1, 3, 5])

    def test_an_open_batch_is_one_plate(self) -> None:
        torch.onnx.export(
            nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten()), torch.zeros(2, 3, 5, 6), str(self.path),
            input_names=["plates"], output_names=["logits"], dynamic_axes={"plates": {0: "n"}, "logits": {0: "n"}},
            opset_version=13, **LEGACY,
        )  # fmt: skip
        model = import_onnx(self.path, name="test")
        self.assertEqual(model.document["inputs"], [{"name": "input", "shape": [1, 3, 5, 6]}])

    def test_self_test_says_who_answered(self) -> None:
        model = self.agrees(nn.Sequential(nn.ReLU()), [1, 2, 3, 4], 13)
        origin = model.document["self_test"]["origin"]
        evaluated = int(onnx.__version__.split(".")[1]) >= 13
        if evaluated:
            self.assertEqual(origin, f"onnx {onnx.__version__}'s reference evaluator")
        else:
            self.assertIn("running this graph, not the ONNX file", origin)


class ByHand(Case):
    """Files that PyTorch would not write."""

    def make(
        self,
        nodes: Sequence[Any],
        weights: Optional[Dict[str, np.ndarray]] = None,
        opset: int = 13,
        shape: Sequence[Any] = (1, 2, 5, 6),
    ) -> None:
        initializers = [numpy_helper.from_array(array, name) for name, array in (weights or {}).items()]
        graph = helper.make_graph(
            nodes,
            "hand",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
            initializers,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        model.ir_version = 7
        onnx.save(model, str(self.path))

    def answers(self, x: torch.Tensor, expected: torch.Tensor) -> ExportedModel:
        model = import_onnx(self.path, name="test")
        found = run_graph(model.document, model.tensors, {"input": x})[model.document["output"]]
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
        return model

    def refused(self, *parts: str) -> None:
        with self.assertRaises(ExportError) as caught:
            import_onnx(self.path, name="test")
        for part in parts:
            self.assertIn(part, str(caught.exception))

    def test_uneven_padding(self) -> None:
        weight, x = torch.randn(3, 2, 3, 2), torch.randn(1, 2, 5, 6)
        node = helper.make_node("Conv", ["x", "w"], ["y"], pads=[0, 1, 2, 1])
        self.make([node], {"w": weight.numpy()})
        self.answers(x, F.conv2d(F.pad(x, (1, 1, 0, 2)), weight))
        self.make([helper.make_node("MaxPool", ["x"], ["y"], kernel_shape=[2, 2], pads=[0, 1, 1, 0])])
        self.answers(x, F.max_pool2d(F.pad(x, (1, 0, 0, 1), value=float("-inf")), 2, 1))
        self.make([helper.make_node("AveragePool", ["x"], ["y"], kernel_shape=[2, 2], pads=[0, 1, 1, 0])])
        self.refused("AveragePool", "uneven padding")

    def test_auto_pad(self) -> None:
        weight, x = torch.randn(3, 2, 2, 3), torch.randn(1, 2, 5, 6)
        for auto, pads in (("SAME_UPPER", (1, 1, 0, 1)), ("SAME_LOWER", (1, 1, 1, 0)), ("VALID", (0, 0, 0, 0))):
            self.make([helper.make_node("Conv", ["x", "w"], ["y"], auto_pad=auto)], {"w": weight.numpy()})
            self.answers(x, F.conv2d(F.pad(x, pads), weight))

    def test_gemm_with_its_factors(self) -> None:
        weight, bias, x = torch.randn(60, 4), torch.randn(4), torch.randn(1, 2, 5, 6)
        nodes = [
            helper.make_node("Flatten", ["x"], ["f"]),
            helper.make_node("Gemm", ["f", "w", "b"], ["y"], alpha=0.5, beta=2.0),
        ]
        self.make(nodes, {"w": weight.numpy(), "b": bias.numpy()})
        self.answers(x, x.flatten(1) @ weight * 0.5 + bias * 2)

    def test_softmax_before_opset_13_takes_all_that_follows(self) -> None:
        x = torch.randn(1, 2, 5, 6)
        self.make([helper.make_node("Softmax", ["x"], ["y"], axis=1)], opset=11)
        self.answers(x, x.flatten(1).softmax(1).reshape(x.shape))
        self.make([helper.make_node("Softmax", ["x"], ["y"], axis=1)], opset=13)
        self.answers(x, x.softmax(1))

    def test_folded_shape_arithmetic(self) -> None:
        x = torch.randn(1, 2, 5, 6)
        nodes = [
            helper.make_node("Shape", ["x"], ["shape"]),
            helper.make_node("Gather", ["shape", "one"], ["channels"]),
            helper.make_node("Unsqueeze", ["channels", "axes"], ["list"]),
            helper.make_node("Concat", ["first", "list", "minus"], ["target"], axis=0),
            helper.make_node("Reshape", ["x", "target"], ["y"]),
        ]
        integers = {"one": np.array(1), "axes": np.array([0]), "first": np.array([1]), "minus": np.array([-1])}
        self.make(nodes, {name: array.astype(np.int64) for name, array in integers.items()})
        self.answers(x, x.reshape(1, 2, -1))

    def test_gather_of_evenly_spaced_channels(self) -> None:
        x = torch.randn(1, 6, 2, 2)
        node = helper.make_node("Gather", ["x", "i"], ["y"], axis=1)
        self.make([node], {"i": np.array([1, 3, 5], np.int64)}, shape=(1, 6, 2, 2))
        self.answers(x, x[:, 1::2])
        self.make([node], {"i": np.array([3, 1], np.int64)}, shape=(1, 6, 2, 2))
        self.refused("Gather", "evenly spaced")

    def test_refusals_name_the_operator(self) -> None:
        self.make([helper.make_node("Floor", ["x"], ["y"], name="the_node")])
        self.refused("the_node", "Floor", "is not an operator")
        self.make([helper.make_node("Erf", ["x"], ["y"])])
        self.refused("Erf")
        self.make([helper.make_node("Log", ["x"], ["e"]), helper.make_node("Relu", ["e"], ["y"])])
        self.refused("Log", "Relu")

    def test_bounds_of_every_kind(self) -> None:
        x = torch.randn(1, 2, 5, 6)
        low, high = {"l": np.array(-0.5, np.float32)}, {"h": np.array(0.25, np.float32)}
        for inputs, weights, low_bound, high_bound in (
            (["x", "l", "h"], {**low, **high}, -0.5, 0.25),
            (["x", "", "h"], high, None, 0.25),
            (["x", "l"], low, -0.5, None),
        ):
            self.make([helper.make_node("Clip", inputs, ["y"])], weights)
            self.answers(x, x.clamp(low_bound, high_bound))
        self.make([helper.make_node("Clip", ["x"], ["y"], min=-1.0, max=3.4028234663852886e38)], opset=9)
        self.assertEqual(self.ops(self.answers(x, x.clamp(-1))), ["clamp_min"])
        self.make([helper.make_node("HardSigmoid", ["x"], ["y"], alpha=0.2, beta=0.5)])
        self.answers(x, (x * 0.2 + 0.5).clamp(0, 1))

    def test_the_largest_and_smallest_of_several(self) -> None:
        x, other = torch.randn(1, 2, 5, 6), torch.randn(2, 1, 1)
        weights = {"o": other.numpy(), "n": np.array(0.5, np.float32)}
        self.make([helper.make_node("Max", ["x", "o", "n"], ["y"])], weights)
        self.answers(x, torch.maximum(x, other).clamp(min=0.5))
        self.make([helper.make_node("Min", ["x", "n"], ["y"])], {"n": weights["n"]})
        self.answers(x, x.clamp(max=0.5))
        self.make([helper.make_node("ReduceMin", ["x"], ["y"], axes=[1, 3], keepdims=0)])
        self.answers(x, x.amin((1, 3)))

    def test_norms_of_newer_opsets(self) -> None:
        x, weight, bias = torch.randn(1, 4, 5, 6), torch.randn(4), torch.randn(4)
        arrays = {"w": weight.numpy(), "b": bias.numpy()}
        node = helper.make_node("GroupNormalization", ["x", "w", "b"], ["y"], num_groups=2, epsilon=0.1)
        self.make([node], arrays, opset=21, shape=(1, 4, 5, 6))
        self.answers(x, F.group_norm(x, 2, weight, bias, 0.1))
        self.make([node], {"w": weight[:2].numpy(), "b": bias[:2].numpy()}, opset=18, shape=(1, 4, 5, 6))
        self.answers(x, F.group_norm(x, 2, weight[:2].repeat_interleave(2), bias[:2].repeat_interleave(2), 0.1))
        row, shift = torch.randn(5, 6), torch.randn(5, 6)
        self.make([helper.make_node("LayerNormalization", ["x", "w", "b"], ["y"], axis=-2)],
                  {"w": row.numpy(), "b": shift.numpy()}, opset=17, shape=(1, 4, 5, 6))  # fmt: skip
        self.answers(x, F.layer_norm(x, (5, 6), row, shift))

    def resize(self, scales: Sequence[float], opset: int = 13, **attributes: Any) -> None:
        node = helper.make_node("Resize", ["x", "", "s"] if opset > 10 else ["x", "s"], ["y"], **attributes)
        self.make([node], {"s": np.array([1, 1, *scales], np.float32)}, opset)

    def test_resizing_of_every_kind(self) -> None:
        x = torch.randn(1, 2, 5, 6)
        for scales in ((2, 2), (2, 3), (0.5, 0.5)):
            self.resize(scales, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
            self.answers(x, F.interpolate(x, scale_factor=scales))
            self.resize(scales, mode="linear", coordinate_transformation_mode="half_pixel")
            self.answers(x, F.interpolate(x, scale_factor=scales, mode="bilinear"))
            self.resize(scales, mode="linear", coordinate_transformation_mode="align_corners")
            self.answers(x, F.interpolate(x, scale_factor=scales, mode="bilinear", align_corners=True))
        self.resize((2, 2), mode="nearest")  # half_pixel, round_prefer_floor
        self.answers(x, F.interpolate(x, scale_factor=2, mode="nearest-exact"))
        self.resize((2, 2), opset=10, mode="nearest")
        self.answers(x, F.interpolate(x, scale_factor=2))
        self.resize((2, 2), mode="linear", coordinate_transformation_mode="asymmetric")
        self.refused("Resize", "other pixels")
        self.resize((2, 2), mode="cubic")
        self.refused("Resize", "cubic")

    def test_transposed_convolutions_of_every_kind(self) -> None:
        x, weight = torch.randn(1, 2, 5, 6), torch.randn(2, 3, 3, 2)
        whole = F.conv_transpose2d(x, weight, stride=2)  # 11 x 12
        for attributes, rows, cols in (
            ({"pads": [0, 1, 2, 0]}, slice(0, 9), slice(1, 12)),
            ({"auto_pad": "SAME_UPPER"}, slice(0, 10), slice(0, 12)),
            ({"auto_pad": "SAME_LOWER"}, slice(1, 11), slice(0, 12)),
            ({"output_shape": [9, 10]}, slice(1, 10), slice(1, 11)),
        ):
            self.make(
                [helper.make_node("ConvTranspose", ["x", "w"], ["y"], strides=[2, 2], **attributes)],
                {"w": weight.numpy()},
            )
            self.answers(x, whole[:, :, rows, cols])

    def test_depth_to_space_in_both_orders(self) -> None:
        x = torch.randn(1, 8, 3, 4)
        self.make([helper.make_node("DepthToSpace", ["x"], ["y"], blocksize=2, mode="CRD")], shape=(1, 8, 3, 4))
        self.answers(x, F.pixel_shuffle(x, 2))
        self.make([helper.make_node("DepthToSpace", ["x"], ["y"], blocksize=2)], shape=(1, 8, 3, 4))
        expected = x.reshape(1, 2, 2, 2, 3, 4).permute(0, 3, 4, 1, 5, 2).reshape(1, 2, 6, 8)
        self.answers(x, expected)
        self.make([helper.make_node("SpaceToDepth", ["x"], ["y"], blocksize=2)], shape=(1, 2, 6, 8))
        self.answers(expected, x)

    def test_recurrent_layers_that_are_refused(self) -> None:
        weights = {
            "w": np.zeros((1, 15, 6), np.float32),
            "r": np.zeros((1, 15, 5), np.float32),
        }
        for inputs, attributes, reason in (
            (["x", "w", "r"], {"linear_before_reset": 1, "layout": 1}, "layout"),
            (["x", "w", "r"], {"linear_before_reset": 1, "activations": ["Relu", "Tanh"]}, "Relu"),
        ):
            self.make([helper.make_node("GRU", inputs, ["y"], hidden_size=5, **attributes)], weights, shape=(7, 1, 6))
            self.refused("GRU", reason)

    def test_a_reset_gate_before_the_product(self) -> None:
        generator = torch.Generator().manual_seed(6)
        w, r = torch.randn(2, 15, 6, generator=generator), torch.randn(2, 15, 5, generator=generator)
        bias, start = torch.randn(2, 30, generator=generator), torch.randn(2, 1, 5, generator=generator)
        x = torch.randn(7, 1, 6, generator=generator)

        def direction(way: int, reverse: bool, state: torch.Tensor) -> torch.Tensor:
            """As ONNX's page defines GRU, with gates in the order z, r, h."""
            outputs: List[Any] = [None] * 7
            wz, wr, wh = w[way].chunk(3)
            rz, rr, rh = r[way].chunk(3)
            wbz, wbr, wbh, rbz, rbr, rbh = bias[way].chunk(6)
            for step in reversed(range(7)) if reverse else range(7):
                z = torch.sigmoid(x[step] @ wz.T + state @ rz.T + wbz + rbz)
                reset = torch.sigmoid(x[step] @ wr.T + state @ rr.T + wbr + rbr)
                h = torch.tanh(x[step] @ wh.T + (reset * state) @ rh.T + rbh + wbh)
                state = outputs[step] = (1 - z) * h + z * state
            return torch.stack(outputs)

        turn = helper.make_node("Transpose", ["x"], ["t"], perm=[1, 0, 2])
        weights = {"w": w.numpy(), "r": r.numpy(), "b": bias.numpy(), "h": start.numpy()}
        for begun in (False, True):
            inputs = ["t", "w", "r", "b", *(["", "h"] if begun else [])]
            states = start if begun else torch.zeros(2, 1, 5)
            expected = torch.stack([direction(0, False, states[0]), direction(1, True, states[1])], 1)
            node = helper.make_node("GRU", inputs, ["y"], hidden_size=5, direction="bidirectional")
            used = {name: value for name, value in weights.items() if name in inputs}
            self.make([turn, node], used, shape=(1, 7, 6))
            self.answers(x.transpose(0, 1), expected)
        one = {name: value[:1] for name, value in weights.items() if name in "wr"}
        bias.zero_()
        self.make([turn, helper.make_node("GRU", ["t", "w", "r"], ["", "y"], hidden_size=5)], one, shape=(1, 7, 6))
        self.answers(x.transpose(0, 1), direction(0, False, torch.zeros(1, 5))[-1:])

    def test_a_missing_size(self) -> None:
        self.make([helper.make_node("Relu", ["x"], ["y"])], shape=(None, 2, "h", "w"))
        self.refused("--input-shape")
        self.assertEqual(
            import_onnx(self.path, name="t", input_shape=[1, 2, 3, 4]).document["inputs"][0]["shape"], [1, 2, 3, 4]
        )

    def test_hardswish_in_parts(self) -> None:
        x = torch.randn(1, 2, 5, 6) * 8
        constants = {"three": np.array([3], np.float32), "six": np.array([6], np.float32)}
        for opset, clip in ((10, helper.make_node("Clip", ["a"], ["c"], min=0.0, max=6.0)), (13, None)):
            bounds = {} if clip else {"low": np.array(0, np.float32), "high": np.array(6, np.float32)}
            nodes = [
                helper.make_node("Add", ["x", "three"], ["a"]),
                clip or helper.make_node("Clip", ["a", "low", "high"], ["c"]),
                helper.make_node("Mul", ["x", "c"], ["m"]),
                helper.make_node("Div", ["m", "six"], ["y"]),
            ]
            self.make(nodes, {**constants, **bounds}, opset)
            self.assertEqual(self.ops(self.answers(x, F.hardswish(x))), ["hardswish"])
        # The same between -6 and 6, and another beyond.
        nodes[0] = helper.make_node("Add", ["b", "three"], ["a"])
        nodes[2] = helper.make_node("Mul", ["b", "c"], ["m"])
        bounds.update(least=np.array(-6, np.float32))
        nodes.insert(0, helper.make_node("Clip", ["x", "least", "high"], ["b"]))
        self.make(nodes, {**constants, **bounds}, 13)
        self.answers(x, F.hardswish(x.clamp(-6, 6)))

    def test_sizes_that_are_open_as_paddle_writes_them(self) -> None:
        self.make([helper.make_node("Relu", ["x"], ["y"])], shape=(-1, 2, 32, -1))
        self.refused("--input-shape")
        model = import_onnx(self.path, name="t", input_shape=[1, 2, 32, 7])
        self.assertEqual(model.document["inputs"][0]["shape"], [1, 2, 32, 7])

    def test_a_state_of_zeros_that_is_computed(self) -> None:
        # As Paddle's exporter writes it: zeros of one image, repeated for the batch.
        layer = nn.LSTM(6, 5)
        x = torch.randn(1, 7, 6)
        order = [0, 3, 1, 2]  # ONNX's gates among PyTorch's
        w, r, wb, rb = (torch.cat([p.detach().chunk(4)[g] for g in order]) for p in layer.parameters())
        weights = {"w": w[None].numpy(), "r": r[None].numpy(), "b": torch.cat((wb, rb))[None].numpy()}
        weights.update(zero=np.zeros((1, 1, 5), np.float32), repeats=np.array([1, 1, 1], np.int64))
        nodes = [
            helper.make_node("Transpose", ["x"], ["t"], perm=[1, 0, 2]),
            helper.make_node("Tile", ["zero", "repeats"], ["state"]),
            helper.make_node("LSTM", ["t", "w", "r", "b", "", "state", "state"], ["y4"], hidden_size=5),
            helper.make_node("Squeeze", ["y4"], ["y"], axes=[1]),
        ]
        self.make(nodes, weights, opset=11, shape=(1, 7, 6))
        with torch.no_grad():
            self.answers(x, layer(x.transpose(0, 1))[0])

    def test_what_is_no_onnx_file(self) -> None:
        self.path.write_bytes(b"hello")
        self.refused("not an ONNX file")
        with self.assertRaises(FileNotFoundError):
            import_onnx(self.path.parent / "gone.onnx", name="t")
        self.make([helper.make_node("Relu", ["x"], ["y"])], opset=7)
        self.refused("opset 7")


if __name__ == "__main__":
    unittest.main()
