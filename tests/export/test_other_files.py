"""Files that people give to the program and that hold no weights which it reads: each is called by its name."""

import unittest
from typing import Any, Dict

import torch
from program_files import PLATE, ProgramFiles, narrow
from torch import nn

LEGACY: Dict[str, Any] = {} if torch.__version__.startswith("1.") else {"dynamo": False}


class OtherFiles(ProgramFiles):
    def is_called(self, name: str, advice: str) -> None:
        message = self.refused()
        self.assertIn(name, message)
        self.assertIn(advice, message)
        status, _, err = self.run_program("recognize", "--model", self.path, "plate.bmp")
        self.assertEqual(status, 2)
        self.assertIn(name, err)

    def test_torch_script(self) -> None:
        for module in (torch.jit.trace(narrow(), torch.zeros(PLATE)), torch.jit.script(nn.Conv2d(3, 4, 3))):
            torch.jit.save(module, str(self.path))
            self.is_called("is TorchScript, a program", "torch.jit.load(path).state_dict()")

    def test_quantised(self) -> None:
        weight = torch.quantize_per_tensor(torch.ones(4, 3, 3, 3), 0.1, 0, torch.qint8)
        for content in ({"backbone.0.weight": weight}, {"state_dict": {"backbone.0.weight": weight}}):
            torch.save(content, self.path)
            self.is_called("holds quantised tensors", "in float32")

    def test_quantisation_aware_training(self) -> None:
        network = narrow().train()
        quantization = torch.ao.quantization if hasattr(torch, "ao") else torch.quantization
        network.qconfig = quantization.get_default_qat_qconfig("fbgemm")
        quantization.prepare_qat(network, inplace=True)
        torch.save(network.state_dict(), self.path)
        self.is_called("quantisation-aware training", "in float32")

    def test_onnx(self) -> None:
        try:
            import onnx  # noqa: F401
        except ImportError:
            self.skipTest("onnx is not installed")
        torch.onnx.export(nn.Conv2d(3, 4, 3), torch.zeros(PLATE), str(self.path), **LEGACY)
        self.is_called("is an ONNX file", "tools/export/import_onnx.py")

    def test_what_a_download_left(self) -> None:
        for content, name in (
            (b"", "is empty"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1788\n", "is a Git LFS pointer"),
            (b"\n<!DOCTYPE html><html lang=en>", "is a web page"),
        ):
            self.path.write_bytes(content)
            self.is_called(name, ";")


if __name__ == "__main__":
    unittest.main()
