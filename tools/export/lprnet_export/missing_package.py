"""What the scripts say when Python lacks a package that they need."""

import sys
from typing import Callable, NoReturn, Optional, Sequence


def help_or_exit(message: str, parse: Callable[[Optional[Sequence[str]]], object]) -> NoReturn:
    """Ends the program with `message`, unless help is all that is asked for, which `parse` gives."""
    if {"-h", "--help"} & set(sys.argv[1:]):
        parse(None)
    sys.exit(message)
