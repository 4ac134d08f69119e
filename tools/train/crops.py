"""A folder of real crops whose file names carry the text: `<text>_<anything>.jpg`, or `<text>.jpg`."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from alphabet import Alphabet
from picture import Image, pictures_in, read_image


@dataclass(frozen=True)
class Crop:
    image: Image
    text: str
    name: str


def text_of(path: Path) -> str:
    return path.stem.split("_")[0].split("-")[0].split(".")[0]


def read_crops(folder: Path, alphabet: Alphabet) -> list[Crop]:
    """Every picture whose name is a text of this alphabet; names with anything else are left out."""
    readable = [p for p in pictures_in(folder) if text_of(p) and alphabet.can_encode(text_of(p))]
    return [Crop(read_image(path), text_of(path), path.name) for path in readable]


def held_out(text: str, seed: int = 0) -> bool:
    """True for a tenth of all texts: by text, so that two pictures of one plate never part."""
    return hashlib.sha256(f"{seed}:{text}".encode()).digest()[0] < 26


def split(crops: list[Crop]) -> tuple[list[Crop], list[Crop]]:
    """Those to train on, those to choose by."""
    return [c for c in crops if not held_out(c.text)], [c for c in crops if held_out(c.text)]
