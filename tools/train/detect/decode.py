"""From the network's output to plates: peaks of the heat, corners, non-maximum suppression on quadrilaterals.

The program's own decoding follows this one step by step.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detect.geometry import Matrix, Quad, mapped, overlap
from detect.network import HEADS, REACH, cells
from picture import Image

MEAN, SCALE = 127.5, 1.0 / 127.5
BORDER = 127
"""The grey around a picture."""

COLUMNS, ROWS = 640, 384
LEAST, SAME = 0.3, 0.25
"""Least confidence; plates that overlap more than `SAME` are one."""


@dataclass(frozen=True)
class Plate:
    quad: Quad
    confidence: float
    lines: int


def chance(logit: NDArray[np.float32]) -> NDArray[np.float32]:
    return (1.0 / (1.0 + np.exp(-logit.astype(np.float64)))).astype(np.float32)


def peaks(output: NDArray[np.float32], rows: int, columns: int, least: float) -> list[Plate]:
    """Every cell of [10, cells] that is not colder than its eight neighbours, and warm enough."""
    found, begin = [], 0
    for head, (high, wide) in zip(HEADS, cells(rows, columns), strict=True):
        part = output[:, begin : begin + high * wide].reshape(-1, high, wide)
        begin += high * wide
        heat = part[0]
        highest = cv2.dilate(heat, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=-1e9)
        for row, column in zip(*np.nonzero((heat >= highest) & (chance(heat) >= least)), strict=True):
            offsets = part[2:10, row, column].reshape(4, 2) * (REACH * head.stride)
            centre = np.array([column + 0.5, row + 0.5], np.float32) * head.stride
            found.append(Plate((centre + offsets).astype(np.float32), float(chance(heat[row, column])), 2 if part[1, row, column] > 0 else 1))
    return found


def one_each(plates: list[Plate], same: float = SAME) -> list[Plate]:
    """The most confident of plates that overlap."""
    kept: list[Plate] = []
    for plate in sorted(plates, key=lambda p: -p.confidence):
        if all(overlap(plate.quad, other.quad) <= same for other in kept):
            kept.append(plate)
    return kept


def decode(output: NDArray[np.float32], rows: int, columns: int, least: float = LEAST, same: float = SAME) -> list[Plate]:
    return one_each(peaks(output, rows, columns, least), same)


def letterboxed(image: Image, columns: int = COLUMNS, rows: int = ROWS) -> tuple[Image, Matrix]:
    """The picture in the middle of the input, grey around it, and the map from picture to input."""
    scale = min(columns / image.shape[1], rows / image.shape[0])
    size = (max(round(image.shape[1] * scale), 1), max(round(image.shape[0] * scale), 1))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    canvas = np.full((rows, columns, 3), BORDER, np.uint8)
    left, top = (columns - size[0]) // 2, (rows - size[1]) // 2
    canvas[top : top + size[1], left : left + size[0]] = small
    matrix = np.array([[size[0] / image.shape[1], 0, left], [0, size[1] / image.shape[0], top], [0, 0, 1]])
    return canvas, matrix


def moved(plates: list[Plate], matrix: Matrix) -> list[Plate]:
    return [Plate(mapped(matrix, plate.quad), plate.confidence, plate.lines) for plate in plates]
