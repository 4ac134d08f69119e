"""Third-party checkpoints, as they are, against PyTorch's recorded answers. Test data beside the project."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any, Dict, List, Tuple

import torch
from lprnet_export.interpret import run_graph
from lprnet_export.model_file import read_model

try:
    import cv2
    import numpy as np
except ImportError:
    cv2 = None

PROJECT = Path(__file__).resolve().parent.parent.parent
SHARED = Path(os.environ.get("LPRNET_SHARED", PROJECT.parent / "shared"))
IMAGES = 32
FILTERS = {"bilinear": "INTER_LINEAR", "bicubic": "INTER_CUBIC"}


@unittest.skipUnless((SHARED / "checkpoints").is_dir(), f"no test data in {SHARED}")
class Checkpoints(unittest.TestCase):
    def setUp(self) -> None:
        torch.set_flush_denormal(True)  # the recorded answers were made so
        self.addCleanup(torch.set_flush_denormal, False)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def export(self, name: str, *options: str) -> Tuple[Dict[str, Any], Dict[str, torch.Tensor]]:
        output = self.folder / f"{name}.safetensors"
        checkpoint = SHARED / "checkpoints" / f"{name}-lprnet.pth"
        command = [sys.executable, str(PROJECT / "tools" / "export" / "export_lprnet.py")]
        command += ["--checkpoint", str(checkpoint), "--profile", name, "--output", str(output), *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return read_model(output)

    def close(self, found: Any, expected: Any) -> None:
        self.assertLessEqual(abs(found - expected).max() / abs(expected).max(), 1e-4)

    def plates(self, name: str, *options: str) -> None:
        if cv2 is None:
            self.skipTest("python3-opencv is not installed")
        document, tensors = self.export(name, *options)
        recorded = np.load(SHARED / "golden" / f"{name}.ccpd-labelled.first32.logits.npy")
        strings = read_strings(SHARED / "golden" / f"{name}.ccpd-labelled.tsv")
        files = sorted(strings, key=lambda file: file.encode("utf-8"))[:IMAGES]
        for file, expected in zip(files, recorded):
            x = read_image(SHARED / "plates" / "ccpd-labelled" / file, document)
            logits = run_graph(document, tensors, {"input": x})[document["output"]][0].numpy()
            self.close(logits, expected)
            self.assertEqual(greedy(logits, document["decode"]), strings[file], file)

    def test_sirius(self) -> None:
        self.plates("sirius")

    def test_finetuned(self) -> None:
        self.plates("finetuned")

    def test_stnpair(self) -> None:
        self.plates("stnpair", "--stn", str(SHARED / "checkpoints" / "stnpair-stn.pth"))

    def test_stninside(self) -> None:
        self.plates("stninside")

    def random_inputs(self, name: str) -> None:
        if cv2 is None:
            self.skipTest("numpy is not installed")
        document, tensors = self.export(name)
        recorded = np.load(SHARED / "golden" / f"{name}.random.npz")
        for plate, expected in zip(recorded["input"], recorded["logits"]):
            found = run_graph(document, tensors, {"input": torch.from_numpy(plate[None])})
            self.close(found[document["output"]][0].numpy(), expected)

    def test_leaky(self) -> None:
        self.random_inputs("leaky")

    def test_small(self) -> None:
        self.random_inputs("small")


def read_strings(path: Path) -> Dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines)


def read_image(path: Path, document: Dict[str, Any]) -> torch.Tensor:
    """The input as the model file describes it."""
    preprocess = document["preprocess"]
    height, width = document["inputs"][0]["shape"][2:]
    image = cv2.imread(str(path))
    if image.shape[:2] != (height, width):
        image = cv2.resize(image, (width, height), interpolation=getattr(cv2, FILTERS[preprocess["resize"]]))
    if preprocess["channel_order"] == "RGB":
        image = image[:, :, ::-1]
    mean, scale = np.float32(preprocess["mean"]), np.float32(preprocess["scale"])
    values = (image.astype(np.float32) - mean) * scale
    return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)))[None]


def greedy(logits: Any, decode: Dict[str, Any]) -> str:
    text: List[str] = []
    previous = -1
    for best in logits.argmax(0).tolist():
        if best not in (previous, decode["blank"]):
            text.append(decode["alphabet"][best])
        previous = best
    return "".join(text)


if __name__ == "__main__":
    unittest.main()
