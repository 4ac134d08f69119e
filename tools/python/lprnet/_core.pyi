import os
from collections.abc import Iterable
from typing import Any, List, Optional, Tuple, Union, final

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
        """Of text: 1 or 2."""
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
    ) -> None: ...
    def read(self, photo: Any, order: str) -> List[FoundPlate]: ...
    def read_batch(self, photos: Iterable[Any], order: str) -> List[List[FoundPlate]]: ...
    @property
    def threads(self) -> int: ...

class Recognizer:
    def __init__(
        self, model: Union[str, bytes, os.PathLike[str]], threads: int, threads_per_plate: int, isa: str, profile: str
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
