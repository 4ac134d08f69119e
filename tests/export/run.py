#!/usr/bin/env python3
"""Runs the exporter's tests. Exits with 77 (skipped) without PyTorch, or when every test was skipped.

run.py              everything but the tests on third-party checkpoints
run.py --shared     those, on the test data beside the project (or in $LPRNET_SHARED)
"""

import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
SKIPPED = 77

try:
    import torch
except ImportError:
    print("skipped: PyTorch is not installed")
    sys.exit(SKIPPED)

sys.path[:0] = [str(HERE), str(HERE.parent.parent / "tools" / "export")]


def main() -> int:
    torch.set_num_threads(1)
    pattern = "shared_test_*.py" if "--shared" in sys.argv[1:] else "test_*.py"
    suite = unittest.defaultTestLoader.discover(str(HERE), pattern=pattern)
    result = unittest.TextTestRunner(verbosity=2 if "-v" in sys.argv[1:] else 1).run(suite)
    if not result.wasSuccessful() or result.testsRun == 0:
        return 1
    return SKIPPED if len(result.skipped) == result.testsRun else 0


if __name__ == "__main__":
    sys.exit(main())
