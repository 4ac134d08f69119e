"""A pool of drawn plates on disk, so that training never waits for the synthesiser.

A folder with `images.npy` [N, 64, 192, 3] uint8 BGR, `corners.npy` [N, 4, 2] in units of the picture's
width and height, and `texts.json`.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from photograph import Photograph

ROWS, COLUMNS = 64, 192


@dataclass(frozen=True)
class Pool:
    images: NDArray[np.uint8]
    corners: NDArray[np.float32]
    texts: list[str]

    def __len__(self) -> int:
        return len(self.texts)

    def items(self) -> Iterator[tuple[NDArray[np.uint8], str]]:
        for image, text in zip(self.images, self.texts, strict=True):
            yield np.asarray(image), text


def write_pool(folder: Path, count: int, plates: Iterable[tuple[Photograph, str]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    images = np.lib.format.open_memmap(folder / "images.npy", mode="w+", dtype=np.uint8, shape=(count, ROWS, COLUMNS, 3))
    corners = np.zeros((count, 4, 2), np.float32)
    texts: list[str] = []
    for index, (photograph, text) in enumerate(plates):
        height, width = photograph.image.shape[:2]
        images[index] = cv2.resize(photograph.image, (COLUMNS, ROWS), interpolation=cv2.INTER_LINEAR)
        corners[index] = photograph.corners / np.array([width, height], np.float32)
        texts.append(text)
    images.flush()
    np.save(folder / "corners.npy", corners)
    (folder / "texts.json").write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")


def read_pool(folder: Path) -> Pool:
    texts = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
    return Pool(np.load(folder / "images.npy", mmap_mode="r"), np.load(folder / "corners.npy"), texts)
