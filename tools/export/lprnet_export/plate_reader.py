"""What a model file must be to read plates: preprocessing for its input, an alphabet for its output."""

from typing import Any, Mapping, Optional, Sequence, Tuple

from .errors import ExportError
from .profiles import alphabet_fits, check_alphabet

Part = Optional[Mapping[str, Any]]
# An output's dimensions as letters, and how they become NCT: N plates, C classes, T time steps.
LAYOUTS: Mapping[str, Optional[Tuple[int, int, int]]] = {"NCT": None, "NTC": (0, 2, 1), "TNC": (1, 2, 0)}


def check_plate_reader(output_shape: Sequence[int], preprocess: Part, decode: Part) -> None:
    """Both parts or none, and an alphabet that fits the output."""
    if preprocess is None and decode is None:
        return
    if preprocess is None or decode is None:
        raise ExportError("a plate reader needs preprocess and decode; a graph that reads no plates has neither")
    alphabet, blank = decode["alphabet"], decode["blank"]
    if len(output_shape) == 3:
        for layout, order in LAYOUTS.items():
            sizes = [output_shape[axis] for axis in order or (0, 1, 2)]
            if sizes[0] == 1 and alphabet_fits(alphabet, blank, sizes[1]):
                if order is None:
                    break
                raise ExportError(
                    f"the output is {list(output_shape)} for {len(alphabet)} tokens: steps before classes; a plate "
                    f"reader's is [1, classes, steps]: add --output-layout {layout}"
                )
    if len(output_shape) != 3 or output_shape[0] != 1:
        raise ExportError(
            f"the output is {list(output_shape)}; a plate reader's is [1, classes, steps]; is it another one of the "
            "network's outputs (--output-name), or does the network choose the classes itself (argmax)?"
        )
    check_alphabet("given", alphabet, blank, output_shape[1])
