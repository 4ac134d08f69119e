"""What PyTorch saved, given to the program."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any, Dict, List, Tuple

import torch
from lprnet_export.interpret import run_graph
from lprnet_export.lprnet_modules import LPRNet
from lprnet_export.model_file import read_model
from lprnet_export.random_weights import fill
from torch import nn

PROGRAM = os.environ.get("LPRNET_PROGRAM", "")
PLATE = [1, 3, 24, 94]
CLASSES = 12
TOKENS = "0123456789A-"


def narrow(seed: int = 1, **options: Any) -> nn.Module:
    """A narrow network of the public edition with weights as if trained."""
    return fill(LPRNet(CLASSES, (4, 8, 12), **options), seed, PLATE).eval()


@unittest.skipUnless(PROGRAM, "no $LPRNET_PROGRAM to give files to")
class ProgramFiles(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / "net.pth"
        self.tokens = self.folder / "tokens.txt"
        self.tokens.write_text("\n".join(TOKENS), encoding="utf-8")

    def run_program(self, *arguments: Any) -> Tuple[int, str, str]:
        done = subprocess.run(
            [PROGRAM, *map(str, arguments)], capture_output=True, text=True, cwd=self.folder, check=False
        )
        return done.returncode, done.stdout, done.stderr

    def convert(self, *options: Any, alphabet: bool = True) -> Tuple[int, str, str]:
        named = ["--alphabet", self.tokens] if alphabet else []
        return self.run_program("convert", self.path, "-o", "out.safetensors", *named, *options)

    def answers(self, network: nn.Module, *options: Any, shape: List[int] = PLATE) -> str:
        """Converts `self.path` and compares its graph with the module, on noise; gives what was printed."""
        status, out, err = self.convert(*options)
        self.assertEqual((status, err), (0, ""))
        document, tensors = read_model(self.folder / "out.safetensors")
        x = torch.randn(shape, generator=torch.Generator().manual_seed(5))
        self.assertEqual(document["inputs"][0]["shape"], shape)
        values: Dict[str, torch.Tensor] = run_graph(document, tensors, {document["inputs"][0]["name"]: x})
        with torch.no_grad():
            expected = network.eval()(x)
        difference = (values[document["output"]] - expected).abs().max() / expected.abs().max()
        self.assertLess(float(difference), 1e-4)
        return out

    def refused(self, *options: Any, **named: Any) -> str:
        status, _, err = self.convert(*options, **named)
        self.assertEqual(status, 2, err)
        self.assertFalse((self.folder / "out.safetensors").exists())
        return err
