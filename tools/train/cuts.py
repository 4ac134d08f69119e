"""Cuts plates out of loose pictures as users do: with any margin, shifted, turned, through the outer characters, small, grey."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from augment import UNIT
from photograph import Points
from picture import Image


@dataclass(frozen=True)
class Box:
    """How a plate's upright box is cut: beyond left, top, right, bottom in its widths and heights, after a turn in degrees."""

    left: float
    top: float
    right: float
    bottom: float
    turn: float = 0.0


def even(margin: float, turn: float = 0.0) -> Box:
    return Box(margin, margin, margin, margin, turn)


def any_box(rng: np.random.Generator) -> Box:
    turn = 0.0
    what = rng.random()
    if what < 0.15:
        turn = float(rng.uniform(-35, 35))
    elif what < 0.45:
        turn = float(rng.normal(0, 7))
    how = rng.random()
    if how < 0.38:
        sides = rng.uniform(-0.04, 0.10, 4)
    elif how < 0.66:
        sides = rng.uniform(-0.08, rng.uniform(0.1, 0.8), 4)
    elif how < 0.80:
        sides = rng.uniform(0.0, 0.8) + rng.normal(0, 0.02, 4)
    elif how < 0.90:
        across, down = rng.uniform(-0.13, 0.13), rng.uniform(-0.13, 0.13)
        sides = rng.uniform(0.0, 0.1) + np.array([across, down, -across, -down])
    else:
        sides = np.array([rng.uniform(-0.08, 0.0), rng.uniform(-0.08, 0.05), rng.uniform(-0.08, 0.0), rng.uniform(-0.08, 0.05)])
        turn *= 0.2
    return Box(*(float(v) for v in sides), turn)


def half_box(rng: np.random.Generator) -> Box:
    """So little of the plate that it cannot be read: a third and more of one side is missing."""
    lost = -rng.uniform(0.36, 0.7)
    other = rng.uniform(-0.05, 0.5)
    sides = (lost, other) if rng.random() < 0.5 else (other, lost)
    top, bottom = rng.uniform(-0.03, 0.3, 2)
    if rng.random() < 0.25:  # cut lengthwise
        sides = tuple(rng.uniform(-0.03, 0.3, 2))
        top, bottom = (-rng.uniform(0.42, 0.7), bottom) if rng.random() < 0.5 else (top, -rng.uniform(0.42, 0.7))
    return Box(float(sides[0]), float(top), float(sides[1]), float(bottom), float(rng.normal(0, 3)))


