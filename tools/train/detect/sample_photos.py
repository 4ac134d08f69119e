"""Sample photographs: a drawn Chinese plate over the real one of each.

    python -m detect.sample_photos --scenes SCENES --plates PLATES --out models/samples/photos

The real plate's box is grown, filled from its surroundings and blurred; a drawn plate then covers it. Each photograph is named
for its plate's text; `marks.tsv` has the corners, `ORIGIN.tsv` the photographs that they are made of. Look at every one.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from detect.compose import lay
from detect.geometry import Quad, mapped
from detect.plates import FlatPlate
from detect.scenes import read_scenes
from picture import Image
from standard import DOUBLE, KINDS, PlateStandard

CHOSEN = {
    "Cars118.jpg": "blue",
    "Cars156.jpg": "blue",
    "Cars163.jpg": "blue",
    "Cars21.jpg": "police",
    "Cars213.jpg": "yellow",
    "Cars27.jpg": "blue",
    "Cars286.jpg": "macao",
    "Cars301.jpg": "blue",
    "Cars331.jpg": "blue",
    "Cars345.jpg": "green small",
    "Cars373.jpg": "blue",
    "Cars404.jpg": "learner",
}
"""One car, no face, no other plate, no watermark. The marks of this source are upright boxes: the car is upright too."""

GROWN = 1.16
"""What is erased, relative to the marked box."""


def erase(image: Image, low: np.ndarray, high: np.ndarray) -> None:
    """Fills a box from what is around it, so that nothing of it is left."""
    centre, half = (low + high) / 2, (high - low) / 2 * GROWN + 2
    low = np.clip(np.floor(centre - half), 0, image.shape[1::-1]).astype(int)
    high = np.clip(np.ceil(centre + half), 0, image.shape[1::-1]).astype(int)
    hole = np.zeros(image.shape[:2], np.uint8)
    hole[low[1] : high[1], low[0] : high[0]] = 255
    filled = cv2.inpaint(image, hole, 5, cv2.INPAINT_TELEA)
    soft = cv2.GaussianBlur(filled, (0, 0), 3)
    image[hole > 0] = soft[hole > 0]


def corners(low: np.ndarray, high: np.ndarray, aspect: float, turn: float) -> Quad:
    """A plate in the place of a marked one, at least as wide and high as it, turned by some degrees."""
    centre = (low + high) / 2
    width = max(high[0] - low[0], (high[1] - low[1]) * aspect) * 1.04
    half = np.array([width, width / aspect]) / 2
    angle = np.deg2rad(turn)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    plate = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    return (plate @ rotation.T + centre).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=Path, required=True)
    parser.add_argument("--plates", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--kind", choices=KINDS, help="of every plate, instead of the chosen ones: to measure that kind")
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    standard = PlateStandard(options.plates)
    marks, origins = [], []
    for scene in read_scenes(options.scenes, "cars"):
        if scene.name not in CHOSEN:
            continue
        kind = options.kind or CHOSEN[scene.name]
        rng = np.random.default_rng((options.seed, int("".join(c for c in scene.name if c.isdigit()))))
        image, (quad,) = scene.image.copy(), scene.quads
        low, high = quad.min(0).astype(float), quad.max(0).astype(float)
        inside = image[int(low[1]) : int(high[1]), int(low[0]) : int(high[0])]
        gain = float(np.clip(np.percentile(inside, 85) / 215.0, 0.45, 1.1))
        flat = standard.draw(rng, kind=kind)
        plate = flat.image
        erase(image, low, high)
        place = corners(low, high, plate.shape[1] / plate.shape[0], float(rng.normal(0, 0.7)))
        lay(rng, image, FlatPlate(plate, 2 if kind in DOUBLE else 1), place, gain, 0.6)
        # The source is squeezed to a square; reading it brought most to 4:3 by enlarging.
        small = cv2.resize(image, (480, 360), interpolation=cv2.INTER_AREA).astype(np.uint8)
        place = mapped(np.diag([480 / image.shape[1], 360 / image.shape[0], 1.0]), place)
        name = f"{flat.text}.jpg"
        _, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 88])
        (options.out / name).write_bytes(data.tobytes())
        shown = ";".join(f"{x:.1f},{y:.1f}" for x, y in place)
        marks.append(f"{name}\t{kind}\t{flat.text}\t{shown}\n")
        origins.append(f"{name}\t{scene.name}\n")
        print(f"{scene.name}: {name}, plate {np.ptp(place[:, 0]):.0f} pixels wide, {(options.out / name).stat().st_size} bytes")
    (options.out / "marks.tsv").write_text("".join(marks), encoding="utf-8")
    (options.out / "ORIGIN.tsv").write_text("".join(origins), encoding="utf-8")


if __name__ == "__main__":
    main()
