"""What a model file must be to read plates: an output of [1, classes, steps] that fits its alphabet."""

from typing import Any, Mapping, Sequence

from .errors import ExportError
from .profiles import alphabet_fits, check_alphabet


def check_plate_reader(shape: Sequence[int], decode: Mapping[str, Any]) -> None:
    if len(shape) != 3 or shape[0] != 1:
        raise ExportError(f"the output is {list(shape)}; a plate reader's is [1, classes, steps]")
    alphabet, blank = decode["alphabet"], decode["blank"]
    if not alphabet_fits(alphabet, blank, shape[1]) and alphabet_fits(alphabet, blank, shape[2]):
        raise ExportError(
            f"the output is {list(shape)} for {len(alphabet)} tokens: steps before classes; a plate reader's is "
            "[1, classes, steps], so permute it in the module (import_onnx.py: --steps-first)"
        )
    check_alphabet("given", alphabet, blank, shape[1])
