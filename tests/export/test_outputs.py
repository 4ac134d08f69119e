"""What a network gives, in whatever order and company, becomes logits [1, classes, steps]."""

import tempfile
import unittest
from pathlib import Path
from typing import Any, Dict

import torch
from lprnet_export.errors import ExportError
from lprnet_export.export import ExportedModel, export_module
from lprnet_export.interpret import run_graph
from torch import nn

SHAPE = [1, 3, 24, 40]
CLASSES, STEPS = 7, 19
READER: Dict[str, Any] = {
    "preprocess": {"channel_order": "BGR", "mean": [127.5] * 3, "scale": [0.0078125] * 3, "resize": "bilinear"},
    "decode": {"alphabet": list("ABCDEF-"), "blank": 6},
}

try:
    import onnx
    from lprnet_export.onnx_import import import_onnx
except ImportError:
    onnx = None

LEGACY: Dict[str, Any] = {} if torch.__version__.startswith("1.") else {"dynamo": False}


class Reader(nn.Module):
    """Logits [N, C, T], and what `after` makes of them."""

    def __init__(self, after: Any) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.conv = nn.Conv2d(3, CLASSES, (24, 4), stride=(1, 2))
        self.norm = nn.BatchNorm2d(CLASSES)
        self.after = after

    def forward(self, x: torch.Tensor) -> Any:
        return self.after(self.logits(x))

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(self.conv(x)).squeeze(2)


def softmax_first(x: torch.Tensor) -> torch.Tensor:
    return x.softmax(1)


CASES = [  # what the network makes of its logits, options, whether a softmax is left out
    (lambda x: x, {}, False),
    (lambda x: x.permute(0, 2, 1), {"layout": "NTC"}, False),
    (lambda x: x.permute(2, 0, 1), {"layout": "TNC"}, False),
    (lambda x: x.log_softmax(1), {}, None),
    (lambda x: x.softmax(1), {}, True),
    (lambda x: x.permute(2, 0, 1).softmax(2), {"layout": "TNC"}, True),
    (lambda x: x.softmax(1).permute(0, 2, 1), {"layout": "NTC"}, True),
    (lambda x: (x.mean(2), x), {"output_name": "1"}, False),
    (lambda x: {"colour": x.mean(2), "text": [x.permute(2, 0, 1)]}, {"output_name": "text.0", "layout": "TNC"}, False),
]


class Outputs(unittest.TestCase):
    def gives_logits(self, model: ExportedModel, network: Reader, log: bool) -> None:
        x = torch.randn(SHAPE, generator=torch.Generator().manual_seed(9))
        found = run_graph(model.document, model.tensors, {"input": x})[model.document["output"]]
        with torch.no_grad():
            expected = network.eval().logits(x)
        torch.testing.assert_close(found, expected.log_softmax(1) if log else expected, rtol=1e-5, atol=1e-5)

    def test_from_a_module(self) -> None:
        for after, options, left_out in CASES:
            network = Reader(after)
            model = export_module(network, SHAPE, name="test", **READER, **options)
            self.gives_logits(model, network, left_out is None)
            self.assertEqual(any("left out" in text for text in model.warnings), bool(left_out))
            self.assertNotIn("softmax", [node["op"] for node in model.document["nodes"]])

    def test_what_to_say_stands_in_the_message(self) -> None:
        for after, message in (
            (lambda x: x.permute(0, 2, 1), "--output-layout NTC"),
            (lambda x: x.permute(2, 0, 1), "--output-layout TNC"),
            (lambda x: (x, x.mean(2)), r"0 \[1, 7, 19\], 1 \[1, 7\].*--output-name 0"),
            (lambda x: x.max(1), "gives several tensors"),
            (lambda x: x.mean(), "another one of the network's outputs"),
        ):
            with self.assertRaisesRegex(ExportError, message):
                export_module(Reader(after), SHAPE, name="test", **READER)
        with self.assertRaisesRegex(ExportError, "no output '7'; there are: 0, 1"):
            export_module(Reader(lambda x: (x, x)), SHAPE, name="test", output_name="7", **READER)

    def test_a_network_that_reads_no_plates_has_them_all(self) -> None:
        network = Reader(lambda x: {"text": (x, x.permute(0, 2, 1)), "kind": x.mean(2), "none": None})
        model = export_module(network, SHAPE, name="test")
        outputs = model.document["outputs"]
        self.assertEqual([one["name"] for one in outputs], ["text.0", "text.1", "kind"])
        self.assertEqual((model.document["version"], model.document["requires"]), (2, ["outputs"]))
        self.assertNotIn("output", model.document)
        self.assertIn("3 outputs (text.0, text.1, kind)", model.summary())
        x = model.tensors["self_test.input"]
        values = run_graph(model.document, model.tensors, {"input": x})
        with torch.no_grad():
            answer = network.eval()(x)
        for one, expected in zip(outputs, (*answer["text"], answer["kind"])):
            tensor = model.tensors[model.document["self_test"]["outputs"][one["name"]]]
            torch.testing.assert_close(tensor, expected)
            torch.testing.assert_close(values[one["value"]], expected, rtol=1e-5, atol=1e-5)
        one = export_module(network, SHAPE, name="test", output_name="kind")
        self.assertEqual((one.document["version"], "outputs" in one.document), (1, False))

    def test_several_that_do_not_go(self) -> None:
        for after, options, message in (
            (lambda x: (x, x.mean(2)), {"layout": "NTC"}, "one output's; choose among 0, 1 with --output-name"),
            (lambda x: [x.mean(2)] * 65, {}, "65 tensors.*at most 64"),
            (lambda x: {"a.b": x, "a": {"b": x}}, {}, "each with its own name"),
            (lambda x: (x, x.max(1)), {}, "gives several tensors"),
            (lambda x: (x, x.argmax(1)), {}, "argmax.*or take one of the outputs 0, 1: --output-name 0"),
        ):
            with self.assertRaisesRegex(ExportError, message):
                export_module(Reader(after), SHAPE, name="test", **options)
        export_module(Reader(lambda x: (x, x.argmax(1))), SHAPE, name="test", output_name="0")

    def test_a_graph_keeps_its_softmax(self) -> None:
        model = export_module(Reader(softmax_first), SHAPE, name="test")
        self.assertEqual(model.document["nodes"][-1]["op"], "softmax")


