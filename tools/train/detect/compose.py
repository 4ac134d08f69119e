"""Training pictures: a view into a marked photograph, drawn plates over the marked ones and elsewhere, clutter, the camera."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detect.camera import photographed
from detect.clutter import Clutter
from detect.geometry import Matrix, Quad, area, box, mapped, overlap, size_of, warp_matrix, width_of
from detect.plates import FlatPlate, Plates
from detect.scenes import Scene
from picture import Image

MOST = 12
"""Plates and unsure places of one picture."""

SMALLEST = 11.0
"""Plates smaller than that are neither right nor wrong."""

LARGEST_ENLARGEMENT = 2.5

SMALLEST_SHARE = 0.45
"""A photograph covers at least that share of the picture's width or height."""


@dataclass
class Mark:
    quad: Quad
    lines: int
    """1, 2; 0: not known."""
    corners: float
    """How much its corners count; 0: only its place is known."""
    sure: bool = True
    """False: neither right nor wrong."""


@dataclass
class Sample:
    image: Image
    marks: list[Mark]
    complete: bool
    """No plate is unmarked; elsewhere small ones may be."""


def tilt(rng: np.random.Generator) -> float:
    """Degrees: mostly little, one in seven up to 40."""
    what = rng.random()
    return float(rng.normal(0, 3) if what < 0.6 else rng.uniform(-15, 15) if what < 0.85 else rng.uniform(-40, 40))


def seen_plate(rng: np.random.Generator, centre: NDArray[np.float64], width: float, aspect: float, roll: float) -> Quad:
    """The corners of a plate of that width turned in space before a camera."""
    what = rng.random()
    yaw = rng.normal(0, 8) if what < 0.5 else rng.uniform(-35, 35) if what < 0.85 else rng.uniform(-60, 60)
    pitch = rng.normal(0, 8) if rng.random() < 0.7 else rng.uniform(-35, 35)
    plate = np.array([[-1, -1 / aspect], [1, -1 / aspect], [1, 1 / aspect], [-1, 1 / aspect]]) * (width / 2)
    points = np.concatenate([plate, np.zeros((4, 1))], 1)
    turns, _ = cv2.Rodrigues(np.deg2rad([pitch, 0.0, 0.0]))
    turn, _ = cv2.Rodrigues(np.deg2rad([0.0, yaw, 0.0]))
    points = points @ turns.T @ turn.T
    distance = width * rng.uniform(3, 15)
    points = points[:, :2] * (distance / (distance + points[:, 2:]))
    angle = np.deg2rad(roll)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (points @ rotation.T + centre).astype(np.float32)


def grown(quad: Quad, factor: float) -> Quad:
    return ((quad - quad.mean(0)) * factor + quad.mean(0)).astype(np.float32)


def framed(rng: np.random.Generator, plate: Image) -> tuple[Image, Quad]:
    """A holder around some plates; the plate's corners inside it."""
    height, width = plate.shape[:2]
    top = left = right = bottom = 0
    if rng.random() < 0.45:
        top, left, right = (int(v) for v in rng.integers(1, 10, 3))
        bottom = int(rng.integers(1, 20))
        shade = rng.uniform(5, 70) if rng.random() < 0.6 else rng.uniform(120, 240)
        colour = np.clip(shade + rng.normal(0, 8, 3), 0, 255).tolist()
        plate = cv2.copyMakeBorder(plate, top, bottom, left, right, cv2.BORDER_CONSTANT, value=colour).astype(np.uint8)
    return plate, box(left, top, left + width, top + height)


