"""A file of samples that one process renews and the trainer draws from, so that neither waits for the other."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detect.compose import MOST, Mark, Sample
from picture import Image

RECORD = 4 * 2 + 4
"""Of a mark: eight coordinates, lines, weight of the corners, sure, used."""


@dataclass
class Drawn:
    image: Image
    marks: list[Mark]
    complete: bool


class Reservoir:
    """`count` samples of one size. A slot's version is odd while it is written, so that a torn sample is noticed."""

    def __init__(self, folder: Path, size: tuple[int, int], count: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.size, self.count = size, count

        def memory(name: str, shape: tuple[int, ...], kind: type) -> NDArray:
            path = folder / f"{name}.npy"
            if path.exists():
                there = np.lib.format.open_memmap(path, mode="r+")
                if there.shape == shape:
                    return there
            return np.lib.format.open_memmap(path, mode="w+", dtype=kind, shape=shape)

        self._images = memory("images", (count, size[1], size[0], 3), np.uint8)
        self._marks = memory("marks", (count, MOST, RECORD), np.float32)
        self._complete = memory("complete", (count,), np.uint8)
        self._version = memory("version", (count,), np.int64)
        self._made = memory("made", (1,), np.int64)
        self._drawn = memory("drawn", (1,), np.int64)

    @property
    def made(self) -> int:
        """Samples written since the folder was made."""
        return int(self._made[0])

    @property
    def filled(self) -> int:
        return min(self.made, self.count)

    @property
    def drawn(self) -> int:
        """Samples taken since the folder was made."""
        return int(self._drawn[0])

    def put(self, sample: Sample) -> None:
        slot = self.made % self.count
        writing = int(self._version[slot]) | 1  # odd also when a writer was stopped halfway
        self._version[slot] = writing
        self._images[slot] = sample.image
        self._marks[slot] = 0
        for row, mark in zip(self._marks[slot], sample.marks, strict=False):
            row[:8] = mark.quad.ravel()
            row[8:] = (mark.lines, mark.corners, mark.sure, 1)
        self._complete[slot] = sample.complete
        self._version[slot] = writing + 1
        self._made[0] += 1

    def draw(self, rng: np.random.Generator) -> Drawn:
        while True:
            slot = int(rng.integers(self.filled))
            before = int(self._version[slot])
            image, rows, complete = self._images[slot].copy(), self._marks[slot].copy(), bool(self._complete[slot])
            if before % 2 == 0 and int(self._version[slot]) == before:
                break
        self._drawn[0] += 1
        marks = [Mark(row[:8].reshape(4, 2), int(row[8]), float(row[9]), bool(row[10])) for row in rows if row[11] > 0]
        return Drawn(image, marks, complete)
