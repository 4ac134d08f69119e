"""Pictures in files: BGR bytes, any path, also one with characters outside ASCII."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
SUFFIXES = (".jpg", ".jpeg", ".png")


def read_image(path: Path, flags: int = cv2.IMREAD_COLOR) -> Image:
    image = cv2.imdecode(np.fromfile(path, np.uint8), flags)
    if image is None:
        raise ValueError(f"{path}: not an image")
    return image.astype(np.uint8)


def write_image(path: Path, image: Image) -> None:
    _, data = cv2.imencode(path.suffix, image)
    path.write_bytes(data.tobytes())


def pictures_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