def lay(rng: np.random.Generator, picture: Image, flat: FlatPlate, quad: Quad, gain: float, blur: float) -> None:
    """Draws a flat plate so that its corners fall on the quad."""
    plate, inside = framed(rng, flat.image)
    width = width_of(quad)
    finer = int(np.clip(round(160 / max(width, 1)), 1, 4))
    if width * finer * 1.5 < plate.shape[1]:
        factor = width * finer * 1.5 / plate.shape[1]
        size = (max(round(plate.shape[1] * factor), 8), max(round(plate.shape[0] * factor), 4))
        inside = inside * (np.array(size) / plate.shape[1::-1]).astype(np.float32)
        plate = cv2.resize(plate, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    matrix = cv2.getPerspectiveTransform(inside, quad)
    outer = mapped(matrix, box(0, 0, plate.shape[1], plate.shape[0]))
    rows, columns = picture.shape[:2]
    low = np.clip(np.floor(outer.min(0)) - 2, 0, [columns, rows]).astype(int)
    high = np.clip(np.ceil(outer.max(0)) + 3, 0, [columns, rows]).astype(int)
    if (high <= low).any():
        return
    size = (int(high[0] - low[0]), int(high[1] - low[1]))
    into = np.diag([finer, finer, 1.0]) @ np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1.0]]) @ matrix
    large = (size[0] * finer, size[1] * finer)
    seen = cv2.warpPerspective(plate, warp_matrix(into), large, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    cover = np.full(plate.shape[:2], 255, np.uint8)
    alpha = cv2.warpPerspective(cover, warp_matrix(into), large, flags=cv2.INTER_LINEAR)
    seen = cv2.resize(seen, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    alpha = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    if blur > 0.3:
        seen, alpha = cv2.GaussianBlur(seen, (0, 0), blur), cv2.GaussianBlur(alpha, (0, 0), blur)
    part = picture[low[1] : high[1], low[0] : high[0]]
    light = np.full((*alpha.shape, 1), gain, np.float32)
    if rng.random() < 0.3:  # the edge of the bumper or of the boot throws a shadow
        edge = rng.uniform(0.05, 0.6)
        down = np.linspace(0, 1, size[1], dtype=np.float32)[:, None, None]
        light = light * (1 - rng.uniform(0.2, 0.6) / (1 + np.exp((down - edge) * rng.uniform(10, 60))))
    part[:] = np.clip(part + alpha[..., None] * (seen * light - part), 0, 255).astype(np.uint8)


def erase(picture: Image, quad: Quad) -> None:
    """Fills a place with what surrounds it, coarsely."""
    rows, columns = picture.shape[:2]
    span = quad.max(0) - quad.min(0)
    low = np.clip(quad.min(0) - 0.35 * span - 2, 0, [columns, rows]).astype(int)
    high = np.clip(quad.max(0) + 0.35 * span + 2, 0, [columns, rows]).astype(int)
    if (high - low < 4).any():
        return
    part = picture[low[1] : high[1], low[0] : high[0]]
    factor = min(1.0, 40.0 / part.shape[1])
    size = (max(round(part.shape[1] * factor), 4), max(round(part.shape[0] * factor), 4))
    mask = np.zeros(part.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.round(grown(quad, 1.12) - low).astype(np.int32), 255)
    coarse = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    hole = (cv2.resize(mask, size, interpolation=cv2.INTER_AREA) > 0).astype(np.uint8)
    if hole.all():
        return
    filled = cv2.resize(cv2.inpaint(coarse, hole, 3, cv2.INPAINT_TELEA), part.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    alpha = cv2.GaussianBlur(mask, (0, 0), 1.0).astype(np.float32)[..., None] / 255.0
    part[:] = (part + alpha * (filled.astype(np.float32) - part)).astype(np.uint8)


def visible(quad: Quad, rows: int, columns: int) -> float:
    """The share of a quad that is inside the picture."""
    hull = cv2.convexHull(quad.astype(np.float32))[:, 0]
    inside, _ = cv2.intersectConvexConvex(hull, box(0, 0, columns, rows))
    return float(inside / max(area(hull), 1e-6))


class Composer:
    def __init__(self, scenes: list[Scene], shares: dict[str, float], plates: Plates, clutter: Clutter) -> None:
        self._scenes = {source: [s for s in scenes if s.source == source] for source in shares}
        self._sources = [source for source in shares if self._scenes[source]]
        weights = np.array([shares[source] for source in self._sources])
        self._weights = weights / weights.sum()
        self._plates = plates
        self._clutter = clutter

    def sample(self, rng: np.random.Generator, size: tuple[int, int]) -> Sample:
        """`size`: columns, rows."""
        of_source = self._scenes[self._sources[rng.choice(len(self._sources), p=self._weights)]]
        scene = of_source[rng.integers(len(of_source))]
        image, quads, unmarked = scene.image, scene.quads, scene.unmarked
        cover = rng.random(len(quads)) < (0.5 if scene.source == "ccpd" else 0.65)
        if rng.random() < (0.5 if cover.all() else 0.15):
            image, quads, unmarked = mirrored(image, quads), mirrored_quads(image, quads), mirrored_quads(image, unmarked)
        view, scale, roll = self._view(rng, image, quads, size)
        reflect = rng.random() < 0.75
        border = cv2.BORDER_REFLECT_101 if reflect else cv2.BORDER_CONSTANT
        shade = rng.uniform(0, 255) if rng.random() < 0.5 else rng.choice((0.0, 127.0))
        picture = taken(image, view, scale, size, border, tuple(shade + rng.normal(0, 6, 3)))
        unsure = [*reflections(quads, image.shape[:2])] if reflect else []
        unsure = [mapped(view, quad) for quad in (*unsure, *unmarked)]

        trust = 1.0 if scene.exact else 0.25 if scene.source == "dashcam" else 0.0  # its plates are nearly upright
        marks = [Mark(mapped(view, quad), 1 if scene.source == "ccpd" else 0, trust) for quad in quads]
        original = picture
        picture = self._clutter.add(rng, picture)
        for mark, covered in zip(marks, cover, strict=True):
            if not covered:
                restore(picture, original, grown(mark.quad, 1.25))
        blur = 0.35 * scale if scale > 1 else 0.0
        for index, covered in enumerate(cover):
            if covered:
                marks[index] = self._cover(rng, picture, marks[index].quad, scene.exact, roll, blur)
        taken_places = [mark.quad for mark in marks] + unsure
        for _ in range(int(rng.choice(4, p=(0.45, 0.3, 0.15, 0.1)))):
            extra = self._extra(rng, picture, taken_places)
            if extra is not None:
                marks.append(extra)
                taken_places.append(extra.quad)
        marks += [Mark(quad, 0, 0.0, sure=False) for quad in unsure]
        return Sample(photographed(rng, picture), self._usable(marks, size), scene.source == "ccpd")

    @staticmethod
    def _usable(marks: list[Mark], size: tuple[int, int]) -> list[Mark]:
        columns, rows = size
        kept = []
        for mark in marks:
            share = visible(mark.quad, rows, columns)
            if share <= 0.02 or not np.isfinite(mark.quad).all():
                continue
            if share < 0.9 or size_of(mark.quad) < SMALLEST:
                mark.sure = False
            kept.append(mark)
        return sorted(kept, key=lambda mark: -area(mark.quad))[:MOST]

    @staticmethod
    def _view(rng: np.random.Generator, image: Image, quads: Quad, size: tuple[int, int]) -> tuple[Matrix, float, float]:
        """The map from photograph to picture, its scale, its turn in degrees."""
        columns, rows = size
        roll = tilt(rng)
        if len(quads) and rng.random() < 0.9:
            quad = quads[rng.integers(len(quads))]
            wanted = float(np.exp(rng.uniform(np.log(14), np.log(0.95 * columns))))
            least = SMALLEST_SHARE * max(columns / image.shape[1], rows / image.shape[0])
            scale = float(np.clip(wanted / max(size_of(quad), 4.0), least, LARGEST_ENLARGEMENT))
            centre = quad.mean(0).astype(float)
            reach = np.clip(0.5 - 0.5 * size_of(quad) * scale / np.array([columns, 2.0 * rows]), 0.05, 0.5)
            target = np.array([columns, rows]) * (0.5 + rng.uniform(-1, 1, 2) * reach)
        else:
            scale = float(np.exp(rng.uniform(np.log(0.4), np.log(1.6)))) * columns / image.shape[1]
            centre = rng.random(2) * image.shape[1::-1]
            target = np.array([columns, rows]) / 2
        angle, squeeze, shear = np.deg2rad(roll), np.exp(rng.normal(0, 0.07)), rng.normal(0, 0.05)
        turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
        stretch = np.array([[scale * squeeze, shear * scale, 0], [0, scale / squeeze, 0], [0, 0, 1]])
        lean = np.eye(3)
        lean[2, :2] = rng.normal(0, 0.1, 2) / max(columns, rows)
        to_origin, back = np.eye(3), np.eye(3)
        to_origin[:2, 2], back[:2, 2] = -centre, target
        return back @ lean @ turn @ stretch @ to_origin, scale, roll

    def _cover(self, rng: np.random.Generator, picture: Image, quad: Quad, exact: bool, roll: float, blur: float) -> Mark:
        flat = self._plates.draw(rng)
        aspect = flat.image.shape[1] / flat.image.shape[0]
        gain = brightness(rng, picture, quad)
        if visible(quad, *picture.shape[:2]) > 0.02:
            erase(picture, quad)
        if exact and flat.lines == 1 and rng.random() < 0.8:
            quad = grown(quad, rng.uniform(0.95, 1.15))
        else:
            width = max(width_of(quad), float(np.linalg.norm(quad[3] - quad[0])) * aspect * 0.8)
            own = rng.normal(0, 2) if rng.random() < 0.8 else tilt(rng)
            quad = seen_plate(rng, quad.mean(0), width * rng.uniform(0.8, 1.3), aspect * rng.uniform(0.92, 1.08), roll + own)
        lay(rng, picture, flat, quad, gain, blur * rng.uniform(0.3, 1.0))
        return Mark(quad, flat.lines, 1.0)

    def _extra(self, rng: np.random.Generator, picture: Image, places: list[Quad]) -> Mark | None:
        rows, columns = picture.shape[:2]
        flat = self._plates.draw(rng)
        aspect = flat.image.shape[1] / flat.image.shape[0]
        width = float(np.exp(rng.uniform(np.log(13), np.log(0.7 * columns))))
        for _ in range(8):
            centre = rng.uniform(0, 1, 2) * (columns, rows)
            quad = seen_plate(rng, centre, width, aspect * rng.uniform(0.92, 1.08), tilt(rng))
            if visible(quad, rows, columns) > 0.9 and all(overlap(grown(quad, 1.25), grown(q, 1.25)) == 0.0 for q in places):
                lay(rng, picture, flat, quad, brightness(rng, picture, quad), float(rng.choice((0.0, 0.5, 0.9))))
                return Mark(quad, flat.lines, 1.0)
        return None


def brightness(rng: np.random.Generator, picture: Image, quad: Quad) -> float:
    """How bright a drawn plate should be to fit the place it covers."""
    rows, columns = picture.shape[:2]
    low = np.clip(quad.min(0), 0, [columns - 2, rows - 2]).astype(int)
    high = np.maximum(np.clip(quad.max(0), 0, [columns, rows]).astype(int), low + 1)
    part = picture[low[1] : high[1], low[0] : high[0]].max(2)
    level = float(np.clip(np.percentile(part, 90) / 210.0, 0.15, 1.2))
    return float(level ** rng.uniform(0.4, 1.0) * rng.uniform(0.8, 1.15))


def mirrored(image: Image, _: Quad) -> Image:
    return np.ascontiguousarray(image[:, ::-1])


def mirrored_quads(image: Image, quads: Quad) -> Quad:
    """Corners keep their order: the one that is now at the top left comes first."""
    turned = quads.copy()
    turned[..., 0] = image.shape[1] - turned[..., 0]
    return turned[..., [1, 0, 3, 2], :]


def reflections(quads: Quad, size: tuple[int, int]) -> list[Quad]:
    """Where a mirrored border shows the plates again."""
    rows, columns = size
    copies = []
    for quad in quads:
        for x in (0, -1, columns):
            for y in (0, -1, rows):
                if (x, y) == (0, 0):
                    continue
                copy = quad.copy()
                if x:
                    copy[:, 0] = (0 if x < 0 else 2 * columns) - copy[:, 0]
                if y:
                    copy[:, 1] = (0 if y < 0 else 2 * rows) - copy[:, 1]
                copies.append(copy)
    return copies


def restore(picture: Image, original: Image, quad: Quad) -> None:
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.round(quad).astype(np.int32), 1)
    picture[mask > 0] = original[mask > 0]


def taken(image: Image, view: Matrix, scale: float, size: tuple[int, int], border: int, colour: tuple[float, ...]) -> Image:
    """The photograph through the view, reduced by areas first where it shrinks."""
    if scale < 0.75:
        small = (max(round(image.shape[1] * scale * 1.2), 8), max(round(image.shape[0] * scale * 1.2), 8))
        factor = np.array(small) / image.shape[1::-1]
        image = cv2.resize(image, small, interpolation=cv2.INTER_AREA).astype(np.uint8)
        view = view @ np.diag([1 / factor[0], 1 / factor[1], 1.0])
    return cv2.warpPerspective(image, warp_matrix(view), size, flags=cv2.INTER_LINEAR, borderMode=border, borderValue=colour).astype(np.uint8)
