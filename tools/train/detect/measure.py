"""Found, missed and false plates, and how far their corners are off."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import torch
from torch import Tensor

from detect.decode import BORDER, COLUMNS, MEAN, ROWS, SCALE, Plate, decode, letterboxed, moved, one_each
from detect.geometry import Quad, box, overlap, size_of, warp_matrix, width_of
from detect.network import Detector
from picture import Image

SECOND = (192, 128)
"""Columns and rows of the second look's cut-out."""

SECOND_SIZES = (106.0, 123.0)
"""How large the plate is in it, a look for each."""

LARGEST_ZOOM = 5.6
FIRST_LEAST = 0.2
"""Least confidence of what is worth a second look."""

SECOND_LEAST, SECOND_SAME = 0.1, 0.3
"""Least confidence of what is found in it, and least overlap with the plate looked at."""

FOUND = 0.5
"""Intersection over union with a marked plate, from which a plate counts as found."""


def as_input(image: Image) -> Tensor:
    return (torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1))).float() - MEAN) * SCALE


@torch.no_grad()
def look(network: Detector, image: Image, least: float, columns: int = COLUMNS, rows: int = ROWS) -> list[Plate]:
    """Plates of a photograph, in its pixels."""
    small, matrix = letterboxed(image, columns, rows)
    output = network(as_input(small)[None])[0].float().numpy()
    return moved(decode(output, rows, columns, least), np.linalg.inv(matrix))


@torch.no_grad()
def look_again(network: Detector, image: Image, plate: Plate, least: float = SECOND_LEAST) -> Plate:
    """The same network on cut-outs around a plate, whose corners are the mean of what they show; the plate itself where that is nothing.

    The confidence is the mean of the first look's and of these looks' mean: it tells plates from what looks like one far better than
    the first alone.
    """
    quad, lines, seen = plate.quad, plate.lines, []
    for size in SECOND_SIZES:
        best = closer(network, image, quad, size, least)
        if best is None:
            continue
        lines = lines if seen else best.lines
        seen.append(best.confidence)
        quad = best.quad if len(seen) == 1 else quad + (best.quad - quad) / len(seen)
    return Plate(quad, (plate.confidence + sum(seen) / len(SECOND_SIZES)) / 2, lines)


def closer(network: Detector, image: Image, quad: Quad, size: float, least: float) -> Plate | None:
    """What a cut-out shows that may be the plate in its middle."""
    columns, rows = SECOND
    scale = min(size / max(size_of(quad), 1.0), LARGEST_ZOOM)
    centre = quad.mean(0).astype(float)
    matrix = np.array([[scale, 0, columns / 2 - scale * centre[0]], [0, scale, rows / 2 - scale * centre[1]], [0, 0, 1]])
    source, view = image, matrix
    if scale < 0.75:  # reduced by areas first
        low = np.clip(centre - np.array([columns, rows]) / scale, 0, image.shape[1::-1]).astype(int)
        high = np.clip(centre + np.array([columns, rows]) / scale + 1, 0, image.shape[1::-1]).astype(int)
        part = image[low[1] : high[1], low[0] : high[0]]
        small = (max(round(part.shape[1] * scale), 1), max(round(part.shape[0] * scale), 1))
        source = cv2.resize(part, small, interpolation=cv2.INTER_AREA).astype(np.uint8)
        back = np.array([[part.shape[1] / small[0], 0, low[0]], [0, part.shape[0] / small[1], low[1]], [0, 0, 1]])
        view = matrix @ back
    cut = cv2.warpPerspective(source, warp_matrix(view), (columns, rows), flags=cv2.INTER_LINEAR, borderValue=(BORDER,) * 3)
    output = network(as_input(cut.astype(np.uint8))[None])[0].float().numpy()
    inverse = np.linalg.inv(matrix)
    best, score = None, 0.0
    for other in moved(decode(output, rows, columns, least), inverse):
        shared = overlap(other.quad, quad)
        if shared > SECOND_SAME and shared * other.confidence > score:
            best, score = other, shared * other.confidence
    return best


