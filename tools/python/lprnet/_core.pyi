import os
from collections.abc import Iterable, Sequence
from typing import Any, List, Literal, Optional, Tuple, Union, final

__version__: str

@final
class Character:
    """One token of the alphabet, usually one character."""

    @property
    def text(self) -> str: ...
    @property
    def confidence(self) -> float:
        """0 to 1."""
    @property
    def step(self) -> int:
        """The time step at which it was read, from 0."""
    def __eq__(self, other: object) -> bool: ...
    def __hash__(self) -> int: ...

Match = Literal["unused", "matched", "unmatched"]
"""Whether a text matches the grammar that it was decoded with; "unused": there was none."""

@final
class Alternative:
    """A text that the picture may also show."""

    @property
    def text(self) -> str: ...
    @property
    def confidence(self) -> float:
        """Of the whole text, 0 to 1."""
    @property
    def grammar(self) -> Match: ...
    @property
    def pattern(self) -> str:
        """Of the grammar, that the text has; may be empty."""
    def __eq__(self, other: object) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Grammar:
    """Which texts plates may have; models/DECODING.md in the sources describes it."""

    @staticmethod
    def load(path: Union[str, bytes, os.PathLike[str]]) -> Grammar:
        """Reads a JSON file. Raises Error, a subclass of which says what is wrong."""
    @staticmethod
    def parse(text: str, name: str = "grammar") -> Grammar:
        """The same from the text of such a file; `name` stands for the path in errors."""
    @staticmethod
    def known(name: str) -> Grammar:
        """One that comes with the library. Raises InvalidArgumentError for another name."""
    @staticmethod
    def known_names() -> List[str]: ...
    @property
    def name(self) -> str: ...
    @property
    def text(self) -> str:
        """The JSON text, as given."""

@final
class DecodeOptions:
    """How a network's output becomes text. Immutable; used by any number of readers."""

    def __init__(
        self,
        *,
        decoder: Literal["model", "greedy", "beam"] = "model",
        beam_width: int = 8,
        classes_per_step: int = 8,
        grammar: Optional[Grammar] = None,
        ignore_grammar: bool = False,
        grammar_mode: Optional[Literal["strict", "soft"]] = None,
        outside_weight: float = 0.03,
        candidates: int = 1,
        temperature: Optional[float] = None,
        further_looks: bool = True,
        lines: Optional[int] = None,
    ) -> None:
        """Numbers are checked by what takes the options.

        Args:
            decoder: "greedy": the best class of each step; "beam": prefix beam search; "model": beam
                where there is a grammar or several candidates are wanted, else greedy.
            beam_width: prefixes that the beam search keeps, 1 to 256.
            classes_per_step: classes that may begin a token at a step, at least 1.
            grammar: used instead of the model's own; None: the model's own, if it has one.
            ignore_grammar: no grammar at all, not the model's either.
            grammar_mode: "strict": texts that do not match are no answers; "soft": they are when
                they are much more probable; None: as the model says, strict for `grammar`.
            outside_weight: of texts that do not match, above 0 to 1; see lprnet/decode.hpp.
            candidates: texts to find at most, 1 to beam_width: Plate.text and Plate.alternatives.
            temperature: divides the logits for confidences; None: the model's own.
            further_looks: look again at what is not read with confidence, where the model says how.
            lines: of text on each plate, 1 or 2; None: found out.

        Raises:
            InvalidArgumentError: for a word that is not listed.
        """
    @property
    def decoder(self) -> str: ...
    @property
    def beam_width(self) -> int: ...
    @property
    def classes_per_step(self) -> int: ...
    @property
    def grammar(self) -> Optional[Grammar]: ...
    @property
    def ignore_grammar(self) -> bool: ...
    @property
    def grammar_mode(self) -> Optional[str]: ...
    @property
    def outside_weight(self) -> float: ...
    @property
    def candidates(self) -> int: ...
    @property
    def temperature(self) -> Optional[float]: ...
    @property
    def further_looks(self) -> bool: ...
    @property
    def lines(self) -> Optional[int]: ...

