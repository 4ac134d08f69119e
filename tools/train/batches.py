"""Endless training batches: drawn plates from pools and real crops, mixed in a fixed share."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alphabet import Alphabet
from augment import DRAWN, REAL, UNIT, plain, vary
from crops import Crop
from pool import Pool
from picture import Image

MEAN, SCALE = 127.5, 0.0078125


@dataclass(frozen=True)
class Batch:
    inputs: Tensor
    """[N, 3, rows, columns] float32."""
    targets: Tensor
    """All texts' classes, one after the other."""
    lengths: Tensor
    corners: Tensor
    """[N, 4, 2] shares of width and height; meaningless where `drawn` is 0."""
    drawn: Tensor
    """[N] 1 where the corners are known."""


def to_input(images: NDArray[np.uint8]) -> Tensor:
    """[N, rows, columns, 3] bytes to what the network takes, in channels-last memory."""
    return torch.from_numpy((images.astype(np.float32) - MEAN) * SCALE).permute(0, 3, 1, 2)


def stack_plain(images: list[Image], picture: tuple[int, int]) -> Tensor:
    return to_input(np.stack([plain(image, picture) for image in images]))


class Batches:
    """`size` pictures of `picture` (rows, columns), of which `real_share` are real crops; rarer first characters are
    drawn more often from them."""

    def __init__(
        self, alphabet: Alphabet, pools: list[Pool], crops: list[Crop], picture: tuple[int, int], size: int, real_share: float, seed: int
    ) -> None:
        self._alphabet, self._pools, self._crops, self._picture, self._size = alphabet, pools, crops, picture, size
        self._real_share = real_share if crops else 0.0
        if not pools:
            self._real_share = 1.0
        self._drawn_count = sum(len(pool) for pool in pools)
        self._seed = seed
        seen = Counter(crop.text[0] for crop in crops)
        weights = np.array([seen[crop.text[0]] ** -0.5 for crop in crops])
        self._weights = weights / weights.sum() if crops else weights

    def _drawn(self, index: int) -> tuple[Image, NDArray[np.float32], str]:
        for pool in self._pools:
            if index < len(pool):
                return np.asarray(pool.images[index]), pool.corners[index], pool.texts[index]
            index -= len(pool)
        raise IndexError(index)

    def start_at(self, step: int) -> Iterator[Batch]:
        """The batch of a step depends on the seed and the step alone, so a resumed run goes on as it would have."""
        while True:
            rng = np.random.default_rng((self._seed, step))
            images = np.empty((self._size, *self._picture, 3), np.uint8)
            corners = np.empty((self._size, 4, 2), np.float32)
            drawn = rng.random(self._size) >= self._real_share
            real = rng.choice(len(self._crops), self._size, p=self._weights) if self._crops else []
            classes: list[int] = []
            lengths: list[int] = []
            for i in range(self._size):
                if drawn[i]:
                    image, at, text = self._drawn(int(rng.integers(self._drawn_count)))
                    images[i], corners[i] = vary(rng, image, at, self._picture, DRAWN)
                else:
                    crop = self._crops[real[i]]
                    text = crop.text
                    images[i], corners[i] = vary(rng, crop.image, UNIT, self._picture, REAL)
                encoded = self._alphabet.encode(text)
                classes += encoded
                lengths.append(len(encoded))
            yield Batch(
                to_input(images),
                torch.tensor(classes),
                torch.tensor(lengths),
                torch.from_numpy(corners),
                torch.from_numpy(drawn.astype(np.float32)),
            )
            step += 1
