"""Networks of this field as their public code writes them, narrow and with random weights: exported from PyTorch and
imported from ONNX, answered by the program as by PyTorch."""

import json
import os
import subprocess
import tempfile
import unittest
import warnings
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

import torch
import torch.nn.functional as F
from lprnet_export.export import ExportedModel, export_module
from lprnet_export.interpret import run_graph
from lprnet_export.model_file import write_model
from lprnet_export.random_weights import fill
from torch import nn

try:
    import onnx
    from lprnet_export.onnx_import import import_onnx
except ImportError:
    onnx = None

PROGRAM = os.environ.get("LPRNET_PROGRAM", "")
LEGACY: Dict[str, Any] = {} if torch.__version__.startswith("1.") else {"dynamo": False}
BOUND = 1e-4  # of the largest output: a few dozen layers in float32


def conv_block(
    inputs: int, outputs: int, kernel: int = 3, stride: Any = 1, groups: int = 1, act: Any = None
) -> nn.Sequential:
    layers = [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, *([] if act is None else [act]))


class BidirectionalLSTM(nn.Module):
    """Of meijieru's crnn.pytorch, and of everything that was copied from it."""

    def __init__(self, inputs: int, hidden: int, outputs: int) -> None:
        super().__init__()
        self.rnn = nn.LSTM(inputs, hidden, bidirectional=True)
        self.embedding = nn.Linear(hidden * 2, outputs)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        recurrent, _ = self.rnn(input)
        T, b, h = recurrent.size()  # noqa: N806, E741
        t_rec = recurrent.view(T * b, h)
        return self.embedding(t_rec).view(T, b, -1)


class CRNN(nn.Module):
    """A column of features for each step, and two bidirectional LSTMs over the columns; [T, N, C]."""

    def __init__(self, classes: int = 12) -> None:
        super().__init__()
        widths, layers, before = (8, 12, 16, 16, 24, 24, 24), [], 1
        pools = {0: (2, 2), 1: (2, 2), 3: ((2, 2), (2, 1), (0, 1)), 5: ((2, 2), (2, 1), (0, 1))}
        for i, width in enumerate(widths):
            layers += [nn.Conv2d(before, width, 2 if i == 6 else 3, 1, 0 if i == 6 else 1)]
            layers += [nn.BatchNorm2d(width)] if i in (2, 4, 6) else []
            layers += [nn.ReLU(True)]
            layers += [nn.MaxPool2d(*pools[i])] if i in pools else []
            before = width
        self.cnn = nn.Sequential(*layers)
        self.rnn = nn.Sequential(BidirectionalLSTM(24, 20, 20), BidirectionalLSTM(20, 20, classes))

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        conv = self.cnn(input)
        b, c, h, w = conv.size()
        assert h == 1, "the height of conv must be 1"
        return self.rnn(conv.squeeze(2).permute(2, 0, 1))


