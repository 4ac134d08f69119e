"""What a model file must be to read plates: an output of [1, classes, steps] that fits its alphabet."""

from typing import Any, Mapping, Sequence

from .errors import ExportError
from .profiles import check_alphabet


def check_plate_reader(shape: Sequence[int], decode: Mapping[str, Any]) -> None:
    if len(shape) != 3 or shape[0] != 1:
        raise ExportError(f"the output is {list(shape)}; a plate reader's is [1, classes, steps]")
    tokens = len(decode["alphabet"])
    if shape[2] in (tokens, tokens + 1) and shape[1] not in (tokens, tokens + 1):
        raise ExportError(
            f"the output is {list(shape)} for {tokens} tokens: steps before classes; a plate reader's is "
            "[1, classes, steps], so permute it in the module (import_onnx.py: --steps-first)"
        )
    check_alphabet("given", decode["alphabet"], decode["blank"], shape[1])
