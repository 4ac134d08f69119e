#!/usr/bin/env python3
"""Makes decode.safetensors again and compares. Exits with 77 without torch, numpy and OpenCV."""

import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SKIPPED = 77
sys.path[:0] = [str(HERE)]

try:
    import torch
    from generate import generate
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(SKIPPED)

from lprnet_export.model_file import read_safetensors  # noqa: E402 (generate puts it on the path)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        again = Path(folder) / "decode.safetensors"
        generate(again)
        old, _ = read_safetensors(HERE / again.name)
        new, _ = read_safetensors(again)
    if list(old) != list(new):
        print("the tensors' names differ")
        return 1
    differ = [key for key in old if old[key].shape != new[key].shape or not torch.allclose(old[key], new[key], atol=1e-4)]
    print("\n".join(f"tensor '{key}' differs" for key in differ) or f"{len(old)} tensors compared")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
