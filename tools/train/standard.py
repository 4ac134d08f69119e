"""Flat Chinese plates as the standard GA 36 describes them, from bitmaps of the characters and blank plates.

Double-line plates are left out: squeezed into 24 rows their upper line is six pixels high and lies above
the lower one, which a reader of columns cannot put in order.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from alphabet import DIGITS, LETTERS, PROVINCES
from picture import Image, read_image

Mask = NDArray[np.float32]

SCALE = 0.6
"""Pixels per millimetre."""

HEIGHT_MM = 140.0
TOP_MM, GLYPH_HEIGHT_MM = 25.0, 90.0
KINDS = ("blue", "green small", "green large", "yellow", "police", "learner", "trailer", "macao", "consular", "embassy")
WEIGHTS = (0.42, 0.17, 0.07, 0.08, 0.06, 0.05, 0.03, 0.06, 0.03, 0.03)


@dataclass(frozen=True)
class FlatPlate:
    image: Image
    text: str
    kind: str


class PlateStandard:
    """Draws plates of every kind; `plates` holds the folders `glyphs` and `blanks`."""

    def __init__(self, plates: Path) -> None:
        self._glyphs: dict[tuple[bool, str], Mask] = {}
        for path in sorted((plates / "glyphs").glob("*.jpg")):
            series, _, character = path.stem.partition("_")
            if series == "140":
                self._glyphs[False, character] = self._glyph(path, 45.0)
            elif series == "green":
                self._glyphs[True, character] = self._glyph(path, 45.0 if character in PROVINCES else 43.0)
        self._blanks = {
            name: self._blank(plates / "blanks" / f"{name}.PNG", 480.0 if name.startswith("green") else 440.0)
            for name in ("blue_140", "yellow_140", "white_140", "black_140", "black_shi_140", "green_car_140", "green_truck_140")
        }

    @staticmethod
    def _glyph(path: Path, width: float) -> Mask:
        size = (round(width * SCALE), round(GLYPH_HEIGHT_MM * SCALE))
        grey = cv2.resize(read_image(path, cv2.IMREAD_GRAYSCALE), size, interpolation=cv2.INTER_AREA)
        return 1.0 - grey.astype(np.float32) / 255.0

    @staticmethod
    def _blank(path: Path, width: float) -> Image:
        size = (round(width * SCALE), round(HEIGHT_MM * SCALE))
        return cv2.resize(read_image(path), size, interpolation=cv2.INTER_AREA).astype(np.uint8)

    def text(self, rng: np.random.Generator, kind: str, province: str | None = None) -> str:
        """A number of that kind, every province, letter and digit equally likely wherever it may stand."""

        def one(characters: str) -> str:
            return characters[rng.integers(len(characters))]

        def some(count: int, most_letters: int) -> str:
            letters = rng.permutation(count) < rng.integers(most_letters + 1)
            return "".join(one(LETTERS if letter else DIGITS) for letter in letters)

        head = (province or one(PROVINCES)) + one(LETTERS)
        if kind == "green small":
            return head + (one("DF") if rng.random() < 0.6 else one(LETTERS)) + some(1, 1) + some(4, 0)
        if kind == "green large":
            return head + some(5, 0) + (one("DF") if rng.random() < 0.6 else one(LETTERS))
        if kind == "police":
            return head + some(4, 2) + "警"
        if kind == "learner":
            return head + some(4, 2) + "学"
        if kind == "trailer":
            return head + some(4, 2) + "挂"
        if kind == "macao":
            return ("粤" if province is None and rng.random() < 0.5 else head[0]) + "Z" + some(4, 2) + one("港澳")
        if kind == "consular":
            return head + some(4, 0) + "领"
        if kind == "embassy":
            return "使" + some(6, 0) if rng.random() < 0.5 else some(6, 0) + "使"
        return head + some(5, 5 if rng.random() < 0.4 else 2)

    def draw(self, rng: np.random.Generator, province: str | None = None, kind: str | None = None) -> FlatPlate:
        kind = kind or KINDS[rng.choice(len(KINDS), p=WEIGHTS)]
        if province is not None and kind == "embassy":
            kind = "blue"
        text = self.text(rng, kind, province)
        return FlatPlate(self._paint(rng, kind, text), text, kind)

    @staticmethod
    def _columns(kind: str) -> list[float]:
        """Left edges of the characters in millimetres."""
        if kind.startswith("green"):
            return [15.5, 69.5] + [161.5 + 52.0 * i for i in range(6)]
        gap_after = {"police": 0, "embassy": 3}.get(kind, 1)
        return [15.5 + 57.0 * i + (22.0 if i > gap_after else 0.0) for i in range(7)]

    def _paint(self, rng: np.random.Generator, kind: str, text: str) -> Image:
        green = kind.startswith("green")
        base = self._base(rng, kind)
        height, width = base.shape[:2]
        ink = np.zeros((height, width), np.float32)
        red = np.zeros((height, width), np.float32)
        y = round(TOP_MM * SCALE)
        for left, character in zip(self._columns(kind), text, strict=True):
            glyph = self._glyphs[green, character]
            x = round(left * SCALE)
            into = red if character in "警使领" and kind in ("police", "embassy") and rng.random() < 0.8 else ink
            area = into[y : y + glyph.shape[0], x : x + glyph.shape[1]]
            np.maximum(area, glyph, out=area)
        if rng.random() < 0.3:  # thicker or thinner paint
            kernel = np.ones((2, 2), np.uint8)
            ink = cv2.dilate(ink, kernel) if rng.random() < 0.5 else cv2.erode(ink, kernel)
        if rng.random() < 0.25:  # worn paint
            patches = cv2.resize(rng.random((5, 14), np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
            ink = ink * np.clip(1.6 - rng.uniform(0.6, 1.3) * patches, 0.0, 1.0)
        light = kind in ("blue", "macao", "consular", "embassy")
        shade = rng.uniform(190, 255) if light else rng.uniform(0, 60)
        colour = np.clip(shade + rng.normal(0, 8, 3), 0, 255).astype(np.float32)
        plate = base + ink[..., None] * (colour - base)
        if red.any():
            paint = np.array([rng.uniform(20, 70), rng.uniform(20, 70), rng.uniform(170, 240)], np.float32)
            plate = plate + red[..., None] * (paint - plate)
        if rng.random() < 0.5:  # stamped characters catch the light on one edge
            relief = cv2.GaussianBlur(ink, (0, 0), 1.0)
            plate = plate + (relief - np.roll(relief, (1, int(rng.integers(-1, 2))), (0, 1)))[..., None] * rng.uniform(-70, 70)
        self._screws(rng, plate)
        return np.clip(plate, 0, 255).astype(np.uint8)

    def _base(self, rng: np.random.Generator, kind: str) -> NDArray[np.float32]:
        name = {
            "blue": "blue_140", "green small": "green_car_140", "green large": "green_truck_140", "police": "white_140",
            "macao": "black_140", "consular": "black_140", "embassy": "black_shi_140",
        }.get(kind, "yellow_140")  # fmt: skip
        if kind == "green large" and rng.random() < 0.4:
            name = "green_car_140"
        blank = self._blanks[name].astype(np.float32)
        red = blank[..., 2:3] / 255.0
        if kind == "blue":
            blue = rng.uniform(130, 235)
            paint = np.array([blue, blue * rng.uniform(0.2, 0.55), rng.uniform(0, 50)], np.float32)
            line = np.full(3, rng.uniform(170, 255), np.float32)
            return paint + red * (line - paint)
        if name.startswith("black"):
            paint = np.full(3, rng.uniform(0, 50), np.float32)
            line = np.full(3, rng.uniform(170, 255), np.float32)
            return paint + red * (line - paint)
        if name == "green_car_140":
            top = np.array([rng.uniform(150, 235), rng.uniform(190, 245), rng.uniform(140, 230)], np.float32)
            bottom = np.array([rng.uniform(50, 130), rng.uniform(140, 210), rng.uniform(20, 110)], np.float32)
            down = np.linspace(0, 1, blank.shape[0], dtype=np.float32)[:, None, None] ** rng.uniform(0.6, 1.5)
            marks = np.clip(blank[..., 1:2] / 120.0, 0.0, 1.0)
            return (top + down * (bottom - top)) * marks
        tint = np.array([rng.uniform(0.8, 1.0), rng.uniform(0.8, 1.05), rng.uniform(0.85, 1.05)], np.float32)
        if kind in ("yellow", "learner", "trailer"):
            blank = blank + np.array([rng.uniform(0, 60), 0, 0], np.float32)
        return np.clip(blank * tint, 0, 255)

    @staticmethod
    def _screws(rng: np.random.Generator, plate: NDArray[np.float32]) -> None:
        height, width = plate.shape[:2]
        rows = {0: (), 1: (12.0,), 2: (12.0, 128.0)}[int(rng.choice(3, p=(0.25, 0.35, 0.4)))]
        for row in rows:
            for column in (0.25, 0.75):
                at = (round(width * column + rng.normal(0, 2)), round(row * SCALE + rng.normal(0, 1)))
                radius = int(rng.integers(3, 7))
                shade = float(rng.uniform(40, 220))
                cv2.circle(plate, at, radius, (shade, shade * 0.97, shade * 0.95), -1, cv2.LINE_AA)
                cv2.circle(plate, (at[0] - 1, at[1] - 1), max(radius // 3, 1), (min(shade * 1.4, 255.0),) * 3, -1, cv2.LINE_AA)
