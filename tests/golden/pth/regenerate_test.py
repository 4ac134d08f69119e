#!/usr/bin/env python3
"""Makes the expected tensors again, and lets PyTorch read the committed files. Exits with 77 without PyTorch."""

import inspect
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, List

HERE = Path(__file__).resolve().parent
SKIPPED = 77

try:
    import torch
except ImportError:
    print("skipped: PyTorch is not installed")
    sys.exit(SKIPPED)

sys.path[:0] = [str(HERE)]
import generate  # noqa: E402
from lprnet_export.model_file import read_safetensors  # noqa: E402


def weights_in(content: Any) -> Dict[str, torch.Tensor]:
    if isinstance(content, torch.nn.Module):
        return dict(content.state_dict())
    return {name.replace("module.", ""): tensor for name, tensor in content.get("state_dict", content).items()}


def differences(path: Path, expected: Dict[str, torch.Tensor]) -> List[str]:
    options = {"weights_only": False} if "weights_only" in inspect.signature(torch.load).parameters else {}
    found = weights_in(torch.load(path, **options))
    if sorted(found) != sorted(expected):
        return [f"{path.name}: the tensors' names differ"]
    equal = {name: found[name].dtype == expected[name].dtype and torch.equal(found[name], expected[name]) for name in expected}
    return [f"{path.name}: tensor '{name}' differs" for name in expected if not equal[name]]


def main() -> int:
    generate.name_module()
    problems: List[str] = []
    compared = 0
    with tempfile.TemporaryDirectory() as folder:
        generate.generate(Path(folder))
        for again in sorted(Path(folder).glob("*.safetensors")):
            if again.read_bytes() != (HERE / again.name).read_bytes():
                problems.append(f"{again.name}: differs from the committed one")
            expected, _ = read_safetensors(HERE / again.name)
            # An older PyTorch need not read a newer one's files.
            for version in sorted({"1_13", generate.version()}):
                for path in sorted(HERE.glob(f"{again.stem}.*.torch{version}.pth")):
                    problems += differences(path, expected)
                    compared += 1
    for problem in problems:
        print(problem)
    print(f"{compared} files read, {len(problems)} problems")
    return 1 if problems or compared < 8 else 0


if __name__ == "__main__":
    sys.exit(main())
