"""Makes a flat plate look photographed and cut out by a detector."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from picture import Image, pictures_in, read_image

Points = NDArray[np.float32]


@dataclass(frozen=True)
class Photograph:
    image: Image
    corners: Points
    """The plate's corners in pixels, [4, 2]: top left, top right, bottom right, bottom left."""


class Photographer:
    """`backgrounds` is a folder of pictures to stand behind the plates; None: plain colours only.

    `worst` is how bad a picture may become, from 0 to 1: at 1 a few plates in a hundred cannot be read by a person.
    """

    _plate_share = 1.0
    """The plate's share of the picture's height; blur is measured by the plate."""

    def __init__(self, backgrounds: Path | None, worst: float = 1.0) -> None:
        self._worst = worst
        files = [] if backgrounds is None else pictures_in(backgrounds)
        self._backgrounds = [read_image(path) for path in files]

    def take(self, rng: np.random.Generator, plate: Image) -> Photograph:
        plate = self._dirt(rng, plate)
        plate, inside = self._frame(rng, plate)
        size, matrix = self._view(rng, plate, inside)
        scene = self._background(rng, size)
        cover = np.full(plate.shape[:2], 255, np.uint8)
        finer = 2 if size[0] < 200 else 1  # sampled finer than the picture, then averaged: no jagged edges
        enlarge = np.diag([finer, finer, 1.0]) @ matrix
        large = (size[0] * finer, size[1] * finer)
        seen = cv2.warpPerspective(plate, enlarge, large, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        alpha = cv2.warpPerspective(cover, enlarge, large, flags=cv2.INTER_LINEAR)
        seen = cv2.resize(seen, size, interpolation=cv2.INTER_AREA)
        alpha = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)[..., None].astype(np.float32) / 255.0
        picture = scene + alpha * (seen.astype(np.float32) - scene)
        hard = self._worst * float(rng.random()) ** 2  # most photographs are good, few are bad in every way
        picture = self._expose(rng, self._light(rng, picture), hard)
        picture = self._blur(rng, picture, hard)
        picture = self._record(rng, picture, hard)
        corners = cv2.perspectiveTransform(inside[None], matrix)[0].astype(np.float32)
        return Photograph(picture, corners)

    def _dirt(self, rng: np.random.Generator, plate: Image) -> Image:
        if rng.random() > 0.3:
            return plate
        height, width = plate.shape[:2]
        cells = (int(rng.integers(3, 20)), int(rng.integers(6, 50)))
        spots = cv2.resize(rng.random(cells, np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        cover = np.clip((spots - rng.uniform(0.55, 0.9)) * 3, 0, rng.uniform(0.1, 0.6))[..., None]
        mud = np.array([rng.uniform(40, 130), rng.uniform(50, 140), rng.uniform(60, 150)], np.float32)
        return (plate + cover * (mud - plate)).astype(np.uint8)

    def _frame(self, rng: np.random.Generator, plate: Image) -> tuple[Image, Points]:
        """A holder around some plates; returns the corners of the plate inside it."""
        height, width = plate.shape[:2]
        top = left = bottom = right = 0
        if rng.random() < 0.4:
            top, left, right = (int(v) for v in rng.integers(1, 7, 3))
            bottom = int(rng.integers(1, 16))
            shade = rng.uniform(10, 60) if rng.random() < 0.6 else rng.uniform(120, 230)
            colour = np.clip(shade + rng.normal(0, 10, 3), 0, 255).tolist()
            plate = cv2.copyMakeBorder(plate, top, bottom, left, right, cv2.BORDER_CONSTANT, value=colour).astype(np.uint8)
            if bottom > 8 and rng.random() < 0.6:
                words = "".join(chr(65 + int(c)) for c in rng.integers(0, 26, int(rng.integers(4, 12))))
                ink = (255.0 - shade,) * 3
                at = (left + int(rng.uniform(0.1, 0.6) * width), height + top + bottom - 3)
                cv2.putText(plate, words, at, cv2.FONT_HERSHEY_SIMPLEX, 0.3, ink, 1, cv2.LINE_AA)
        inside = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) + np.array([left, top], np.float32)
        return plate, inside

    def _view(self, rng: np.random.Generator, plate: Image, inside: Points) -> tuple[tuple[int, int], NDArray[np.float64]]:
        """Where the camera stood and how the detector cut: size of the picture and the map from plate to it."""
        target = self._stand(rng, plate, inside)
        low, high = target.min(0), target.max(0)
        span = high - low
        loose = rng.random() < 0.25
        spread = (0.02, 0.16) if loose else (-0.025, 0.06)
        low = low - span * rng.uniform(*spread, 2)
        high = high + span * rng.uniform(*spread, 2)
        columns = float(np.exp(rng.uniform(np.log(80), np.log(330))))
        rows = (high[1] - low[1]) * columns / (high[0] - low[0]) * rng.uniform(0.85, 1.15)
        size = (round(columns), max(round(rows), 16))
        target = ((target - low) / (high - low) * size).astype(np.float32)
        return size, cv2.getPerspectiveTransform(inside, target)

    def _stand(self, rng: np.random.Generator, plate: Image, inside: Points) -> Points:
        """Where the plate's corners come to be for a camera that stands somewhere."""
        height, width = plate.shape[:2]
        strong = rng.random() < 0.4 * self._worst
        angle = np.deg2rad(rng.uniform(-22, 22) if strong else rng.normal(0, 4))
        lean = rng.uniform(-0.45, 0.45) if strong else rng.normal(0, 0.1)
        squeeze = rng.uniform(0.55, 1.0) if strong else rng.uniform(0.75, 1.05)
        outer = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        centred = (outer - [width / 2, height / 2]) * [squeeze, 1.0]
        centred[:, 0] += lean * centred[:, 1]
        if strong and rng.random() < 0.5:  # seen from the side: the plate's ends stay upright
            turned = centred + np.stack([np.zeros(4), np.tan(angle) * centred[:, 0]], 1)
        else:
            turned = centred @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        depth = rng.normal(0, 0.06 if strong else 0.02, 2).clip(-0.15, 0.15)
        nearer = 1.0 + depth[0] * turned[:, :1] / (width / 2) + depth[1] * turned[:, 1:] / (height / 2)
        target = (turned * nearer).astype(np.float32)
        return cv2.perspectiveTransform(inside[None], cv2.getPerspectiveTransform(outer, target))[0].astype(np.float32)

    def _background(self, rng: np.random.Generator, size: tuple[int, int]) -> NDArray[np.float32]:
        width, height = size
        if self._backgrounds and rng.random() < 0.5:
            picture = self._backgrounds[rng.integers(len(self._backgrounds))]
            rows, columns = picture.shape[:2]
            y, x = int(rng.integers(rows // 2)), int(rng.integers(columns // 2))
            part = picture[y : y + rows // 2 + 2, x : x + columns // 2 + 2]
            return cv2.resize(part, size).astype(np.float32) * rng.uniform(0.4, 1.3)
        shade = rng.uniform(0, 255) if rng.random() < 0.7 else rng.uniform(0, 40)
        colour = np.clip(shade + rng.normal(0, 40 if rng.random() < 0.3 else 8, 3), 0, 255)
        scene = np.empty((height, width, 3), np.float32)
        scene[:] = colour
        for _ in range(int(rng.integers(0, 4))):  # edges of bumper, boot and grille
            ends = rng.uniform(-0.2, 1.2, (2, 2)) * size
            shift = float(rng.uniform(-80, 80))
            line = tuple(float(v) for v in np.clip(colour + shift, 0, 255))
            thickness = int(rng.integers(1, max(height // 3, 2)))
            cv2.line(scene, tuple(ends[0].astype(int).tolist()), tuple(ends[1].astype(int).tolist()), line, thickness, cv2.LINE_AA)
        return cv2.GaussianBlur(scene, (0, 0), rng.uniform(0.5, 3.0)).astype(np.float32)

    def _light(self, rng: np.random.Generator, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        height, width = picture.shape[:2]
        x = np.linspace(-1, 1, width, dtype=np.float32)[None, :, None]
        y = np.linspace(-1, 1, height, dtype=np.float32)[:, None, None]
        if rng.random() < 0.5:
            slope = rng.normal(0, 0.2, 2)
            picture = picture * np.clip(1 + slope[0] * x + slope[1] * y, 0.2, 2.0)
        if rng.random() < 0.2:  # a shadow with a straight edge
            direction = rng.uniform(0, 2 * np.pi)
            distance = np.cos(direction) * x + np.sin(direction) * y - rng.uniform(-0.7, 0.7)
            picture = picture * (1 - rng.uniform(0.3, 0.75) / (1 + np.exp(-distance * rng.uniform(8, 60))))
        if rng.random() < 0.15:  # glare
            spot = ((x - rng.uniform(-1, 1)) / rng.uniform(0.1, 0.7)) ** 2 + ((y - rng.uniform(-1, 1)) / rng.uniform(0.2, 1.2)) ** 2
            picture = picture + rng.uniform(40, 180) * np.exp(-spot)
        return picture.astype(np.float32)

    def _expose(self, rng: np.random.Generator, picture: NDArray[np.float32], hard: float) -> NDArray[np.float32]:
        what = rng.random()
        cast = rng.normal(1.0, 0.08, 3) if rng.random() < 0.6 else rng.uniform(0.55, 1.25, 3)
        if what < 0.2:  # night
            gain, lift = np.exp(rng.uniform(np.log(0.45 - 0.35 * hard), np.log(0.6))), rng.uniform(0, 12)
        elif what < 0.32:  # too bright
            gain, lift = rng.uniform(1.1, 1.4 + 0.8 * hard), rng.uniform(0, 60 * hard)
        elif what < 0.45:  # haze
            gain, lift = rng.uniform(0.6 - 0.3 * hard, 0.8), rng.uniform(30, 110)
        else:
            gain, lift = rng.uniform(0.6, 1.25), rng.uniform(-10, 25)
        picture = picture * (gain * cast).astype(np.float32) + np.float32(lift)
        if rng.random() < 0.3:  # poor colours
            grey = picture.mean(2, keepdims=True)
            picture = grey + (picture - grey) * np.float32(rng.uniform(0.2, 1.5))
        return np.clip(picture, 0, 255).astype(np.float32)

    def _blur(self, rng: np.random.Generator, picture: NDArray[np.float32], hard: float) -> NDArray[np.float32]:
        height, width = picture.shape[0] * self._plate_share, picture.shape[1] * self._plate_share
        what = rng.random()
        if what < 0.35:
            picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 0.35 + height * (0.008 + 0.018 * hard)))
        elif what < 0.55:
            length = 2 * round(rng.uniform(0.0, height * (0.025 + 0.05 * hard))) + 1
            kernel = np.zeros((length, length), np.float32)
            centre, angle = length // 2, rng.uniform(0, np.pi)
            reach = np.array([np.cos(angle), np.sin(angle)]) * centre
            start = tuple(np.round(centre - reach).astype(int).tolist())
            end = tuple(np.round(centre + reach).astype(int).tolist())
            cv2.line(kernel, start, end, 1.0)
            picture = cv2.filter2D(picture, -1, kernel / kernel.sum())
        if rng.random() < 0.15:  # far away
            rows = int(rng.integers(round(20 - 6 * hard), 28))
            rows = max(round(rows / self._plate_share), 20)
            size = (picture.shape[1], picture.shape[0])
            small = cv2.resize(picture, (max(round(size[0] * rows / size[1]), 40), rows), interpolation=cv2.INTER_AREA)
            picture = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
        return picture.astype(np.float32)

    def _record(self, rng: np.random.Generator, picture: NDArray[np.float32], hard: float) -> Image:
        if rng.random() < 0.5:
            noise = rng.standard_normal(picture.shape, np.float32)
            picture = picture + noise * np.float32(rng.uniform(0.0, 4.0 + 10.0 * hard))
        recorded = np.clip(picture, 0, 255).astype(np.uint8)
        if rng.random() < 0.7:
            _, data = cv2.imencode(".jpg", recorded, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(round(65 - 40 * hard), 96))])
            recorded = cv2.imdecode(data, cv2.IMREAD_COLOR).astype(np.uint8)
        return recorded
