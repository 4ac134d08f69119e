"""Finds the plates of photographs and reads them."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from typing import List, Optional, Tuple, Union

from lprnet import _core, shipped
from lprnet.recognizer import Order, Picture

Source = Optional[Union[str, bytes, "os.PathLike[str]"]]


class PhotoReader:
    """A detector and a reader with scratch memory and threads.

    Any number of Python threads may use one at the same time. The GIL is released while files are
    read and plates found.
    """

    def __init__(
        self,
        detector: Source = None,
        reader: Source = None,
        *,
        threads: int = 1,
        max_plates: int = 64,
        least_confidence: Optional[float] = None,
        second_look: bool = True,
        keep_unread: bool = False,
        region: Optional[Tuple[int, int, int, int]] = None,
        margin: float = 0.05,
        input_size: Optional[Tuple[int, int]] = None,
        isa: str = "",
        decoding: Optional[_core.DecodeOptions] = None,
    ) -> None:
        """Loads both models.

        Args:
            detector: path or bytes of a model that finds plates. None: the file that the
                environment names as LPRNET_DETECTOR, else the one that comes with the package.
            reader: path or bytes of a model that reads them; None: as for Recognizer.
            threads: how many share out the photographs of a batch; 0: one for each core.
            max_plates: of a photograph, the most confident ones.
            least_confidence: of a plate, 0 to 1; None: the detector's own.
            second_look: look closer at each plate found, for better corners.
            keep_unread: keep plates that read as nothing.
            region: x, y, width and height in pixels of the part where plates are looked for.
            margin: what the reader sees around a plate on each side, as a share of its width and
                height, 0 to 1.
            input_size: width and height in pixels in which the detector looks at photographs;
                None: the file's.
            isa: instruction set, one of instruction_sets(); empty: the best that the machine has.
            decoding: how plates are decoded; None: as the reader's file says.

        Raises:
            Error: the subclass says what is wrong with a file or an argument.
        """
        self._core = _core.PhotoReader(
            shipped.detector() if detector is None else detector,
            shipped.reader() if reader is None else reader,
            threads,
            max_plates,
            least_confidence,
            second_look,
            keep_unread,
            region,
            margin,
            input_size,
            isa,
            decoding,
        )

    def read(self, photo: Picture, *, order: Order = "BGR") -> List[_core.FoundPlate]:
        """The plates of a photograph, the most confidently found first. Raises as Recognizer.recognize()."""
        return self._core.read(photo, order)

    def read_batch(self, photos: Iterable[Picture], *, order: Order = "BGR") -> List[List[_core.FoundPlate]]:
        """The plates of each photograph, in their order, with all of the reader's threads."""
        return self._core.read_batch(photos, order)


@functools.lru_cache(maxsize=1)
def _shipped() -> PhotoReader:
    return PhotoReader()


def read(photo: Picture, *, order: Order = "BGR") -> List[_core.FoundPlate]:
    """The plates of a photograph, by the models that come with the package.

    They are loaded at the first call. PhotoReader has options and reads many photographs at once.
    """
    return _shipped().read(photo, order=order)
