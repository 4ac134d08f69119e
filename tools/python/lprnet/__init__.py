"""Reads license plates with LPRNet on a CPU.

    import lprnet

    recognizer = lprnet.Recognizer()
    plate = recognizer.recognize("plate.jpg")
    print(plate.text, plate.confidence)

    for found in lprnet.read("photograph.jpg"):
        print(found.text, found.corners)
"""

from lprnet._core import (
    Alternative,
    Character,
    DecodeOptions,
    FoundPlate,
    Grammar,
    Image,
    Plate,
    __version__,
    instruction_sets,
    vote,
)
from lprnet.errors import (
    Error,
    FormatError,
    InvalidArgumentError,
    InvalidModelError,
    InvalidPictureError,
    LimitError,
    NotFoundError,
    ReadError,
    UnsupportedError,
)
from lprnet.photo_reader import PhotoReader, read
from lprnet.recognizer import Order, Picture, Recognizer

__all__ = [
    "Alternative",
    "Character",
    "DecodeOptions",
    "Error",
    "FormatError",
    "FoundPlate",
    "Grammar",
    "Image",
    "InvalidArgumentError",
    "InvalidModelError",
    "InvalidPictureError",
    "LimitError",
    "NotFoundError",
    "Order",
    "PhotoReader",
    "Picture",
    "Plate",
    "ReadError",
    "Recognizer",
    "UnsupportedError",
    "__version__",
    "instruction_sets",
    "read",
    "vote",
]
