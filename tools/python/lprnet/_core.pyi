import os
from collections.abc import Iterable
from typing import Any, List, Tuple, Union, final

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
