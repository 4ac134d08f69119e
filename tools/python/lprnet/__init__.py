"""Reads license plates with LPRNet on a CPU.

    import lprnet

    recognizer = lprnet.Recognizer()
    plate = recognizer.recognize("plate.jpg")
    print(plate.text, plate.confidence)
"""

from lprnet._core import Character, Plate, __version__, instruction_sets
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
from lprnet.recognizer import Order, Picture, Recognizer

__all__ = [
    "Character",
    "Error",
    "FormatError",
    "InvalidArgumentError",
    "InvalidModelError",
    "InvalidPictureError",
    "LimitError",
    "NotFoundError",
    "Order",
    "Picture",
    "Plate",
    "ReadError",
    "Recognizer",
    "UnsupportedError",
    "__version__",
    "instruction_sets",
]
