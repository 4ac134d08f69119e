"""The LPRNet architectures, found by their tensors, and the commands around them."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any, List, Optional, Tuple

import torch
from lprnet_export import lprnet_modules as modules
from lprnet_export.alphabets import KNOWN
from lprnet_export.errors import ExportError
from lprnet_export.export import export_module
from lprnet_export.interpret import run_graph
from lprnet_export.known_networks import build_network
from lprnet_export.model_file import read_model
from lprnet_export.profiles import PROFILES, check_alphabet, default_profile
from lprnet_export.random_weights import fill
from torch import nn

PROGRAM = os.environ.get("LPRNET_PROGRAM", "")
TOOLS = Path(__file__).resolve().parent.parent.parent / "tools" / "export"
NARROW = (4, 8, 12)
PLATE, LARGE_PLATE = [1, 3, 24, 94], [1, 3, 40, 100]


class BatchLPRNet(modules.LPRNet):
    """The public code's forward, with its mean over the whole batch."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kept = []
        for i, layer in enumerate(self.backbone.children()):
            x = layer(x)
            if i in [2, 6, 13, 22]:
                kept.append(x)
        context = []
        for i, f in enumerate(kept):
            if i in [0, 1]:
                f = nn.AvgPool2d(kernel_size=5, stride=5)(f)
            if i in [2]:
                f = nn.AvgPool2d(kernel_size=(4, 10), stride=(4, 2))(f)
            context.append(torch.div(f, torch.mean(torch.pow(f, 2))))
        return torch.mean(self.container(torch.cat(context, 1)), dim=2)


class Architectures(unittest.TestCase):
    def test_output_shapes(self) -> None:
        for network, shape, steps in (
            (modules.LPRNet(68), PLATE, 18),
            (modules.LPRNet(68, first_padding=1), PLATE, 19),
            (modules.LPRNet(68), [1, 3, 28, 110], 22),
            (modules.LPRNetWithTransformer(37), PLATE, 18),
            (modules.Pipeline(modules.SpatialTransformer(), modules.LPRNet(68)), PLATE, 18),
            (modules.LeakyLPRNet(37), LARGE_PLATE, 20),
            (modules.SmallLPRNet(37), LARGE_PLATE, 20),
        ):
            with torch.no_grad():
                output = fill(network, 1, shape)(torch.zeros(shape))
            self.assertEqual(output.shape[2], steps)

    def test_the_public_edition_has_62_tensors(self) -> None:
        self.assertEqual(len(modules.LPRNet(68).state_dict()), 62)

    def test_public_code_at_batch_1(self) -> None:
        public = fill(BatchLPRNet(9, NARROW), 1, PLATE)
        own = modules.LPRNet(9, NARROW).eval()
        own.load_state_dict(public.state_dict())
        batch = torch.randn(3, *PLATE[1:])
        with torch.no_grad():
            alone = torch.cat([public(plate[None]) for plate in batch])
            torch.testing.assert_close(own(batch), alone, rtol=1e-4, atol=1e-4)
            self.assertGreater(float((public(batch) - alone).abs().max()), 1e-2)

    def test_public_code_exports_as_it_is(self) -> None:
        public = fill(BatchLPRNet(9, NARROW), 1, PLATE)
        model = export_module(public, PLATE, name="public")
        self.assertEqual(len(model.warnings), 4)
        own = export_module(modules.LPRNet(9, NARROW).eval(), PLATE, name="own")
        kinds = [[node["op"] for node in document["nodes"]] for document in (model.document, own.document)]
        self.assertEqual(sorted(kinds[0]), sorted(kinds[1]))

    def test_random_weights_leave_no_channel_dead(self) -> None:
        network = fill(modules.LPRNet(68), 1, PLATE)
        seen: List[torch.Tensor] = []
        for layer in network.modules():
            if isinstance(layer, nn.ReLU):
                layer.register_forward_hook(lambda m, i, o: seen.append((o > 0).any(3).any(2).all(0)))
        with torch.no_grad():
            network(torch.randn(1, *PLATE[1:]))
        alive = sum(int(channels.sum()) for channels in seen) / sum(channels.numel() for channels in seen)
        self.assertGreater(alive, 0.97)

    def test_every_network_is_known_by_its_tensors(self) -> None:
        for network, profile, size in (
            (modules.LPRNet(68), "sirius", (94, 24)),
            (modules.LPRNetWithTransformer(37), "stninside", (94, 24)),
            (modules.LeakyLPRNet(37), "leaky", (100, 40)),
            (modules.SmallLPRNet(37), "small", (100, 40)),
        ):
            state = network.state_dict()
            self.assertEqual(default_profile(state, False).name, profile)
            self.assertIs(type(build_network(state, None, size, False, 0)), type(network))
        self.assertEqual(default_profile(modules.LPRNet(68).state_dict(), True).name, "stnpair")
        self.assertEqual(default_profile(modules.LPRNet(78).state_dict(), False).name, "a78")

    def test_weights_that_do_not_fit_are_named(self) -> None:
        state = dict(modules.LPRNet(9, NARROW).state_dict())
        del state["backbone.5.bias"]
        with self.assertRaisesRegex(ExportError, "no tensor 'backbone.5.bias'"):
            build_network(state, None, (94, 24), False, 0)
        state["backbone.5.bias"] = torch.zeros(7)
        with self.assertRaisesRegex(ExportError, r"'backbone.5.bias' is \[7\].*\[8\]"):
            build_network(state, None, (94, 24), False, 0)
        state["backbone.5.bias"] = torch.zeros(8)
        state["extra.weight"] = torch.zeros(8)
        with self.assertRaisesRegex(ExportError, "'extra.weight' that the network does not"):
            build_network(state, None, (94, 24), False, 0)
        with self.assertRaisesRegex(ExportError, "not the weights of a known LPRNet"):
            default_profile({"conv1.weight": torch.zeros(1)}, False)