def corner_error(found: Quad, marked: Quad) -> float:
    """The worst corner's distance, relative to the marked plate's width."""
    return float(np.linalg.norm(found - marked, axis=1).max() / max(width_of(marked), 1.0))


@dataclass
class Tally:
    """Of pictures with marked plates."""

    pictures: int = 0
    errors: list[float] = field(default_factory=list)
    """Of every marked plate: the corner error, infinite where it is missed."""
    overlaps: list[float] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)
    false: list[tuple[str, Plate]] = field(default_factory=list)
    missed: list[tuple[str, Quad]] = field(default_factory=list)
    right_lines: list[bool] = field(default_factory=list)
    boxes: bool = False
    """The marks are upright boxes: the found quads are compared by their own boxes."""

    def add(
        self, name: str, marked: Quad, found: Sequence[Plate], scale: float = 1.0, lines: Sequence[int] = (), unsure: Sequence[Quad] = ()
    ) -> None:
        """`scale`: how much smaller the picture was for the network; sizes are counted there."""
        self.pictures += 1
        left = list(found)
        for index, quad in enumerate(marked):
            shared = [overlap(self._seen(p), quad) for p in left]
            best = int(np.argmax(shared)) if left else -1
            self.sizes.append(width_of(quad) * scale)
            if best < 0 or shared[best] < FOUND:
                self.errors.append(float("inf"))
                self.overlaps.append(0.0)
                self.missed.append((name, quad))
                continue
            plate = left.pop(best)
            self.errors.append(corner_error(self._seen(plate), quad))
            self.overlaps.append(shared[best])
            if len(lines) and lines[index] > 0:
                self.right_lines.append(plate.lines == lines[index])
        self.false += [(name, plate) for plate in left if all(overlap(self._seen(plate), quad) < 0.1 for quad in unsure)]

    def _seen(self, plate: Plate) -> Quad:
        return box(*plate.quad.min(0), *plate.quad.max(0)) if self.boxes else plate.quad

    def share(self, within: float) -> float:
        """Of the marked plates, those with every corner that close."""
        return float(np.mean(np.array(self.errors) <= within)) if self.errors else 0.0

    @property
    def found(self) -> int:
        return int(np.isfinite(self.errors).sum())

    def line(self) -> str:
        total = len(self.errors)
        text = f"found {self.found}/{total} ({100 * self.found / max(total, 1):.1f} %), false {len(self.false)} in {self.pictures}"
        if not self.boxes:
            text += f", corners within 12 %: {100 * self.share(0.12):.1f} %, 8 %: {100 * self.share(0.08):.1f} %, 5 %: {100 * self.share(0.05):.1f} %"
        if self.right_lines:
            text += f", lines {100 * np.mean(self.right_lines):.1f} %"
        return text

    def by_size(self, edges: Sequence[float] = (0, 24, 48, 96, 180, 10000)) -> list[str]:
        sizes, errors = np.array(self.sizes), np.array(self.errors)
        rows = []
        for low, high in zip(edges[:-1], edges[1:], strict=True):
            mine = errors[(sizes >= low) & (sizes < high)]
            if len(mine):
                rows.append(
                    f"  {low:>4.0f}-{high:<5.0f} px: {np.isfinite(mine).sum():>4}/{len(mine):<4} found, "
                    f"12 %: {100 * np.mean(mine <= 0.12):5.1f}, 8 %: {100 * np.mean(mine <= 0.08):5.1f}"
                )
        return rows


Finder = Callable[[Image], list[Plate]]


def finder(network: Detector, least: float, second: bool, columns: int = COLUMNS, rows: int = ROWS) -> Finder:
    def find(image: Image) -> list[Plate]:
        if not second:
            return look(network, image, least, columns, rows)
        candidates = look(network, image, min(least, FIRST_LEAST), columns, rows)
        both = [look_again(network, image, plate) for plate in candidates]
        return one_each([plate for plate in both if plate.confidence >= least])

    return find


def reduction(image: Image, columns: int = COLUMNS, rows: int = ROWS) -> float:
    return min(columns / image.shape[1], rows / image.shape[0])
