#!/usr/bin/env python3
"""Makes the golden files again and compares them with the committed ones. Exits with 77 without PyTorch 1.13."""

import sys
import tempfile
from pathlib import Path
from typing import Dict, List

HERE = Path(__file__).resolve().parent
SKIPPED = 77

try:
    import torch
except ImportError:
    print("skipped: PyTorch is not installed")
    sys.exit(SKIPPED)
if not torch.__version__.startswith("1.13."):
    print(f"skipped: the golden files come from PyTorch 1.13, this is {torch.__version__}")
    sys.exit(SKIPPED)

sys.path[:0] = [str(HERE)]
from generate import generate  # noqa: E402
from lprnet_export.model_file import read_safetensors  # noqa: E402

# What another processor's kernels may change, of a tensor's largest magnitude.
OF_AN_OPERATOR = 1e-5
OF_A_NETWORK = 2e-4  # rounding grows from layer to layer


def files(folder: Path) -> Dict[str, Path]:
    """But for the folders that have a generator of their own."""
    paths = [path for path in sorted(folder.rglob("*.safetensors")) if path.parent.name not in ("detect", "pth")]
    return {str(path.relative_to(folder)): path for path in paths}


def tensor_differs(committed: torch.Tensor, again: torch.Tensor, relative: float) -> bool:
    if committed.dtype != again.dtype or committed.shape != again.shape:
        return True
    finite = committed[torch.isfinite(committed)].abs()
    bound = float(finite.max()) * relative if finite.numel() else 0.0
    return not torch.allclose(again, committed, rtol=relative, atol=min(bound, 10 * relative), equal_nan=True)


def compare(name: str, committed: Path, again: Path) -> List[str]:
    if committed.read_bytes() == again.read_bytes():
        return []
    old, old_metadata = read_safetensors(committed)
    new, new_metadata = read_safetensors(again)
    if old_metadata != new_metadata:
        return [f"{name}: the documents in the metadata differ"]
    if list(old) != list(new):
        return [f"{name}: the tensors' names differ"]
    relative = OF_A_NETWORK if name.startswith(("models/", "lprnet_layers")) else OF_AN_OPERATOR
    return [f"{name}: tensor '{key}' differs" for key in old if tensor_differs(old[key], new[key], relative)]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        committed, again = files(HERE), files(Path(folder))
        problems = [f"{name}: not made by the generator" for name in committed if name not in again]
        problems += [f"{name}: not committed" for name in again if name not in committed]
        for name in committed:
            if name in again:
                problems += compare(name, committed[name], again[name])
    for problem in problems:
        print(problem)
    print(f"{len(committed)} files compared, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
