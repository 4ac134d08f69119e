"""Random modules through the exporter and the program, against PyTorch."""

import json
import os
import subprocess
import tempfile
import unittest
import warnings
from pathlib import Path
from typing import Any, Dict

from lprnet_export.export import export_module
from lprnet_export.model_file import write_model
from random_modules import RandomModule

PROGRAM = os.environ.get("LPRNET_PROGRAM", "")
COUNT = int(os.environ.get("LPRNET_RANDOM_MODULES", "300"))
# Both sides round each of a dozen steps to float32: of 1,200 modules 99 % differ by less than 1e-6, and a sum that
# cancels out by 3e-5.
BOUND = 5e-5


@unittest.skipUnless(PROGRAM, "no $LPRNET_PROGRAM to compare with")
class RandomModules(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "random.safetensors"

    def verify(self, isa: str) -> Dict[str, Any]:
        command = [PROGRAM, "verify", "--json", *(["--isa", isa] if isa else []), str(self.path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertIn(done.returncode, (0, 1), done.stdout + done.stderr)
        found: Dict[str, Any] = json.loads(done.stdout)
        return found

    def test_the_program_answers_as_pytorch(self) -> None:
        first = int(os.environ.get("LPRNET_FIRST_SEED", "0"))
        for seed in range(first, first + COUNT):
            with self.subTest(seed=seed):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    module = RandomModule(seed)
                    model = export_module(module, module.input_shape, name=f"random {seed}")
                write_model(self.path, model.document, model.tensors)
                for isa in ("", "reference"):
                    found = self.verify(isa)
                    self.assertTrue(found["passed"], found)
                    self.assertLess(found["max_relative"], BOUND, [node["op"] for node in model.document["nodes"]])


if __name__ == "__main__":
    unittest.main()
