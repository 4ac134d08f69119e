"""Endless batches for going on: drawn and real plates cut in every way, and what is no plate."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import IterableDataset

from alphabet import Alphabet
from augment import UNIT, plain
from batches import to_input
from crops import held_out
from cuts import Box, any_box, cut, half_box, light, small
from loose import SIZE, LoosePlate, LoosePool
from network import KINDS
from picture import Image, pictures_in, read_image
from scenes import Scenes

Sample = tuple[Image, NDArray[np.float32], str, str, int, float]
"""Picture, corners in shares, text, kind, lines (0: not known), weight of the corners."""

REAL_CORNERS = 0.4
"""Weight of the corners of real plates, which a reader found, against drawn ones, which are known."""


@dataclass(frozen=True)
class Mixed:
    inputs: Tensor
    """[N, rows, columns, 3] bytes."""
    targets: Tensor
    """All texts' classes, one after the other."""
    lengths: Tensor
    corners: Tensor
    """[N, 4, 2] shares of width and height."""
    sure: Tensor
    """[N] weight of the corners."""
    lines: Tensor
    """[N] 1 or 2; 0: not known."""
    kinds: Tensor
    """[N] index in `KINDS`."""

    def pictures(self) -> Tensor:
        return to_input(self.inputs.numpy())


def tight_box(rng: np.random.Generator) -> Box:
    """For crops without surroundings."""
    if rng.random() < 0.2:
        return any_box(rng)
    return Box(*(float(v) for v in rng.uniform(-0.07, 0.14, 4)), float(rng.normal(0, 4)))


class NoPlates:
    """Pictures to be read as an empty text."""

    def __init__(self, folder: Path, scenes: Scenes, kept: bool, most: int = 4000) -> None:
        files = [p for p in pictures_in(folder) if (hashlib.sha256(p.name.encode()).digest()[0] < 26) == kept]
        self._pieces = [read_image(path) for path in files[:most]]
        self._scenes = scenes

    def take(self, rng: np.random.Generator, size: tuple[int, int], plate: Callable[[], LoosePlate]) -> Image:
        how = rng.random()
        if how < 0.35:
            image = plain(self._varied(rng, self._pieces[rng.integers(len(self._pieces))]), size)
        elif how < 0.5:
            image = plain(self._varied(rng, self._scenes.piece(rng)), size)
        elif how < 0.7:
            image, corners = self._scenes.foreign_plate(rng)
            return cut(rng, image, corners, size, tight_box(rng), True)[0]
        elif how < 0.85:
            found = plate()
            return cut(rng, found.image, found.corners, size, half_box(rng))[0]
        else:
            found = plate()
            image, _ = cut(rng, found.image, found.corners, size, any_box(rng))
            turn = rng.random()
            image = image[::-1, ::-1] if turn < 0.5 else image[:, ::-1] if turn < 0.8 else image[::-1]
            return np.ascontiguousarray(image)
        if rng.random() < 0.2:
            image = small(rng, image)
        return light(rng, image, True)

    @staticmethod
    def _varied(rng: np.random.Generator, image: Image) -> Image:
        """A part of it, now and then the other way round."""
        rows, columns = image.shape[:2]
        if rng.random() < 0.6 and rows > 12 and columns > 24:
            top, left = int(rng.uniform(0, 0.25) * rows), int(rng.uniform(0, 0.25) * columns)
            image = image[top : rows - int(rng.uniform(0, 0.25) * rows), left : columns - int(rng.uniform(0, 0.25) * columns)]
        return np.ascontiguousarray(image[:, ::-1]) if rng.random() < 0.5 else image


class Mixture(IterableDataset):  # type: ignore[type-arg]
    """`size` pictures of `picture` (rows, columns), shares of which are real and no plates; the rest is drawn."""

    def __init__(
        self, alphabet: Alphabet, drawn: list[LoosePool], real: list[LoosePool], nothing: NoPlates | None, picture: tuple[int, int],
        size: int, real_share: float, nothing_share: float, seed: int, begin: int,
    ) -> None:  # fmt: skip
        self._alphabet, self._picture, self._size, self._seed, self._begin = alphabet, picture, size, seed, begin
        self._drawn, self._nothing = drawn, nothing
        self._real_share, self._nothing_share = real_share, nothing_share
        self._ends = np.cumsum([len(pool) for pool in drawn])
        self._real = [(pool, i) for pool in real for i, (text, _, _) in enumerate(pool.plates) if not held_out(text)]
        self._weights = np.zeros(0)
        if self._real:
            seen = Counter(pool.plates[i][0][0] for pool, i in self._real)
            weights = np.array([seen[pool.plates[i][0][0]] ** -0.5 for pool, i in self._real])
            self._weights = weights.cumsum() / weights.sum()

    def _any_drawn(self, rng: np.random.Generator) -> LoosePlate:
        index = int(rng.integers(self._ends[-1]))
        pool = int(np.searchsorted(self._ends, index, side="right"))
        return self._drawn[pool][index - (int(self._ends[pool - 1]) if pool else 0)]

    def _any_real(self, rng: np.random.Generator) -> LoosePlate:
        pool, index = self._real[min(int(np.searchsorted(self._weights, rng.random())), len(self._real) - 1)]
        return pool[index]

    def sample(self, rng: np.random.Generator) -> Sample:
        what = rng.random()
        if self._nothing is not None and what < self._nothing_share:
            some = self._any_real if self._real and rng.random() < 0.4 else self._any_drawn
            return self._nothing.take(rng, self._picture, lambda: some(rng)), UNIT, "", "none", 0, 0.0
        if self._real and what < self._nothing_share + self._real_share:
            plate = self._any_real(rng)
            loose = plate.image.shape[1] == SIZE[0] and plate.image.shape[0] == SIZE[1]
            image, at = cut(rng, plate.image, plate.corners, self._picture, any_box(rng) if loose else tight_box(rng), True)
            return image, at, plate.text, plate.colour, plate.lines, REAL_CORNERS
        plate = self._any_drawn(rng)
        image, at = cut(rng, plate.image, plate.corners, self._picture, any_box(rng))
        return image, at, plate.text, plate.colour, plate.lines, 1.0

    def batch(self, step: int) -> Mixed:
        """Depends on the seed and the step alone, so a resumed run goes on as it would have."""
        rng = np.random.default_rng((self._seed, step))
        images, corners, texts, kinds, lines, sure = zip(*(self.sample(rng) for _ in range(self._size)), strict=True)
        classes = [self._alphabet.encode(text) for text in texts]
        return Mixed(
            torch.from_numpy(np.stack(images)),
            torch.tensor([c for text in classes for c in text], dtype=torch.long),
            torch.tensor([len(c) for c in classes]),
            torch.from_numpy(np.stack(corners)),
            torch.tensor(sure),
            torch.tensor(lines),
            torch.tensor([KINDS.index(kind) for kind in kinds]),
        )

    def __iter__(self) -> Iterator[Mixed]:
        torch.set_num_threads(1)
        step = self._begin
        while True:
            yield self.batch(step)
            step += 1
