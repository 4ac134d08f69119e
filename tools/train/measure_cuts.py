"""Measures readers on plates that are cut out of marked photographs in the ways users cut them.

    measure_cuts.py NETWORK [NETWORK ...] --marks scenes/easypr.tsv [--folder CROPS ...] [--write FOLDER] [--answers OUT.csv]

A network is a model file or a checkpoint. `--marks` is a table of `file kind text corners` beside a folder of the same
name. For each cut one line is printed: whole plates right with 95 % Wilson intervals, or for pictures that show no whole
plate the share of answers that are a text with more than 0.5 confidence. `--folder` adds folders of crops whose names
carry the text. `--write` keeps the crops as pictures, one folder for each cut, for `lprnet eval`.
Measures only: no network may be chosen by it.
"""

import argparse
import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from alphabet import CHINESE
from batches import stack_plain
from checkpoint import load_network
from crops import read_crops
from cuts import Box, even
from evaluate import wilson
from picture import Image, read_image, write_image

CUTS: dict[str, list[Box]] = {
    **{f"margin {100 * m:.0f} %": [even(m)] for m in (-0.08, -0.05, -0.03, 0.0, 0.05, 0.1, 0.25, 0.35, 0.5, 0.65, 0.8)},
    "shift 10 %, left and right": [Box(0.15, 0.05, -0.05, 0.05), Box(-0.05, 0.05, 0.15, 0.05)],
    "shift 10 %, up and down": [Box(0.05, 0.15, 0.05, -0.05), Box(0.05, -0.05, 0.05, 0.15)],
    "turn 10°": [even(0.05, -10.0), even(0.05, 10.0)],
    "turn 20°": [even(0.05, -20.0), even(0.05, 20.0)],
    "turn 30°": [even(0.05, -30.0), even(0.05, 30.0)],
    "turn 35°": [even(0.05, -35.0), even(0.05, 35.0)],
}
NOTHING: dict[str, Callable[[Image], list[Image]]] = {
    "upside down": lambda i: [i[::-1, ::-1]],
    "mirrored": lambda i: [i[:, ::-1]],
    "half": lambda i: [i[:, : i.shape[1] // 2], i[:, i.shape[1] // 2 :]],
}


@dataclass(frozen=True)
class Marked:
    image: Image
    text: str
    corners: NDArray[np.float32]


def read_marks(table: Path) -> list[Marked]:
    found = []
    for line in table.read_text(encoding="utf-8").splitlines():
        file, _, text, corners = line.split("\t")
        points = np.array([[float(v) for v in p.split(",")] for p in corners.split(";")], np.float32)
        found.append(Marked(read_image(table.with_suffix("") / file), text, points))
    return found


def crop(marked: Marked, box: Box) -> Image:
    """As a program would cut it that turns the picture and takes the upright box: whole pixels, inside the picture."""
    image, corners = marked.image, marked.corners
    if box.turn:
        middle = corners.mean(0)
        matrix = cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), box.turn, 1.0)
        rows, columns = image.shape[:2]
        # Large enough that nothing near the plate is lost.
        reach = float(np.hypot(*(corners.max(0) - corners.min(0)))) * 1.5
        matrix[:, 2] += reach - middle
        size = (round(2 * reach), round(2 * reach))
        image = cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT).astype(np.uint8)
        corners = (corners @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
    rows, columns = image.shape[:2]
    low, high = corners.min(0), corners.max(0)
    span = high - low
    x0, y0 = np.maximum(np.round(low - span * (box.left, box.top)), 0).astype(int)
    x1, y1 = np.minimum(np.round(high + span * (box.right, box.bottom)), (columns, rows)).astype(int)
    return np.ascontiguousarray(image[y0:y1, x0:x1])


@torch.no_grad()
def read(network: torch.nn.Module, alphabet: "object", images: list[Image], batch: int = 64) -> list[tuple[str, float]]:
    """Text and the product of its characters' probabilities, the largest of each."""
    answers = []
    for start in range(0, len(images), batch):
        logits = network(stack_plain(images[start : start + batch], network.shape.picture))
        for probabilities, classes in zip(*logits.softmax(1).max(1), strict=True):
            confidence, previous, best = 1.0, alphabet.blank, 0.0
            for p, c in [*zip(probabilities.tolist(), classes.tolist(), strict=True), (0.0, alphabet.blank)]:
                if c != previous:
                    confidence *= best if previous != alphabet.blank else 1.0
                    best = 0.0
                best, previous = max(best, p), c
            answers.append((alphabet.decode(classes.tolist()), confidence))
    return answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", type=Path, nargs="+")
    parser.add_argument("--marks", type=Path)
    parser.add_argument("--folder", type=Path, action="append", default=[])
    parser.add_argument("--no-plate", type=Path, action="append", default=[], help="folder of pictures that show no plate")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--answers", type=Path)
    options = parser.parse_args()

    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    sets: dict[str, tuple[list[Image], list[str]]] = {}
    if options.marks is not None:
        marks = read_marks(options.marks)
        for name, boxes in CUTS.items():
            sets[name] = ([crop(m, box) for box in boxes for m in marks], [m.text for _ in boxes for m in marks])
        straight = [crop(m, even(0.05)) for m in marks]
        for name, change in NOTHING.items():
            images = [np.ascontiguousarray(i) for picture in straight for i in change(picture)]
            sets[name] = (images, [""] * len(images))
    for folder in options.folder:
        crops = read_crops(folder, CHINESE)
        sets["/".join(folder.parts[-2:])] = ([c.image for c in crops], [c.text for c in crops])
    for folder in options.no_plate:
        images = [read_image(p) for p in sorted(folder.iterdir())]
        sets[folder.name] = (images, [""] * len(images))
    if options.write is not None:
        for name, (images, texts) in sets.items():
            folder = options.write / name.replace(" ", "-").replace("%", "percent").replace(",", "").replace("°", "")
            folder.mkdir(parents=True, exist_ok=True)
            for index, (image, text) in enumerate(zip(images, texts, strict=True)):
                write_image(folder / f"{text or 'none'}_{index}.png", image)

    loaded = [load_network(path)[:2] for path in options.networks]
    print("| cut | pictures | " + " | ".join(path.stem for path in options.networks) + " |")
    print("|---|---|" + "---|" * len(loaded))
    lines: list[tuple[str, str, str, str, str]] = []
    for name, (images, truths) in sets.items():
        cells = []
        for path, (network, alphabet) in zip(options.networks, loaded, strict=True):
            answers = read(network, alphabet, images)
            lines += [(str(path), name, t, a, f"{c:.4f}") for t, (a, c) in zip(truths, answers, strict=True)]
            if any(truths):
                right = sum(a == t for t, (a, _) in zip(truths, answers, strict=True))
                low, high = wilson(right, len(truths))
                cells.append(f"{right} = {right / len(truths):.1%} [{low:.1%}, {high:.1%}]")
            else:
                empty = sum(a == "" for a, _ in answers)
                sure = sum(a != "" and c > 0.5 for a, c in answers)
                cells.append(f"{sure / len(answers):.1%} over 0.5, {empty / len(answers):.1%} empty")
        print(f"| {name} | {len(images)} | " + " | ".join(cells) + " |", flush=True)
    if options.answers is not None:
        with options.answers.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("network", "cut", "truth", "answer", "confidence"), *lines])


if __name__ == "__main__":
    main()
