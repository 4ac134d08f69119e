"""Reads pictures of one plate each."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, List, Literal, Optional, Tuple, Union

from lprnet import _core, shipped

Order = Literal["BGR", "RGB"]
"""How an array's channels lie: as OpenCV or as Pillow and most others have them."""

Picture = Any
"""An array of uint8 of the shape (height, width), (height, width, 3) or (height, width, 4), such as
NumPy's or OpenCV's; the bytes of a JPEG, PNG, BMP, PGM or PPM file; the path of one; an Image; or a
picture of Pillow."""


class Recognizer:
    """A model with scratch memory and threads.

    Any number of Python threads may use one at the same time. The GIL is released while files are
    read and plates recognized.
    """

    def __init__(
        self,
        model: Optional[Union[str, bytes, os.PathLike[str]]] = None,
        *,
        threads: int = 1,
        threads_per_plate: int = 1,
        isa: str = "",
        profile: str = "",
        decoding: Optional[_core.DecodeOptions] = None,
    ) -> None:
        """Loads a model.

        Args:
            model: path or bytes of a model file or PyTorch checkpoint. None: the file that the
                environment names as LPRNET_MODEL, else the model that comes with the package.
            threads: how many share out a batch; 0: one for each core.
            threads_per_plate: how many work on one plate together, for plates that come one by one.
            isa: instruction set, one of instruction_sets(); empty: the best that the machine has.
            profile: kind of a checkpoint, see models/CHECKPOINTS.md; empty: told from its tensors.
            decoding: how plates are decoded; None: as the model file says.

        Raises:
            Error: the subclass says what is wrong with the file or an argument.
        """
        source = shipped.reader() if model is None else model
        self._core = _core.Recognizer(source, threads, threads_per_plate, isa, profile, decoding)

    def recognize(self, picture: Picture, *, order: Order = "BGR") -> _core.Plate:
        """Reads the one plate that fills a picture.

        Args:
            picture: see Picture. An array is not copied where the channels of a pixel and the
                pixels of a row follow each other.
            order: of an array's channels.

        Raises:
            Error: NotFoundError or InvalidPictureError for a file, InvalidArgumentError for an
                array that is no picture.
            TypeError: for an object of another kind.
        """
        return self._core.recognize(picture, order)

    def recognize_batch(self, pictures: Iterable[Picture], *, order: Order = "BGR") -> List[_core.Plate]:
        """Reads pictures of one plate each, in their order, with all of the recognizer's threads.

        Every answer is the same as recognize() gives. Files are read by these threads too. Raises
        as recognize(), for the first picture that fails.
        """
        return self._core.recognize_batch(pictures, order)

    @property
    def name(self) -> str:
        """The name that the model file gives."""
        return self._core.name

    @property
    def alphabet(self) -> Tuple[str, ...]:
        """What the model tells apart, by class."""
        return tuple(self._core.alphabet)

    @property
    def isa(self) -> str:
        """The instruction set in use."""
        return self._core.isa

    @property
    def threads(self) -> int:
        """How many threads share out a batch."""
        return self._core.threads

    def __repr__(self) -> str:
        return f"Recognizer({self.name!r}, threads={self.threads}, isa={self.isa!r})"
