"""Photographs with marked plates: `FOLDER/cars.tsv` and so on, and which of them are held out."""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from detect.geometry import Quad, box
from picture import Image, read_image

TRAINING = ("cars", "dashcam", "ccpd")

LAST_DRIVE = (range(364, 429), range(515, 534))
"""Frames of `dashcam` of one of its four drives (a night; the day is the only one, and is learnt from)."""


@dataclass
class Scene:
    name: str
    source: str
    image: Image
    quads: Quad
    """[n, 4, 2] in pixels."""
    exact: bool
    """The corners are marked; otherwise they are those of an upright box."""
    held_out: bool = False
    unmarked: Quad = field(default_factory=lambda: np.zeros((0, 4, 2), np.float32))
    """What may be a plate that nobody marked: neither right nor wrong."""


def marks(table: Path) -> dict[str, list[Quad]]:
    """`file x0 y0 x1 y1`, or `file kind text x,y;x,y;x,y;x,y`."""
    found: dict[str, list[Quad]] = {}
    for line in table.read_text(encoding="utf-8").splitlines():
        columns = line.split("\t")
        if len(columns) == 5:
            quad = box(*(float(v) for v in columns[1:]))
        else:
            quad = np.array([[float(v) for v in corner.split(",")] for corner in columns[3].split(";")], np.float32)
        found.setdefault(columns[0], []).append(quad)
    return found


def unmarked(source: str) -> dict[str, list[Quad]]:
    """Of `unmarked.tsv`: what was seen in these photographs, and nobody marked."""
    found: dict[str, list[Quad]] = {}
    for line in (Path(__file__).parent / "unmarked.tsv").read_text(encoding="utf-8").splitlines():
        of_source, name, *corners = line.split("\t")
        if of_source == source:
            found.setdefault(name, []).append(box(*(float(v) for v in corners)))
    return found


def thumbprint(image: Image) -> np.ndarray:
    """A coarse grey picture, normalised: two pictures of one scene are close."""
    small = cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (12, 12), interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
    small -= small.mean()
    return small / max(float(np.linalg.norm(small)), 1e-6)


def hold_out(scenes: list[Scene]) -> None:
    """About a fifth of one source; whatever looks alike goes to the same side.

    Of `dashcam` it is one drive. Other pictures are joined into groups by their thumbprints, and the hash of a group's
    first name decides its side.
    """
    prints = np.stack([thumbprint(scene.image) for scene in scenes])
    alike = prints @ prints.T > 0.97
    group = np.arange(len(scenes))
    for i in range(len(scenes)):
        for j in np.nonzero(alike[i, :i])[0]:
            group[group == group[i]] = group[j]
    for index, scene in enumerate(scenes):
        name = scenes[int(group[index])].name
        number = int(re.sub(r"\D", "", scene.name) or 0)
        last_drive = any(number in frames for frames in LAST_DRIVE)
        scene.held_out = last_drive if scene.source == "dashcam" else hashlib.sha256(name.encode()).digest()[0] < 51


def read_scenes(folder: Path, source: str) -> list[Scene]:
    table = marks(folder / f"{source}.tsv")
    unsure = unmarked(source)
    scenes = []
    for name, quads in table.items():
        image = read_image(folder / source / name)
        quad = np.stack(quads)
        other = np.stack(unsure[name]) if name in unsure else np.zeros((0, 4, 2), np.float32)
        if source == "cars":  # squeezed to a square: most were about 4:3
            wide = round(image.shape[0] * 4 / 3)
            quad[..., 0] *= wide / image.shape[1]
            other[..., 0] *= wide / image.shape[1]
            image = cv2.resize(image, (wide, image.shape[0]), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
        scenes.append(Scene(name, source, image, quad, source in ("ccpd", "easypr"), unmarked=other))
    return scenes
