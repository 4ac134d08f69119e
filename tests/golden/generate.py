#!/usr/bin/env python3
"""Writes every file of tests/golden again: PyTorch's answers, with their origin inside.

    generate.py [--output DIR]      (default: this folder)

The committed files come from PyTorch 1.13; another version is refused unless --any-torch is given.
"""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent / "tools" / "export")]

import torch  # noqa: E402
from ctc_cases import generate_ctc  # noqa: E402
from golden_file import GoldenFile  # noqa: E402
from graph_cases import all_graphs  # noqa: E402
from model_cases import generate_front, generate_layers, generate_models  # noqa: E402
from op_cases import OP_CASES  # noqa: E402

SEED = 20240113


def generate_ops(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for index, (op, cases) in enumerate(OP_CASES.items()):
        file = GoldenFile(SEED + index)
        cases(file)
        file.write(folder / f"{op}.safetensors")


def generate(output: Path) -> None:
    """Every committed file, below `output`."""
    torch.set_num_threads(1)
    generate_ops(output / "ops")
    graphs = GoldenFile(SEED + 100)
    all_graphs(graphs)
    graphs.write(output / "graphs.safetensors")
    generate_front(output / "front.safetensors", SEED + 200)
    generate_layers(output / "lprnet_layers.safetensors", output / "lprnet_layers.trace.safetensors", SEED + 201)
    generate_models(output / "models", SEED + 300)
    generate_ctc(output / "ctc.safetensors", SEED + 400)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=HERE)
    parser.add_argument("--any-torch", action="store_true", help="also with a PyTorch that is not 1.13")
    options = parser.parse_args()
    if not torch.__version__.startswith("1.13.") and not options.any_torch:
        print(f"generate: this is PyTorch {torch.__version__}, the files come from 1.13", file=sys.stderr)
        return 1
    generate(options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
