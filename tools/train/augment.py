"""Turns a picture of any size into one varied training input of the size that a network wants."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from picture import Image

SMALL = (94, 24)
UNIT = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)


@dataclass(frozen=True)
class Strength:
    """How much to vary: shares of the picture's size, degrees, and chances.

    `small` is the chance of a picture as data sets of the public edition hold them, shrunk to 94x24.
    """

    shift: float
    margin: tuple[float, float]
    bend: float
    angle: float
    dark: float
    blur: float
    noise: float
    small: float


DRAWN = Strength(shift=0.015, margin=(-0.02, 0.03), bend=0.01, angle=2.0, dark=0.03, blur=0.05, noise=0.05, small=0.15)
REAL = Strength(shift=0.02, margin=(-0.03, 0.08), bend=0.03, angle=7.0, dark=0.12, blur=0.25, noise=0.2, small=0.3)


def plain(image: Image, size: tuple[int, int]) -> Image:
    """The input of `size` (rows, columns) as inference makes it."""
    return cv2.resize(image, size[::-1], interpolation=cv2.INTER_LINEAR).astype(np.uint8)


def vary(
    rng: np.random.Generator, image: Image, corners: NDArray[np.float32], size: tuple[int, int], how: Strength
) -> tuple[Image, NDArray[np.float32]]:
    """A picture of `size` (rows, columns). `corners` of the plate and of the answer are shares of width and height."""
    if rng.random() < how.small:
        ways = (cv2.INTER_LINEAR, cv2.INTER_AREA, cv2.INTER_CUBIC)
        image = cv2.resize(image, SMALL, interpolation=ways[rng.integers(len(ways))]).astype(np.uint8)
    rows, columns = image.shape[:2]
    angle = np.deg2rad(rng.normal(0, how.angle / 2))
    aspect = columns / rows
    seen = UNIT - 0.5
    seen = seen * (1.0 + rng.uniform(*how.margin, 2))
    turn = np.array([[np.cos(angle), np.sin(angle) * aspect], [-np.sin(angle) / aspect, np.cos(angle)]])
    seen = seen @ turn + 0.5 + rng.normal(0, how.shift, 2) + rng.normal(0, how.bend, (4, 2))
    seen = seen.astype(np.float32)
    pixels = np.array([columns, rows], np.float32)
    wanted = np.array(size[::-1], np.float32)
    matrix = cv2.getPerspectiveTransform(seen * pixels - 0.5, UNIT * wanted - 0.5)
    out = cv2.warpPerspective(image, matrix, size[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    moved = cv2.perspectiveTransform((corners * pixels - 0.5)[None].astype(np.float32), matrix)[0]

    gain = rng.uniform(0.15, 0.6) if rng.random() < how.dark else rng.uniform(0.8, 1.25)
    gains = gain * rng.normal(1.0, 0.06, 3)
    levels = np.arange(256, dtype=np.float32) / 255.0
    curve = levels ** np.float32(np.exp(rng.normal(0, 0.15)))
    table = np.clip(curve[:, None] * gains * 255.0 + rng.normal(0, 8), 0, 255)
    out = cv2.LUT(out, table.astype(np.uint8)[None])
    if rng.random() < how.blur:
        unit = size[1] / SMALL[0]
        if rng.random() < 0.6:
            out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.3, 0.9) * unit)
        else:
            out = cv2.blur(out, (round(rng.uniform(2, 3) * unit), 1) if rng.random() < 0.7 else (1, round(2 * unit)))
    if rng.random() < how.noise:
        out = np.clip(out + rng.standard_normal(out.shape, np.float32) * rng.uniform(1, 8), 0, 255)
    return out.astype(np.uint8), ((moved + 0.5) / wanted).astype(np.float32)