class Excitation(nn.Module):
    def __init__(self, channels: int, paddle: bool) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(channels, channels // 4, 1), nn.Conv2d(channels // 4, channels, 1)
        self.paddle = paddle

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gate = self.conv2(F.relu(self.conv1(F.adaptive_avg_pool2d(x, 1))))
        # PaddleOCR's hardsigmoid has a slope of 0.2 where PyTorch's has a sixth.
        return x * (torch.clamp(gate * 0.2 + 0.5, 0, 1) if self.paddle else F.hardsigmoid(gate))


class Inverted(nn.Module):
    """MobileNetV3's block."""

    def __init__(
        self, inputs: int, wide: int, outputs: int, kernel: int, stride: Any, squeeze: bool, act: nn.Module
    ) -> None:
        super().__init__()
        self.expand = conv_block(inputs, wide, 1, act=act)
        self.depthwise = conv_block(wide, wide, kernel, stride, wide, act)
        self.squeeze = Excitation(wide, kernel == 5) if squeeze else nn.Identity()
        self.project = conv_block(wide, outputs, 1)
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.project(self.squeeze(self.depthwise(self.expand(x))))
        return x + y if self.shortcut else y


class MobileRecogniser(nn.Module):
    """PaddleOCR's mobile recogniser: MobileNetV3, a bidirectional LSTM of two layers, CTC; [N, T, C], softened."""

    def __init__(self, classes: int = 12) -> None:
        super().__init__()
        hard, plain = nn.Hardswish(), nn.ReLU()
        self.backbone = nn.Sequential(
            conv_block(3, 8, 3, 2, act=hard),
            Inverted(8, 8, 8, 3, 1, True, plain),
            Inverted(8, 24, 12, 3, (2, 1), False, plain),
            Inverted(12, 32, 12, 5, 1, True, hard),
            Inverted(12, 40, 16, 5, (2, 1), True, hard),
            Inverted(16, 48, 16, 3, (2, 1), False, hard),
            conv_block(16, 32, 1, act=hard),
            nn.MaxPool2d(2),
        )
        self.neck = nn.LSTM(32, 12, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(24, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.backbone(x).squeeze(2).permute(0, 2, 1)
        x, _ = self.neck(x)
        return F.softmax(self.head(x), dim=2)


class Attention(nn.Module):
    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads, self.scale = heads, (dim // heads) ** -0.5
        self.qkv, self.proj = nn.Linear(dim, dim * 3), nn.Linear(dim, dim)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        b, n, c = x.shape
        qkv = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0] * self.scale, qkv[1], qkv[2]
        x = (q.matmul(k.transpose(-2, -1)).softmax(-1) @ v).transpose(1, 2).reshape(b, n, c)
        return self.proj(x)


class SVTRRecogniser(nn.Module):
    """A recogniser of attention: patches, layer norms and GELU."""

    def __init__(self, classes: int = 12, dim: int = 24) -> None:
        super().__init__()
        self.patches = nn.Sequential(conv_block(3, 12, 3, 2, act=nn.GELU()), conv_block(12, dim, 3, 2, act=nn.GELU()))
        self.place = nn.Parameter(torch.randn(1, 80, dim) * 0.1)
        self.norms = nn.ModuleList([nn.LayerNorm(dim, eps=1e-6) for _ in range(4)])
        self.mixers = nn.ModuleList([Attention(dim, 4) for _ in range(2)])
        self.mlps = nn.ModuleList([nn.Sequential(nn.Linear(dim, 48), nn.GELU(), nn.Linear(48, dim)) for _ in range(2)])
        self.head = nn.Linear(dim, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.patches(x)
        b, c, h, w = x.shape
        x = x.flatten(2).transpose(1, 2) + self.place
        for i, (mixer, mlp) in enumerate(zip(self.mixers, self.mlps)):
            x = x + mixer(self.norms[2 * i](x))
            x = x + mlp(self.norms[2 * i + 1](x))
        x = x.transpose(1, 2).reshape(b, c, h, w).mean(2)
        return self.head(x.transpose(1, 2)).permute(0, 2, 1)


class BasicBlock(nn.Module):
    """Of ResNet-18."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = conv_block(inputs, outputs, 3, stride), conv_block(outputs, outputs)
        self.down = conv_block(inputs, outputs, 1, stride) if stride != 1 or inputs != outputs else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.conv2(F.relu(self.conv1(x))) + self.down(x))


class TAO(nn.Module):
    """LPRNet of NVIDIA's TAO toolkit: a ResNet whose columns an LSTM of one layer reads."""

    def __init__(self, classes: int = 12) -> None:
        super().__init__()
        self.first = nn.Sequential(conv_block(3, 8, 3, 2, act=nn.ReLU()), nn.MaxPool2d(3, 1, 1))
        widths = ((8, 8, 1), (8, 8, 1), (8, 12, 2), (12, 12, 1), (12, 16, 2), (16, 16, 1), (16, 20, 1), (20, 20, 1))
        self.blocks = nn.Sequential(*[BasicBlock(*width) for width in widths])
        self.lstm, self.fc = nn.LSTM(20 * 6, 32, batch_first=True), nn.Linear(32, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.blocks(self.first(x))
        n, c, h, w = x.shape
        x = x.permute(0, 3, 1, 2).reshape(n, w, c * h)
        self.lstm.flatten_parameters()
        x, (last, cell) = self.lstm(x, (x.new_zeros(1, n, 32), torch.zeros(1, x.size(0), 32, dtype=x.dtype)))
        return self.fc(x)


class GRUReader(nn.Module):
    """A bidirectional GRU whose directions are added, as in EasyOCR's ancestors, and its last states."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = conv_block(3, 6, 3, (4, 2), act=nn.SiLU())
        self.norm = nn.GroupNorm(3, 6)
        self.gru = nn.GRU(6 * 6, 16, 2, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(16, 12)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.norm(self.conv(x)).permute(0, 3, 1, 2).flatten(2)
        steps, last = self.gru(x)
        forward, backward = steps.chunk(2, dim=2)
        return self.fc(forward + backward + last[-1].unsqueeze(1)).permute(0, 2, 1)


class RetinaFace(nn.Module):
    """The detector of plates with four corners that came from RetinaFace: a feature pyramid, heads at three sizes."""

    def __init__(self) -> None:
        super().__init__()
        leaky = nn.LeakyReLU(0.1, inplace=True)

        def stage(inputs: int, outputs: int) -> nn.Sequential:
            return nn.Sequential(
                conv_block(inputs, inputs, 3, 2, inputs, leaky), conv_block(inputs, outputs, 1, act=leaky)
            )

        self.stages = nn.ModuleList(
            [
                nn.Sequential(conv_block(3, 6, 3, 2, act=leaky), stage(6, 12), stage(12, 16)),
                stage(16, 24),
                stage(24, 32),
            ]
        )
        self.lateral = nn.ModuleList([conv_block(c, 16, 1, act=leaky) for c in (16, 24, 32)])
        self.merge = nn.ModuleList([conv_block(16, 16, 3, act=leaky) for _ in range(2)])
        self.context = nn.ModuleList([nn.ModuleList([conv_block(16, 8, 3), conv_block(16, 8, 5)]) for _ in range(3)])
        self.heads = nn.ModuleList(
            [nn.ModuleList([nn.Conv2d(16, 2 * size, 1) for _ in range(3)]) for size in (4, 2, 8)]
        )

    def forward(self, x: torch.Tensor) -> Tuple[torch.Tensor, ...]:
        levels = []
        for stage in self.stages:
            x = stage(x)
            levels.append(x)
        out = [lateral(level) for lateral, level in zip(self.lateral, levels)]
        up3 = F.interpolate(out[2], size=[out[1].size(2), out[1].size(3)], mode="nearest")
        out[1] = self.merge[1](out[1] + up3)
        up2 = F.interpolate(out[1], size=[out[0].size(2), out[0].size(3)], mode="nearest")
        out[0] = self.merge[0](out[0] + up2)
        contexts = [[part(level) for part in parts] for parts, level in zip(self.context, out)]  # type: ignore
        features = [F.relu(torch.cat(context, 1)) for context in contexts]
        boxes, classes, corners = (
            torch.cat([self.rows(head(feature), size) for head, feature in zip(heads, features)], dim=1)  # type: ignore
            for heads, size in zip(self.heads, (4, 2, 8))
        )
        return boxes, F.softmax(classes, dim=-1), corners

    def rows(self, x: torch.Tensor, size: int) -> torch.Tensor:
        return x.permute(0, 2, 3, 1).contiguous().view(x.shape[0], -1, size)


class DBHead(nn.Module):
    """PaddleOCR's text detector: features of two sizes, and a map made large by transposed convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.small, self.large = conv_block(3, 8, 3, 4, act=nn.ReLU6()), conv_block(8, 12, 3, 2, act=nn.Hardswish())
        self.join = nn.Conv2d(12, 8, 1)
        self.head = nn.Sequential(
            conv_block(8, 8, act=nn.ReLU()),
            nn.ConvTranspose2d(8, 8, 2, 2),
            nn.InstanceNorm2d(8, affine=True),
            nn.Softplus(),
            nn.ConvTranspose2d(8, 1, 4, 2, 1),
            nn.Sigmoid(),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        small = self.small(x)
        up = F.interpolate(self.join(self.large(small)), scale_factor=2, mode="bilinear", align_corners=False)
        return self.head(small + up)


class ColourAndText(nn.Module):
    """A plate's text and its colour, of one backbone."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(conv_block(3, 8, 3, 2, act=nn.ReLU()), conv_block(8, 16, 3, 2, act=nn.ReLU()))
        self.colour = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 5))
        self.text = nn.Sequential(nn.Conv2d(16, 12, 1), nn.AdaptiveAvgPool2d((1, 21)))

    def forward(self, x: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        x = self.backbone(x)
        return self.text(x).squeeze(2), self.colour(x)


READERS: List[Tuple[Any, List[int], Dict[str, Any], Sequence[str]]] = [
    (CRNN, [1, 1, 32, 100], {"layout": "TNC"}, ["lstm"]),
    (MobileRecogniser, [1, 3, 32, 96], {"layout": "NTC"}, ["hardswish", "hardsigmoid", "lstm"]),
    (SVTRRecogniser, [1, 3, 16, 80], {}, ["matmul"]),
    (TAO, [1, 3, 48, 96], {"layout": "NTC"}, ["lstm"]),
    (GRUReader, [1, 3, 24, 60], {}, ["gru"]),
]  # fmt: skip
DETECTORS: List[Tuple[Any, List[int], Sequence[str], Sequence[str]]] = [  # with their outputs and some operators
    (RetinaFace, [1, 3, 96, 128], ["0", "1", "2"], ["interpolate", "leaky_relu"]),
    (DBHead, [1, 3, 64, 96], ["0"], ["interpolate", "group_norm"]),
    (ColourAndText, [1, 3, 24, 84], ["0", "1"], []),
]


@unittest.skipUnless(PROGRAM, "no $LPRNET_PROGRAM to compare with")
class FieldNetworks(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        quiet = warnings.catch_warnings()
        quiet.__enter__()
        self.addCleanup(quiet.__exit__, None, None, None)
        warnings.simplefilter("ignore")

    def network(self, kind: Any, shape: List[int]) -> nn.Module:
        torch.manual_seed(7)
        network: nn.Module = fill(kind(), 7, shape).eval()
        return network

    def the_program_answers(self, model: ExportedModel, *sets: str) -> None:
        """Its answer is that of the self-test, which is PyTorch's or ONNX's for the same input."""
        path = self.folder / "net.safetensors"
        write_model(path, model.document, model.tensors)
        for isa in ("", *sets):
            command = [PROGRAM, "verify", "--json", *(["--isa", isa] if isa else []), str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            self.assertIn(done.returncode, (0, 1), done.stdout + done.stderr)
            found = json.loads(done.stdout)
            self.assertTrue(found["passed"], found)
            self.assertLess(found["max_relative"], BOUND)

    def imported(self, network: nn.Module, shape: List[int], names: Sequence[str], layout: str) -> ExportedModel:
        path = self.folder / "net.onnx"
        torch.onnx.export(network, torch.zeros(shape), str(path), opset_version=14, output_names=names, **LEGACY)
        model = import_onnx(path, name="net", layout=layout)
        self.answers_as(model, network, layout)
        return model

    def answers_as(self, model: ExportedModel, network: nn.Module, layout: str = "NCT") -> None:
        """To another input than the self-test's, each output."""
        shape = model.document["inputs"][0]["shape"]
        x = torch.randn(shape, generator=torch.Generator().manual_seed(11))
        values = run_graph(model.document, model.tensors, {"input": x})
        with torch.no_grad():
            answer = network(x)
        answers = answer if isinstance(answer, tuple) else (answer,)
        self.assertEqual(len(model.outputs()), len(answers))
        for name, expected in zip(model.outputs(), answers):
            if layout != "NCT":
                expected = expected.permute({"NTC": (0, 2, 1), "TNC": (1, 2, 0)}[layout])
            self.assertEqual(values[name].shape, expected.shape)
            self.assertLess(float((values[name] - expected).abs().max() / expected.abs().max()), BOUND)

    def has(self, model: ExportedModel, wanted: Sequence[str]) -> None:
        ops = {node["op"] for node in model.document["nodes"]}
        self.assertLessEqual(set(wanted), ops)

    def test_readers(self) -> None:
        for kind, shape, options, wanted in READERS:
            with self.subTest(network=kind.__name__):
                network = self.network(kind, shape)
                model = export_module(network, shape, name=kind.__name__, **options)
                self.has(model, wanted)
                self.assertEqual((model.tensors["self_test.logits"].shape[:2]), (1, 12))
                self.the_program_answers(model, "reference")

    def test_readers_from_onnx(self) -> None:
        if onnx is None:
            self.skipTest("python3-onnx is not installed")
        for kind, shape, options, wanted in READERS:
            with self.subTest(network=kind.__name__):
                network = self.network(kind, shape)
                model = self.imported(network, shape, ["logits"], options.get("layout", "NCT"))
                self.has(model, wanted)
                self.the_program_answers(model)

    def the_program_lists(self, names: Sequence[str], shapes: Sequence[Sequence[int]]) -> None:
        """The outputs of the file that was verified last."""
        command = [PROGRAM, "inspect", "--json", str(self.folder / "net.safetensors")]
        outputs = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["outputs"]
        self.assertEqual([one["name"] for one in outputs], list(names))
        self.assertEqual([one["shape"] for one in outputs], [list(shape) for shape in shapes])

    def test_detectors(self) -> None:
        for kind, shape, names, wanted in DETECTORS:
            with self.subTest(network=kind.__name__):
                network = self.network(kind, shape)
                model = export_module(network, shape, name=kind.__name__)
                self.has(model, wanted)
                self.answers_as(model, network)
                self.the_program_answers(model, "reference")
                answer = network(torch.zeros(shape))
                shapes = [one.shape for one in (answer if isinstance(answer, tuple) else [answer])]
                # A file with one output names it as its value.
                self.the_program_lists(names if len(names) > 1 else model.outputs(), shapes)

    def test_detectors_from_onnx(self) -> None:
        if onnx is None:
            self.skipTest("python3-onnx is not installed")
        for kind, shape, names, _ in DETECTORS:
            with self.subTest(network=kind.__name__):
                called = [f"out{name}" for name in names]
                model = self.imported(self.network(kind, shape), shape, called, "NCT")
                self.the_program_answers(model)
                self.assertEqual([one["name"] for one in model.document.get("outputs", [])], called[1:] and called)


if __name__ == "__main__":
    unittest.main()