@final
class Image:
    """A picture that was read from a file or converted from a camera's pixels. Immutable.

    A Recognizer and a PhotoReader take it as a picture. Its pixels are a read-only buffer of uint8 of
    the shape (height, width, 3), in the order blue, green, red: `numpy.asarray(image)`.
    """

    @staticmethod
    def load(
        path: Union[str, bytes, os.PathLike[str]],
        *,
        max_pixels: Optional[int] = None,
        max_pixels_per_byte: Optional[int] = None,
        max_file_bytes: Optional[int] = None,
    ) -> Image:
        """Reads a picture file, turned as its EXIF orientation says.

        Args:
            path: of the file.
            max_pixels: width times height; None: 2**27.
            max_pixels_per_byte: of the file, of a picture over 2**24 pixels; None: 64.
            max_file_bytes: of the file; None: 2**29.

        Raises:
            Error: the subclass says what is wrong with the file or a number.
        """
    @staticmethod
    def decode(
        data: Any,
        name: str = "bytes",
        *,
        max_pixels: Optional[int] = None,
        max_pixels_per_byte: Optional[int] = None,
    ) -> Image:
        """The same from the bytes of such a file; `name` stands for the path in errors and warnings."""
    @staticmethod
    def from_camera(
        frame: Any,
        width: int,
        height: int,
        format: Literal["NV12", "NV21", "YUYV"],
        *,
        row_bytes: int = 0,
        chroma: Optional[Any] = None,
        chroma_row_bytes: int = 0,
        region: Optional[Tuple[int, int, int, int]] = None,
    ) -> Image:
        """Converts a frame as cameras and video decoders give it, to the pixels that OpenCV gives.

        Args:
            frame: bytes or an array of uint8 without gaps; of NV12 and NV21 both planes, or the first.
            width: pixels, even.
            height: pixels, even for NV12 and NV21.
            format: "NV12": a plane of Y, then one of U and V for each 2x2 pixels; "NV21": the same with
                V before U; "YUYV": Y, U, Y, V for each two pixels.
            row_bytes: from one row to the next; 0: rows follow each other.
            chroma: the second plane of NV12 and NV21, where it lies elsewhere.
            chroma_row_bytes: of the second plane; 0: without gaps, or as the first plane before it.
            region: x, y, width and height of the part that is wanted; None: all.

        Raises:
            InvalidArgumentError: for a size or rows that the format cannot have, too few bytes, and a
                region outside the frame.
        """
    @property
    def width(self) -> int:
        """Pixels."""
    @property
    def height(self) -> int:
        """Pixels."""
    @property
    def warning(self) -> str:
        """What is wrong with the file although all its pixels are right; empty: nothing."""

@final
class Plate:
    """What a plate reads."""

    @property
    def text(self) -> str:
        """May be empty."""
    @property
    def confidence(self) -> float:
        """Of the whole text, 0 to 1."""
    @property
    def characters(self) -> Tuple[Character, ...]: ...
    @property
    def grammar(self) -> Match: ...
    @property
    def pattern(self) -> str:
        """Of the grammar, that the text has; may be empty."""
    @property
    def alternatives(self) -> Tuple[Alternative, ...]:
        """The next best texts, the best first; see DecodeOptions.candidates."""
    @property
    def lines(self) -> int:
        """Of text, as it was read: 1 or 2."""
    def __eq__(self, other: object) -> bool: ...
    def __hash__(self) -> int: ...

@final
class FoundPlate:
    """A plate in a photograph."""

    @property
    def corners(self) -> Tuple[Tuple[float, float], ...]:
        """Top left, top right, bottom right and bottom left, (x, y) in pixels; may lie a little outside."""
    @property
    def confidence(self) -> float:
        """That this is a plate, 0 to 1."""
    @property
    def lines(self) -> int:
        """Of text, 1 or 2: as read, or else as the detector sees it."""
    @property
    def plate(self) -> Plate: ...
    @property
    def text(self) -> str:
        """That of `plate`."""

class PhotoReader:
    def __init__(
        self,
        detector: Union[str, bytes, os.PathLike[str]],
        reader: Union[str, bytes, os.PathLike[str]],
        threads: int,
        max_plates: int,
        least_confidence: Optional[float],
        second_look: bool,
        keep_unread: bool,
        region: Optional[Tuple[int, int, int, int]],
        margin: float,
        input_size: Optional[Tuple[int, int]],
        isa: str,
        decoding: Optional[DecodeOptions],
    ) -> None: ...
    def read(self, photo: Any, order: str) -> List[FoundPlate]: ...
    def read_batch(self, photos: Iterable[Any], order: str) -> List[List[FoundPlate]]: ...
    @property
    def threads(self) -> int: ...

class Recognizer:
    def __init__(
        self,
        model: Union[str, bytes, os.PathLike[str]],
        threads: int,
        threads_per_plate: int,
        isa: str,
        profile: str,
        decoding: Optional[DecodeOptions],
    ) -> None: ...
    def recognize(self, picture: Any, order: str) -> Plate: ...
    def recognize_batch(self, pictures: Iterable[Any], order: str) -> List[Plate]: ...
    @property
    def name(self) -> str: ...
    @property
    def isa(self) -> str: ...
    @property
    def alphabet(self) -> List[str]: ...
    @property
    def threads(self) -> int: ...

def instruction_sets() -> List[str]:
    """Those that this build and machine have, best first."""

def vote(readings: Sequence[Plate]) -> Plate:
    """What several pictures of one plate show together, such as the frames in which a camera sees a car.

    The text that is most probable given all readings and their alternatives; ask for some with
    DecodeOptions(candidates=4). One reading is its own answer; none give an empty plate.
    """
