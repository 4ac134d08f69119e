"""Plates with much of what is around them, so that every way to cut them out can be tried when they are read.

A pool is a folder with `pictures.bin`, JPEGs one after the other, `places.npy` [N, 2] begin and end of each,
`corners.npy` [N, 4, 2] in pixels, and `plates.json`, [text, colour, lines] of each.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from photograph import Photographer, Points
from picture import Image
from scenes import Scenes

SIZE = (392, 152)
AROUND = 0.85
"""What is seen beyond each edge, in widths and heights of the plate's box."""
QUALITY = 93


@dataclass(frozen=True)
class LoosePlate:
    image: Image
    corners: Points
    text: str
    colour: str
    lines: int


class LoosePhotographer(Photographer):
    """Plates in front of scenes, loosely cut."""

    _plate_share = 0.37

    def __init__(self, backgrounds: Path | None, scenes: Scenes, worst: float = 1.0) -> None:
        super().__init__(backgrounds, worst)
        self._scenes = scenes
        self._box = np.zeros(4, np.float32)

    def _view(self, rng: np.random.Generator, plate: Image, inside: Points) -> tuple[tuple[int, int], NDArray[np.float64]]:
        target = self._stand(rng, plate, inside)
        target, self._box = in_the_middle(target)
        return SIZE, cv2.getPerspectiveTransform(inside, target)

    def _background(self, rng: np.random.Generator, size: tuple[int, int]) -> NDArray[np.float32]:
        if rng.random() < 0.25:
            return super()._background(rng, size)
        return self._scenes.behind(rng, size, self._box).astype(np.float32) * np.float32(rng.uniform(0.6, 1.2))


def in_the_middle(corners: Points) -> tuple[Points, NDArray[np.float32]]:
    """The corners moved to the middle of a picture of SIZE and scaled to leave AROUND, and their box."""
    low, high = corners.min(0), corners.max(0)
    scale = float(np.min(np.array(SIZE) / ((high - low) * (1 + 2 * AROUND))))
    moved = (corners - (low + high) / 2) * scale + np.array(SIZE) / 2
    return moved.astype(np.float32), np.concatenate([moved.min(0), moved.max(0)]).astype(np.float32)


def place_in_scene(rng: np.random.Generator, scenes: Scenes, crop: Image, corners: Points) -> tuple[Image, Points]:
    """A real crop, whose plate has `corners` in pixels, put into a scene."""
    rows, columns = crop.shape[:2]
    target, box = in_the_middle(corners)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    scene = scenes.behind(rng, SIZE, box).astype(np.float32)
    inner = crop.reshape(-1, 3).mean(0)
    scene = scene * (inner.mean() / max(float(scene.mean()), 1.0)) ** np.float32(rng.uniform(0, 0.8))
    cover = np.zeros((rows, columns), np.float32)
    rim = max(rows // 24, 1)
    cover[rim:-rim, rim:-rim] = 1.0
    cover = cv2.blur(cover, (2 * rim + 1, 2 * rim + 1))
    seen = cv2.warpPerspective(crop, matrix, SIZE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.warpPerspective(cover, matrix, SIZE, flags=cv2.INTER_LINEAR)[..., None]
    return np.clip(scene + alpha * (seen - scene), 0, 255).astype(np.uint8), target


@dataclass(frozen=True)
class LoosePool:
    data: NDArray[np.uint8]
    places: NDArray[np.int64]
    corners: Points
    plates: list[tuple[str, str, int]]

    def __len__(self) -> int:
        return len(self.plates)

    def __getitem__(self, index: int) -> LoosePlate:
        begin, end = self.places[index]
        image = cv2.imdecode(np.asarray(self.data[begin:end]), cv2.IMREAD_COLOR).astype(np.uint8)
        return LoosePlate(image, self.corners[index], *self.plates[index])


def write_loose_pool(folder: Path, plates: Iterable[LoosePlate]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    places, corners, named = [], [], []
    at = 0
    with (folder / "pictures.bin").open("wb") as file:
        for plate in plates:
            _, data = cv2.imencode(".jpg", plate.image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
            file.write(data.tobytes())
            places.append((at, at + data.size))
            at += data.size
            corners.append(plate.corners)
            named.append((plate.text, plate.colour, plate.lines))
    np.save(folder / "places.npy", np.array(places, np.int64))
    np.save(folder / "corners.npy", np.array(corners, np.float32))
    (folder / "plates.json").write_text(json.dumps(named, ensure_ascii=False), encoding="utf-8")


def read_loose_pool(folder: Path) -> LoosePool:
    plates = [tuple(p) for p in json.loads((folder / "plates.json").read_text(encoding="utf-8"))]
    data = np.memmap(folder / "pictures.bin", np.uint8, "r")
    return LoosePool(data, np.load(folder / "places.npy"), np.load(folder / "corners.npy"), plates)  # type: ignore[arg-type]
