"""Public LPRNet checkpoints of other projects, read for comparison and for agreement labels; never shipped."""

from dataclasses import replace
from pathlib import Path

import cv2
import torch
from torch import Tensor, nn

from alphabet import DIGITS, LETTERS, PROVINCES, Alphabet
from batches import to_input
from network import PUBLIC, LPRNet, SpatialTransformer
from picture import Image

A68 = Alphabet(PROVINCES + DIGITS + LETTERS + "IO")


class BehindTransformer(nn.Module):
    """A reader and a spatial transformer that were saved as two files."""

    def __init__(self, transformer: nn.Module, reader: nn.Module) -> None:
        super().__init__()
        self.transformer, self.reader = transformer, reader

    def forward(self, x: Tensor) -> Tensor:
        return self.reader(self.transformer(x))


class PublicReader:
    """One of the A68 checkpoints; `transformer` is the file of the spatial transformer beside it."""

    def __init__(self, checkpoint: Path, transformer: Path | None = None) -> None:
        reader = LPRNet(len(A68), PUBLIC)
        reader.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True), strict=False)
        self._network: nn.Module = reader.eval()
        self._filter = cv2.INTER_LINEAR
        if transformer is not None:
            front = SpatialTransformer(replace(PUBLIC, stn=(32, 32, 32)))
            front.load_state_dict(torch.load(transformer, map_location="cpu", weights_only=True))
            self._network = BehindTransformer(front, reader).eval()
            self._filter = cv2.INTER_CUBIC

    @torch.no_grad()
    def read(self, images: list[Image], batch: int = 64) -> list[str]:
        texts: list[str] = []
        for start in range(0, len(images), batch):
            sized = [cv2.resize(image, PUBLIC.picture[::-1], interpolation=self._filter) for image in images[start : start + batch]]
            inputs = torch.cat([to_input(image[None]) for image in sized])
            texts += [A68.decode(classes) for classes in self._network(inputs).argmax(1).tolist()]
        return texts