class Alphabets(unittest.TestCase):
    def test_sizes_and_order(self) -> None:
        self.assertEqual([len(KNOWN[name][0]) for name in ("A68", "D37", "D37IO")], [68, 37, 37])
        china = KNOWN["A68"][0]
        self.assertEqual(china[31:41], list("0123456789"))
        self.assertEqual("".join(china[41:]), "ABCDEFGHJKLMNPQRSTUVWXYZIO-")

    def test_every_profile_is_whole(self) -> None:
        for profile in PROFILES.values():
            self.assertIn(profile.alphabet[profile.blank], ("-", "#"))
            self.assertEqual(len(set(profile.alphabet)), len(profile.alphabet))


@unittest.skipUnless(PROGRAM, "no $LPRNET_PROGRAM to compare with")
class SameAsTheProgram(unittest.TestCase):
    def run_profiles(self, *options: str) -> str:
        return subprocess.run([PROGRAM, "profiles", *options], capture_output=True, text=True, check=True).stdout

    def test_profiles(self) -> None:
        listed = {profile["name"]: profile for profile in json.loads(self.run_profiles("--json"))}
        self.assertEqual(set(listed), set(PROFILES))
        for name, profile in PROFILES.items():
            other = listed[name]
            self.assertEqual(profile.decode(), other["decode"])
            self.assertEqual(list(profile.input_size), other["input_size"])
            for key in ("align_corners", "source", "license"):
                self.assertEqual(getattr(profile, key), other[key], name)
            mine, its = profile.preprocess(), other["preprocess"]
            for key in ("channel_order", "resize"):
                self.assertEqual(mine[key], its[key], name)
            for key in ("mean", "scale"):
                torch.testing.assert_close(torch.tensor(mine[key]), torch.tensor(its[key]), rtol=1e-6, atol=0)

    def test_alphabets(self) -> None:
        lines = self.run_profiles().split("\n\n")[1].splitlines()[1:]
        listed = {name: (int(tokens), int(blank)) for name, tokens, blank, *_ in map(str.split, lines)}
        self.assertEqual({name: (len(tokens), blank) for name, (tokens, blank) in KNOWN.items()}, listed)


