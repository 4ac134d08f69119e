"""Flat Chinese plates of every kind for the detector: those of `standard.py`, double-line ones and the army's."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from alphabet import DIGITS, LETTERS, PROVINCES
from picture import Image, read_image
from standard import SCALE, PlateStandard

SINGLE = ("blue", "green small", "green large", "yellow", "police", "learner", "trailer", "macao", "consular", "embassy")
SINGLE_WEIGHTS = np.array((0.46, 0.13, 0.07, 0.14, 0.07, 0.03, 0.02, 0.04, 0.02, 0.02))
SINGLE_WEIGHTS = SINGLE_WEIGHTS / SINGLE_WEIGHTS.sum()
DOUBLE = ("yellow double", "trailer double", "white double")
DOUBLE_WEIGHTS = np.array((0.7, 0.2, 0.1))

UPPER = [(110.0, 80.0), (250.0, 80.0)]
LOWER = [(27.5 + 80.0 * i, 65.0) for i in range(5)]
UPPER_ROWS, LOWER_ROWS = (15.0, 60.0), (90.0, 110.0)
"""Left edge and width, top and height in millimetres on a plate of 440x220."""


@dataclass(frozen=True)
class FlatPlate:
    image: Image
    lines: int


class Plates:
    """`plates` holds the folders `glyphs` and `blanks`."""

    def __init__(self, plates: Path) -> None:
        self._standard = PlateStandard(plates)
        self._glyphs = {p.stem: 1.0 - read_image(p, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255.0 for p in (plates / "glyphs").glob("*.jpg")}
        self._blanks = {p.stem: read_image(p) for p in (plates / "blanks").glob("*.PNG")}

    def draw(self, rng: np.random.Generator) -> FlatPlate:
        which = rng.random()
        if which < 0.18:
            return FlatPlate(self._double(rng), 2)
        if which < 0.22:
            return FlatPlate(self._army(rng), 1)
        return FlatPlate(self._standard.draw(rng, kind=SINGLE[rng.choice(len(SINGLE), p=SINGLE_WEIGHTS)]).image, 1)

    def _double(self, rng: np.random.Generator) -> Image:
        kind = DOUBLE[rng.choice(len(DOUBLE), p=DOUBLE_WEIGHTS)]

        def one(characters: str) -> str:
            return characters[rng.integers(len(characters))]

        upper = [f"220_{one(PROVINCES)}", f"220_up_{one(LETTERS)}"]
        lower = [f"220_down_{one(LETTERS)}" if rng.random() < 0.2 else f"220_{one(DIGITS)}" for _ in range(5)]
        if kind == "trailer double":
            lower[4] = "220_挂"
        size = (round(440 * SCALE), round(220 * SCALE))
        ink = np.zeros(size[::-1], np.float32)
        for names, places, (top, height) in ((upper, UPPER, UPPER_ROWS), (lower, LOWER, LOWER_ROWS)):
            for name, (left, width) in zip(names, places, strict=True):
                self._stamp(ink, name, left, top, width, height)
        blank = "white_220" if kind == "white double" else "yellow_220"
        return self._paint(rng, blank, size, ink)

    def _army(self, rng: np.random.Generator) -> Image:
        size = (round(440 * SCALE), round(140 * SCALE))
        ink, red = np.zeros(size[::-1], np.float32), np.zeros(size[::-1], np.float32)
        for index in range(7):
            characters = LETTERS if index < 2 else DIGITS
            name = f"140_{characters[rng.integers(len(characters))]}"
            self._stamp(red if index < 2 else ink, name, 15.5 + 57.0 * index + (22.0 if index > 1 else 0.0), 25.0, 45.0, 90.0)
        return self._paint(rng, "white_army_140", size, ink, red)

    def _stamp(self, ink: NDArray[np.float32], name: str, left: float, top: float, width: float, height: float) -> None:
        x, y, columns, rows = (round(v * SCALE) for v in (left, top, width, height))
        ink[y : y + rows, x : x + columns] = cv2.resize(self._glyphs[name], (columns, rows), interpolation=cv2.INTER_AREA)

    def _paint(
        self, rng: np.random.Generator, blank: str, size: tuple[int, int], ink: NDArray[np.float32], red: NDArray[np.float32] | None = None
    ) -> Image:
        plate = cv2.resize(self._blanks[blank], size, interpolation=cv2.INTER_AREA).astype(np.float32)
        if blank.startswith("yellow"):
            plate = plate + np.array([rng.uniform(0, 60), 0, 0], np.float32)
        plate = plate * rng.uniform(0.8, 1.05, 3).astype(np.float32)
        dark = np.clip(rng.uniform(0, 60) + rng.normal(0, 8, 3), 0, 255).astype(np.float32)
        plate = plate + ink[..., None] * (dark - plate)
        if red is not None:
            paint = np.array([rng.uniform(20, 70), rng.uniform(20, 70), rng.uniform(170, 240)], np.float32)
            plate = plate + red[..., None] * (paint - plate)
        if rng.random() < 0.3:  # worn or dirty
            patches = cv2.resize(rng.random((5, 12), np.float32), size, interpolation=cv2.INTER_CUBIC)[..., None]
            mud = rng.uniform(60, 150, 3).astype(np.float32)
            plate = plate + np.clip(patches - rng.uniform(0.4, 0.9), 0, 0.6) * (mud - plate)
        return np.clip(plate, 0, 255).astype(np.uint8)
