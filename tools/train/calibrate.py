"""Fits the temperature that a reader's model file carries, on pictures that did not train it.

    calibrate.py MODEL.safetensors PICTURES ... [--held-out CROPS ...] [--program lprnet]

A picture's file name begins with its text. `--held-out` takes the tenth of a folder that train.py never saw. The program
reads every picture at one temperature after the other, and the one with the smallest mean loss wins: -log of the
confidence of a right reading, -log(1 - confidence) of a wrong one. It needs nothing but Python; never give it pictures
that are there to measure. `lprnet convert MODEL --temperature T -o OUT` writes the answer.
"""

import argparse
import hashlib
import json
import math
import subprocess
import tempfile
from pathlib import Path

ENDINGS = {".jpg", ".jpeg", ".png", ".bmp"}
LOWEST, HIGHEST = 0.25, 4.0


def held_out(text: str) -> bool:
    """As crops.held_out(), which needs NumPy."""
    return hashlib.sha256(f"0:{text}".encode()).digest()[0] < 26


def label_of(path: Path) -> str:
    return path.stem.split("_")[0].split("-")[0]


def pictures(folders: list[Path], held_out_folders: list[Path]) -> list[Path]:
    found = [path for folder in folders for path in folder.rglob("*") if path.suffix.lower() in ENDINGS]
    for folder in held_out_folders:
        found += [path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and held_out(label_of(path))]
    return sorted(found)


class Reader:
    def __init__(self, program: str, model: Path, paths: list[Path], options: list[str]) -> None:
        self._list = tempfile.NamedTemporaryFile(suffix=".list")
        self._list.write("\0".join(map(str, paths)).encode())
        self._list.flush()
        self._command = [program, "recognize", "--model", str(model), "--format", "ndjson", *options, "-0", "-"]

    def read(self, temperature: float) -> list[tuple[bool, float]]:
        """Whether each reading is right, and its confidence."""
        with open(self._list.name, "rb") as names:
            output = subprocess.run(
                [*self._command, "--temperature", f"{temperature:.6f}"], stdin=names, capture_output=True, check=True
            ).stdout
        answers = [json.loads(line) for line in output.decode().splitlines()]
        return [(a["text"] == label_of(Path(a["file"])), a["confidence"]) for a in answers if "text" in a]


def loss(readings: list[tuple[bool, float]]) -> float:
    least = 1e-6  # so that one reading that is sure and wrong does not decide alone
    return sum(-math.log(max(c if right else 1 - c, least)) for right, c in readings) / len(readings)


def calibration_error(readings: list[tuple[bool, float]], bins: int = 10) -> float:
    total = 0.0
    for i in range(bins):
        inside = [(right, c) for right, c in readings if min(int(c * bins), bins - 1) == i]
        total += abs(sum(right - c for right, c in inside))
    return total / len(readings)


def smallest(reader: Reader, rounds: int) -> float:
    """By golden section over the logarithm of the temperature, in which the loss has one valley."""
    ratio = (math.sqrt(5) - 1) / 2
    low, high = math.log(LOWEST), math.log(HIGHEST)
    inner = [high - ratio * (high - low), low + ratio * (high - low)]
    losses = [loss(reader.read(math.exp(x))) for x in inner]
    for _ in range(rounds):
        if losses[0] <= losses[1]:
            high, inner[1], losses[1] = inner[1], inner[0], losses[0]
            inner[0] = high - ratio * (high - low)
            losses[0] = loss(reader.read(math.exp(inner[0])))
        else:
            low, inner[0], losses[0] = inner[0], inner[1], losses[1]
            inner[1] = low + ratio * (high - low)
            losses[1] = loss(reader.read(math.exp(inner[1])))
    return math.exp((low + high) / 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--held-out", type=Path, action="append", default=[])
    parser.add_argument("--program", default="lprnet")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--grammar", help="as the program takes it; default: the model's own")
    options = parser.parse_args()

    paths = pictures(options.folders, options.held_out)
    reader = Reader(options.program, options.model, paths, ["--grammar", options.grammar] if options.grammar else [])
    best = smallest(reader, options.rounds)
    for name, temperature in (("as it is", 1.0), ("fitted", best)):
        readings = reader.read(temperature)
        right = sum(right for right, _ in readings)
        print(
            f"{name}: temperature {temperature:.3f}, {right} of {len(readings)} right, loss {loss(readings):.4f}, "
            f"calibration error {calibration_error(readings):.2%}"
        )


if __name__ == "__main__":
    main()