class Tokens(unittest.TestCase):
    def test_limits(self) -> None:
        check_alphabet("p", ["미추홀", "A", "A"], 2, 3)
        check_alphabet("p", ["미추홀", "A"], 2, 3)
        for alphabet, blank, message in (
            (["A", "B"], 1, "3 classes and the alphabet 2 tokens"),
            (["A", "B", "C"], 3, "the blank is class 3"),
            (["A", "B", "C" * 65], 0, "longer than 64 bytes"),
            (["A", "B", "\n"], 0, "control character"),
        ):
            with self.assertRaisesRegex(ExportError, message):
                check_alphabet("p", alphabet, blank, 3)


class Commands(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.checkpoint = self.folder / "net.pth"
        self.output = self.folder / "net.safetensors"
        self.network = fill(modules.LPRNet(4, NARROW), 1, PLATE)
        torch.save({"state_dict": {f"module.{k}": v for k, v in self.network.state_dict().items()}}, self.checkpoint)
        self.alphabet = self.folder / "tokens.json"
        self.alphabet.write_text(json.dumps(["-", "강원", "A", "A"]), encoding="utf-8")

    def run_tool(self, tool: str, *arguments: Any, **variables: str) -> Tuple[int, str]:
        command = [sys.executable, str(TOOLS / tool), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **variables})
        return done.returncode, done.stdout + done.stderr

    def agrees(self, network: nn.Module, shape: List[int], inputs: Optional[torch.Tensor] = None) -> Any:
        document, tensors = read_model(self.output)
        x = torch.randn(shape) if inputs is None else inputs
        found = run_graph(document, tensors, {"input": x})[document["output"]]
        with torch.no_grad():
            torch.testing.assert_close(found, network.eval()(x), rtol=1e-4, atol=1e-4)
        return document

    def test_export_lprnet(self) -> None:
        code, text = self.run_tool(
            "export_lprnet.py", "--checkpoint", self.checkpoint, "--output", self.output,
            "--alphabet", self.alphabet, "--blank", 0, "--channel-order", "RGB", "--mean", 1, 2, 3, "--scale", 0.5,
            "--resize", "lanczos", "--letterbox", 114, "--source", "here", "--license", "mine",
        )  # fmt: skip
        self.assertEqual(code, 0, text)
        self.assertIn("nodes", text)
        document = self.agrees(self.network, PLATE)
        self.assertEqual(document["decode"], {"alphabet": ["-", "강원", "A", "A"], "blank": 0})
        expected = {"channel_order": "RGB", "mean": [1, 2, 3], "scale": [0.5] * 3, "resize": "lanczos"}
        self.assertEqual(document["preprocess"], {**expected, "letterbox": [114] * 3})
        self.assertEqual((document["version"], document["requires"]), (2, ["letterbox"]))
        self.assertEqual(document["provenance"]["source"], "here")
        self.assertEqual(document["self_test"]["origin"], f"PyTorch {torch.__version__}")

    def test_without_pytorch_it_says_what_to_install(self) -> None:
        (self.folder / "torch.py").write_text("raise ModuleNotFoundError(\"No module named 'torch'\")\n")
        for tool in ["export_lprnet.py", "export_module.py", "import_onnx.py"]:
            with self.subTest(tool=tool):
                code, text = self.run_tool(tool, PYTHONPATH=str(self.folder))
                self.assertEqual(code, 1)
                self.assertIn("No module named 'torch'; install", text)
                self.assertNotIn("Traceback", text)
                code, text = self.run_tool(tool, "--help", PYTHONPATH=str(self.folder))
                self.assertEqual(code, 0)
                self.assertIn("usage: " + tool, text)

    def test_an_alphabet_by_its_name(self) -> None:
        network = modules.LPRNet(37, NARROW)
        torch.save(fill(network, 1, PLATE).state_dict(), self.checkpoint)
        code, text = self.run_tool(
            "export_lprnet.py", "--checkpoint", self.checkpoint, "--output", self.output, "--alphabet", "L37"
        )
        self.assertEqual(code, 0, text)
        decode = read_model(self.output)[0]["decode"]
        self.assertEqual((decode["alphabet"][0], len(decode["alphabet"]), decode["blank"]), ("A", 36, 36))

    def test_both_numbers_when_the_alphabet_does_not_fit(self) -> None:
        code, text = self.run_tool("export_lprnet.py", "--checkpoint", self.checkpoint, "--output", self.output)
        self.assertEqual(code, 1)
        self.assertIn("4 classes and the alphabet 68 tokens", text)
        self.assertNotIn("Traceback", text)

    def test_transformer_in_front(self) -> None:
        stn = self.folder / "stn.pth"
        transformer = fill(modules.SpatialTransformer(channels=4), 2, PLATE)
        torch.save(transformer.state_dict(), stn)
        code, text = self.run_tool(
            "export_lprnet.py", "--checkpoint", self.checkpoint, "--stn", stn, "--output", self.output,
            "--alphabet", self.alphabet,
        )  # fmt: skip
        self.assertEqual(code, 0, text)
        document = self.agrees(modules.Pipeline(transformer, self.network), PLATE)
        self.assertEqual(document["preprocess"]["resize"], "bicubic")

    def test_padded_first_layer(self) -> None:
        code, text = self.run_tool(
            "export_lprnet.py", "--checkpoint", self.checkpoint, "--padded-first-layer", "--output", self.output,
            "--alphabet", self.alphabet,
        )  # fmt: skip
        self.assertEqual(code, 0, text)
        padded = modules.LPRNet(4, NARROW, first_padding=1)
        padded.load_state_dict(self.network.state_dict())
        self.agrees(padded, PLATE)

    def test_random_weights(self) -> None:
        code, text = self.run_tool("export_lprnet.py", "--random-weights", 5, "--output", self.output)
        self.assertEqual(code, 0, text)
        document, tensors = read_model(self.output)
        self.assertEqual(list(tensors["self_test.logits"].shape), [1, 68, 18])
        self.assertIn("seed 5", document["provenance"]["source"])

    def test_a_size_that_does_not_fit(self) -> None:
        code, text = self.run_tool(
            "export_lprnet.py", "--checkpoint", self.checkpoint, "--output", self.output, "--input-size", "30x10",
            "--alphabet", self.alphabet,
        )  # fmt: skip
        self.assertEqual(code, 1)
        self.assertIn("export_lprnet: PyTorch itself fails at", text)
        self.assertNotIn("Traceback", text)

    def test_export_module(self) -> None:
        source = self.folder / "my_net.py"
        source.write_text(
            "import torch\nfrom torch import nn\n\n"
            "def build():\n    torch.manual_seed(1)\n"
            "    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(True), nn.Flatten(2))\n\n"
            "class Wrong(nn.Module):\n    def forward(self, x):\n        return torch.erf(x)\n",
            encoding="utf-8",
        )
        code, text = self.run_tool(
            "export_module.py", "--module", f"{source}:build", "--input-shape", "1,3,5,6", "--output", self.output,
            "--alphabet", self.alphabet, "--blank", 0,
        )  # fmt: skip
        self.assertEqual(code, 0, text)
        torch.manual_seed(1)
        document = self.agrees(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(2)), [1, 3, 5, 6])
        self.assertEqual(document["decode"]["blank"], 0)
        code, text = self.run_tool(
            "export_module.py", "--module", f"{source}:Wrong", "--input-shape", "1,3,5,6", "--output", self.output
        )
        self.assertEqual(code, 1)
        self.assertIn("torch.erf: is not an operator of the model file", text)
        self.assertIn("my_net.py:10: return torch.erf(x)", text)

    def test_help_names_every_option(self) -> None:
        for tool in ("export_lprnet.py", "export_module.py"):
            code, text = self.run_tool(tool, "--help")
            self.assertEqual(code, 0)
            self.assertIn("--alphabet", text)


if __name__ == "__main__":
    unittest.main()
