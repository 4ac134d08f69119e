"""Pictures to look at: training samples and what was found in photographs."""

from collections.abc import Iterable

import cv2
import numpy as np

from detect.compose import Mark
from detect.decode import Plate
from detect.geometry import Quad
from picture import Image

GREEN, YELLOW, BLUE, RED, PINK = (0, 255, 0), (0, 255, 255), (255, 120, 0), (0, 0, 255), (255, 0, 255)
FINE = 3


def outline(picture: Image, quad: Quad, colour: tuple[int, int, int], thickness: int = 1) -> None:
    points = np.round((quad - 0.5) * 2**FINE).astype(np.int32)
    cv2.polylines(picture, [points], True, colour, thickness, cv2.LINE_AA, FINE)
    cv2.circle(picture, tuple(int(v) for v in np.clip(quad[0], -1e4, 1e4)), 2, PINK, -1)


def with_marks(picture: Image, marks: Iterable[Mark]) -> Image:
    """One line green, two lines yellow, not known blue, neither right nor wrong red."""
    shown = picture.copy()
    for mark in marks:
        outline(shown, mark.quad, RED if not mark.sure else {1: GREEN, 2: YELLOW}.get(mark.lines, BLUE))
    return shown


def with_plates(picture: Image, marked: Iterable[Quad], found: Iterable[Plate]) -> Image:
    """Marked plates blue; found ones green or, of two lines, yellow, with their confidence."""
    shown = picture.copy()
    for quad in marked:
        outline(shown, quad, BLUE, 2)
    for plate in found:
        outline(shown, plate.quad, GREEN if plate.lines == 1 else YELLOW)
        at = (int(plate.quad[:, 0].min()), int(plate.quad[:, 1].min()) - 4)
        cv2.putText(shown, f"{plate.confidence:.2f}", at, cv2.FONT_HERSHEY_SIMPLEX, 0.4, RED, 1, cv2.LINE_AA)
    return shown


def sheet(pictures: list[Image], columns: int) -> Image:
    """All in one, in rows; every picture is fitted into the first one's size."""
    height, width = pictures[0].shape[:2]
    cells = []
    for picture in pictures:
        factor = min(width / picture.shape[1], height / picture.shape[0])
        small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)[:height, :width]
        cell = np.zeros((height, width, 3), np.uint8)
        cell[: small.shape[0], : small.shape[1]] = small
        cells.append(cell)
    cells += [np.zeros((height, width, 3), np.uint8)] * (-len(cells) % columns)
    return np.vstack([np.hstack(cells[i : i + columns]) for i in range(0, len(cells), columns)]).astype(np.uint8)
