"""Flat plates of any country from a layout file and a font.

A layout is JSON: `width` and `height` in millimetres, `background` and `ink` as ranges of RGB colours,
`font` as matplotlib names it (`DejaVu Sans:bold` comes with matplotlib; any installed family works),
`top` and `size`, the upper edge and the height of the characters, `weight`, how often this form is
drawn beside others, and `slots`, one for each character: `characters` it may be and `left`, `width`
of its box. `forms` lists several such forms; `alphabet` is the characters of all of them.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from matplotlib import font_manager
from numpy.typing import NDArray
from PIL import Image as PilImage
from PIL import ImageDraw, ImageFont

from alphabet import Alphabet
from picture import Image
from standard import FlatPlate

PIXELS_PER_MM = 0.6


@dataclass(frozen=True)
class Slot:
    characters: str
    left: float
    width: float


@dataclass(frozen=True)
class Form:
    name: str
    width: float
    height: float
    background: tuple[list[float], list[float]]
    ink: tuple[list[float], list[float]]
    font: str
    top: float
    size: float
    weight: float
    slots: tuple[Slot, ...]


@cache
def glyph(font: str, character: str, width: int, height: int) -> NDArray[np.float32]:
    """The character's ink, cropped to it and stretched to the box (a narrow one keeps its shape)."""
    face = ImageFont.truetype(font_manager.findfont(font), 160)
    canvas = PilImage.new("L", (320, 320), 0)
    ImageDraw.Draw(canvas).text((60, 40), character, fill=255, font=face)
    left, top, right, bottom = canvas.getbbox() or (0, 0, 1, 1)
    ink = np.asarray(canvas, np.float32)[top:bottom, left:right] / 255.0
    across = min(width, max(round((right - left) * height / (bottom - top)), 2))
    box = np.zeros((height, width), np.float32)
    at = (width - across) // 2
    box[:, at : at + across] = cv2.resize(ink, (across, height), interpolation=cv2.INTER_AREA)
    return box


class Layout:
    """Draws the forms of a layout file; the counterpart of `PlateStandard` for everyone else."""

    def __init__(self, file: Path) -> None:
        content = json.loads(file.read_text(encoding="utf-8"))
        self.alphabet = Alphabet(content["alphabet"])
        self._forms = [Form(**{**form, "slots": tuple(Slot(**slot) for slot in form["slots"])}) for form in content["forms"]]
        self._weights = np.array([form.weight for form in self._forms]) / sum(form.weight for form in self._forms)

    def draw(self, rng: np.random.Generator) -> FlatPlate:
        form = self._forms[rng.choice(len(self._forms), p=self._weights)]
        text = "".join(slot.characters[rng.integers(len(slot.characters))] for slot in form.slots)
        return FlatPlate(self._paint(rng, form, text), text, form.name)

    @staticmethod
    def _paint(rng: np.random.Generator, form: Form, text: str) -> Image:
        columns, rows = round(form.width * PIXELS_PER_MM), round(form.height * PIXELS_PER_MM)
        ink = np.zeros((rows, columns), np.float32)
        top, size = round(form.top * PIXELS_PER_MM), round(form.size * PIXELS_PER_MM)
        for slot, character in zip(form.slots, text, strict=True):
            box = glyph(form.font, character, round(slot.width * PIXELS_PER_MM), size)
            left = round(slot.left * PIXELS_PER_MM)
            ink[top : top + size, left : left + box.shape[1]] = box
        cv2.rectangle(ink, (2, 2), (columns - 3, rows - 3), 1.0, 1, cv2.LINE_AA)
        paper, paint = (rng.uniform(*colours)[::-1].astype(np.float32) for colours in (form.background, form.ink))
        return np.clip(paper + ink[..., None] * (paint - paper), 0, 255).astype(np.uint8)
