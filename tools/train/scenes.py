"""Photographs of cars with their plates marked: what stands around drawn plates, and pieces without a plate."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from picture import Image, read_image

CHINESE_AMONG_CARS = ("Cars185.jpg", "Cars238.jpg")
"""Their plates are of the kinds to be read."""


@dataclass
class Scene:
    image: Image
    name: str
    boxes: list[NDArray[np.float32]] = field(default_factory=list)
    """Marked plates, [x0, y0, x1, y1] in pixels."""
    foreign: bool = True


def held_out_scene(name: str) -> bool:
    return hashlib.sha256(name.encode()).digest()[0] < 26


class Scenes:
    """Those of the folders `cars`, `dashcam` and `ccpd` in `folder` that are, or are not, kept for choosing."""

    def __init__(self, folder: Path, held_out: bool = False, most: int = 150) -> None:
        self.scenes: list[Scene] = []
        for kind in ("cars", "dashcam", "ccpd"):
            marks: dict[str, list[NDArray[np.float32]]] = {}
            for line in (folder / f"{kind}.tsv").read_text(encoding="utf-8").splitlines():
                name, *rest = line.split("\t")
                if kind == "ccpd":
                    points = np.array([[float(v) for v in p.split(",")] for p in rest[2].split(";")], np.float32)
                    box = np.concatenate([points.min(0), points.max(0)])
                else:
                    box = np.array([float(v) for v in rest], np.float32)
                marks.setdefault(name, []).append(box)
            names = [name for name in sorted(marks) if held_out_scene(name) == held_out]
            chosen = np.random.default_rng(1).permutation(len(names))[:most]
            for name in (names[i] for i in sorted(chosen)):
                foreign = kind != "ccpd" and name not in CHINESE_AMONG_CARS
                self.scenes.append(Scene(read_image(folder / kind / name), f"{kind}/{name}", marks[name], foreign))

    def behind(self, rng: np.random.Generator, size: tuple[int, int], plate: NDArray[np.float32]) -> Image:
        """A picture of `size` (columns, rows), in half of the cases with its own plate where `plate` [x0, y0, x1, y1] will cover it."""
        scene = self.scenes[rng.integers(len(self.scenes))]
        rows, columns = scene.image.shape[:2]
        if not scene.foreign or rng.random() < 0.6:  # a second plate to be read must not stand beside
            box = scene.boxes[rng.integers(len(scene.boxes))]
            middle = (box[:2] + box[2:]) / 2
            scale = 0.85 * float(np.min((plate[2:] - plate[:2]) / np.maximum(box[2:] - box[:2], 4.0)))
            at = (plate[:2] + plate[2:]) / 2
        else:
            scale = size[0] / (columns * rng.uniform(0.15, 0.9))
            middle = rng.uniform(0.1, 0.9, 2) * (columns, rows)
            at = np.array(size) / 2
        matrix = np.array([[scale, 0, at[0] - scale * middle[0]], [0, scale, at[1] - scale * middle[1]]], np.float32)
        if rng.random() < 0.5:  # the other way round
            matrix[0] = [-scale, 0, at[0] + scale * middle[0]]
        return cv2.warpAffine(scene.image, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT).astype(np.uint8)

    def piece(self, rng: np.random.Generator) -> Image:
        """A piece of plate-like proportions that shows no marked plate whole."""
        while True:
            scene = self.scenes[rng.integers(len(self.scenes))]
            rows, columns = scene.image.shape[:2]
            width = columns * float(np.exp(rng.uniform(np.log(0.05), np.log(0.6))))
            height = min(width / rng.uniform(1.2, 4.5), rows - 2.0)
            x, y = rng.uniform(0, columns - width), rng.uniform(0, rows - height)
            piece = np.array([x, y, x + width, y + height])
            if all(_shared(piece, box) < 0.2 for box in scene.boxes):
                return scene.image[int(y) : int(y + height) + 1, int(x) : int(x + width) + 1]

    def foreign_plate(self, rng: np.random.Generator) -> tuple[Image, NDArray[np.float32]]:
        """Surroundings of a plate of another country, and its corners in pixels."""
        while True:
            scene = self.scenes[rng.integers(len(self.scenes))]
            if scene.foreign:
                break
        box = scene.boxes[rng.integers(len(scene.boxes))]
        span = box[2:] - box[:2]
        rows, columns = scene.image.shape[:2]
        low = np.maximum(box[:2] - span, 0).astype(int)
        high = np.minimum(box[2:] + span, (columns, rows)).astype(int)
        corners = np.array([[box[0], box[1]], [box[2], box[1]], [box[2], box[3]], [box[0], box[3]]], np.float32) - low
        return scene.image[low[1] : high[1], low[0] : high[0]], corners.astype(np.float32)


def _shared(piece: NDArray[np.float64], box: NDArray[np.float32]) -> float:
    """The share of `box` that is in `piece`."""
    low, high = np.maximum(piece[:2], box[:2]), np.minimum(piece[2:], box[2:])
    return float(np.prod(np.maximum(high - low, 0)) / np.prod(np.maximum(box[2:] - box[:2], 1.0)))