def take(
    image: Image, corners: Points, box: Box, size: tuple[int, int], bend: Points | None = None,
    border: int = cv2.BORDER_REPLICATE, colour: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> tuple[Image, Points]:  # fmt: skip
    """The picture of `size` (rows, columns), and where the corners are in it in shares of its width and height."""
    turn = np.deg2rad(box.turn)
    rotate = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    middle = corners.mean(0)
    turned = (corners - middle) @ rotate
    low, high = turned.min(0), turned.max(0)
    span = high - low
    low, high = low - span * (box.left, box.top), high + span * (box.right, box.bottom)
    quad = low + UNIT * (high - low)
    if bend is not None:
        quad = quad + bend * (high - low)
    quad = (quad @ rotate.T + middle).astype(np.float32)
    wanted = np.array(size[::-1], np.float32)
    finer = 2 if (high - low)[0] > 1.3 * size[1] or (high - low)[1] > 1.3 * size[0] else 1
    matrix = cv2.getPerspectiveTransform(quad - 0.5, UNIT * wanted * finer - 0.5)
    large = (size[1] * finer, size[0] * finer)
    out = cv2.warpPerspective(image, matrix, large, flags=cv2.INTER_LINEAR, borderMode=border, borderValue=colour)
    moved = (cv2.perspectiveTransform((corners - 0.5)[None].astype(np.float32), matrix)[0] + 0.5) / (wanted * finer)
    if finer > 1:
        out = cv2.resize(out, size[::-1], interpolation=cv2.INTER_AREA)
    return out.astype(np.uint8), moved.astype(np.float32)


def small(rng: np.random.Generator, image: Image, least: float = 40.0) -> Image:
    """As a small picture of it, enlarged again."""
    rows, columns = image.shape[:2]
    if rng.random() < 0.4:
        size = (94, 24)
    else:
        width = float(np.exp(rng.uniform(np.log(least), np.log(150))))
        size = (round(width), max(round(width / rng.uniform(2.0, 4.5)), 14))
    way = (cv2.INTER_AREA, cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)[rng.integers(4)]
    return cv2.resize(cv2.resize(image, size, interpolation=way), (columns, rows), interpolation=cv2.INTER_LINEAR).astype(np.uint8)


def frame(rng: np.random.Generator, image: Image, corners: Points) -> Image:
    """Paints what is beyond the plate in one colour, on some sides: pictures that were padded."""
    rows, columns = image.shape[:2]
    low = (corners.min(0) - rng.uniform(0.0, 0.1, 2)) * (columns, rows)
    high = (corners.max(0) + rng.uniform(0.0, 0.1, 2)) * (columns, rows)
    colour = rng.choice([0.0, 255.0, 114.0, 128.0]) if rng.random() < 0.7 else rng.uniform(0, 255, 3)
    out = image.copy()
    sides = rng.random(4) < 0.6
    if sides[0]:
        out[:, : max(round(low[0]), 0)] = colour
    if sides[1]:
        out[: max(round(low[1]), 0)] = colour
    if sides[2]:
        out[:, min(round(high[0]), columns) :] = colour
    if sides[3]:
        out[min(round(high[1]), rows) :] = colour
    return out


def light(rng: np.random.Generator, image: Image, strong: bool) -> Image:
    """Other light, less contrast, no colours, a little blur and noise."""
    gain = rng.uniform(0.2, 0.6) if rng.random() < (0.12 if strong else 0.03) else rng.uniform(0.8, 1.2)
    gains = gain * rng.normal(1.0, 0.05, 3)
    curve = (np.arange(256, dtype=np.float32) / 255.0) ** np.float32(np.exp(rng.normal(0, 0.15)))
    table = curve[:, None] * gains * 255.0 + rng.normal(0, 8)
    if rng.random() < 0.12:  # low contrast
        level = rng.uniform(30, 220)
        table = level + (table - float(image.mean())) * rng.uniform(0.15, 0.6)
    out = cv2.LUT(image, np.clip(table, 0, 255).astype(np.uint8)[None])
    if rng.random() < 0.08:
        out = cv2.cvtColor(cv2.cvtColor(out, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    if rng.random() < (0.25 if strong else 0.1):
        if rng.random() < 0.6:
            out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.5, 1.8))
        else:
            out = cv2.blur(out, (int(rng.integers(2, 6)), 1) if rng.random() < 0.7 else (1, int(rng.integers(2, 4))))
    if rng.random() < (0.2 if strong else 0.08):
        out = np.clip(out + rng.standard_normal(out.shape, np.float32) * rng.uniform(1, 8), 0, 255)
    return out.astype(np.uint8)


def cut(
    rng: np.random.Generator, image: Image, corners: Points, size: tuple[int, int], box: Box, strong: bool = False
) -> tuple[Image, Points]:
    """A training input of `size` (rows, columns); `strong`: of a picture that is seen often and is varied more."""
    border = cv2.BORDER_REPLICATE if rng.random() < 0.8 else cv2.BORDER_CONSTANT
    colour = tuple(float(v) for v in (rng.choice([0.0, 128.0, 255.0]) if rng.random() < 0.7 else rng.uniform(0, 255)) * np.ones(3))
    bend = rng.normal(0, 0.02 if strong else 0.008, (4, 2)).astype(np.float32)
    out, moved = take(image, corners, box, size, bend, border, colour)
    if rng.random() < 0.05:
        out = frame(rng, out, moved)
    if rng.random() < 0.25:
        out = small(rng, out, 60.0 if box.left + box.right < 0.5 else 90.0)
    return light(rng, out, strong), moved
