"""Modules as people wrap them, and the commands without PyTorch."""

import subprocess
import sys
import unittest
from pathlib import Path

import torch
from lprnet_export.errors import ExportError
from lprnet_export.export import export_module
from test_operators import Calls
from torch import nn

TOOLS = Path(__file__).resolve().parents[2] / "tools"
SHAPE = [1, 3, 5, 6]


class WrappedModules(unittest.TestCase):
    def test_unbound_methods(self) -> None:
        before = dict(vars(torch.Tensor))
        for spelled, op in (
            (lambda s, x: torch.Tensor.squeeze(x[:, :, :1], dim=2), "squeeze"),
            (lambda s, x: torch.Tensor.relu(x), "relu"),
            (lambda s, x: torch.Tensor.mean(torch.Tensor.permute(x, 0, 2, 3, 1), dim=(1, 2)), "mean"),
            (lambda s, x: torch.Tensor.add_(torch.Tensor.clone(x), 1), "add"),
        ):
            model = export_module(Calls(spelled), SHAPE, name="test")
            self.assertEqual(model.document["nodes"][-1]["op"], op)
        self.assertEqual(dict(vars(torch.Tensor)), before)
        with self.assertRaisesRegex(ExportError, "cumsum.*not an operator.*test_wrapped_modules.py"):
            export_module(Calls(lambda s, x: torch.Tensor.cumsum(x, 1)), SHAPE, name="test")
        self.assertEqual(dict(vars(torch.Tensor)), before)

    def test_data_parallel(self) -> None:
        network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
        model = export_module(nn.DataParallel(network), SHAPE, name="test")
        self.assertEqual([node["name"] for node in model.document["nodes"]], ["0", "1"])

    def test_torch_script(self) -> None:
        network = nn.Conv2d(3, 4, 3)
        for module in (torch.jit.script(network), torch.jit.trace(network, torch.zeros(SHAPE))):
            with self.assertRaisesRegex(ExportError, "is TorchScript.*load_state_dict"):
                export_module(module, SHAPE, name="test")
        with self.assertRaisesRegex(ExportError, "module '0' is TorchScript"):
            export_module(nn.Sequential(torch.jit.script(network)), SHAPE, name="test")


class WithoutPyTorch(unittest.TestCase):
    def run_script(self, path: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
        # Imports of these fail as if they were not installed.
        code = (
            "import runpy, sys; sys.modules.update(dict.fromkeys(('torch', 'onnx', 'numpy', 'matplotlib')));"
            f"sys.path.insert(0, {str(path.parent)!r}); sys.argv = [{path.name!r}, *{list(arguments)!r}];"
            f"runpy.run_path({str(path)!r}, run_name='__main__')"
        )
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    def test_help(self) -> None:
        for name in ("export_lprnet.py", "export_module.py", "import_onnx.py"):
            done = self.run_script(TOOLS / "export" / name, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("--output", done.stdout)
            done = self.run_script(TOOLS / "export" / name, "--output", "x")
            self.assertEqual(done.returncode, 1)
            self.assertIn("install", done.stderr)
            self.assertNotIn("Traceback", done.stderr)

    def test_help_of_the_comparison_installs_nothing(self) -> None:
        done = subprocess.run(
            [str(TOOLS / "bench" / "peers"), "--help"],
            capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin", "LPRNET_BENCH_BUILD": "/nowhere"},
        )  # fmt: skip
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("--engines", done.stdout)


if __name__ == "__main__":
    unittest.main()