@unittest.skipUnless(onnx, "onnx is not installed")
class OnnxOutputs(Outputs):
    test_from_a_module = test_what_to_say_stands_in_the_message = test_a_graph_keeps_its_softmax = None  # type: ignore
    test_a_network_that_reads_no_plates_has_them_all = test_several_that_do_not_go = None  # type: ignore

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "net.onnx"

    def write(self, network: nn.Module, shape: Any = None, **options: Any) -> None:
        options = {"opset_version": 13, "output_names": ["first", "second"], **options}
        torch.onnx.export(network, torch.zeros(shape or SHAPE), str(self.path), **options, **LEGACY)

    def read(self, **options: Any) -> ExportedModel:
        return import_onnx(self.path, name="test", **READER, **options)

    def test_from_a_file(self) -> None:
        for after, options, left_out in CASES[:-2]:
            network = Reader(after).eval()
            self.write(network, output_names=["first"])
            model = self.read(**options)
            self.gives_logits(model, network, left_out is None)
            self.assertEqual(any("left out" in text for text in model.warnings), bool(left_out))
        self.write(Reader(lambda x: (x.mean(2), x)).eval())
        with self.assertRaisesRegex(ExportError, "2 outputs .first, second.; choose with --output-name"):
            self.read()
        self.read(output_name="second")
        model = import_onnx(self.path, name="test")
        self.assertEqual([one["name"] for one in model.document["outputs"]], ["first", "second"])
        self.assertEqual(model.tensors["self_test.output.first"].shape, (1, CLASSES))

    def test_classes_that_the_network_chose(self) -> None:
        network = Reader(lambda x: x.argmax(1)).eval()
        self.write(network, output_names=["first"])
        with self.assertRaisesRegex(ExportError, "ArgMax's.*--output-name ") as raised:
            self.read()
        self.gives_logits(self.read(output_name=str(raised.exception).rpartition(" ")[2]), network, False)

    def test_training_mode(self) -> None:
        for opset in (11, 13, 14, 16):
            mode = {"opset_version": opset, "output_names": ["first"], "do_constant_folding": False}
            self.write(Reader(lambda x: x).train(), training=torch.onnx.TrainingMode.TRAINING, **mode)
            with self.assertRaisesRegex(ExportError, r"BatchNormalization.*training mode.*\.eval\(\)"):
                self.read()
            if opset < 12:
                continue  # ONNX's Dropout had no such mode
            dropping = nn.Sequential(nn.Dropout(0.4), nn.Conv2d(3, 7, (24, 4)), nn.Flatten(2)).train()
            self.write(dropping, training=torch.onnx.TrainingMode.TRAINING, **mode)
            with self.assertRaisesRegex(ExportError, r"Dropout.*training mode.*\.eval\(\)"):
                self.read()

    def test_channels_last(self) -> None:
        class Turned(Reader):
            def forward(self, x: torch.Tensor) -> torch.Tensor:
                return super().forward(x.permute(0, 3, 1, 2))

        network = Turned(lambda x: x).eval()
        self.write(network, [1, 24, 40, 3], output_names=["first"])
        with self.assertRaisesRegex(ExportError, r"\[1, 24, 40, 3\], with the channels last.*--channels-last"):
            self.read()
        model = self.read(channels_last=True)
        self.assertEqual(model.document["inputs"][0]["shape"], SHAPE)
        self.gives_logits(model, network, False)


if __name__ == "__main__":
    unittest.main()
