"""A plate with two lines as one line, as the program joins them: models/FORMAT.md, "Further looks"."""

import json
from pathlib import Path

import cv2
import numpy as np

from picture import Image

LOOKS = Path(__file__).parents[2] / "models" / "looks.json"


def joined(image: Image, size: tuple[int, int]) -> Image:
    """The upper line beside the lower one, (width, height); the picture shows the plate alone."""
    how = json.loads(LOOKS.read_text(encoding="utf-8"))["two_lines"]
    columns, rows = size
    upper = round(how["upper_share"] * columns)
    return np.hstack([_line(image, how["upper"], (upper, rows)), _line(image, how["lower"], (columns - upper, rows))])


def _line(image: Image, part: dict[str, float], size: tuple[int, int]) -> Image:
    rows, columns = image.shape[:2]
    across, down = (part["right"] - part["left"]) * columns / size[0], (part["bottom"] - part["top"]) * rows / size[1]
    # Between the pixels' middles.
    matrix = np.array([[across, 0, part["left"] * columns + across / 2 - 0.5], [0, down, part["top"] * rows + down / 2 - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE).astype(np.uint8)
