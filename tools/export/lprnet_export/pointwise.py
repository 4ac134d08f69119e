"""Recognises activations that a file spells out in parts, such as GELU as x * 0.5 * (1 + erf(x / sqrt(2))).

Each value carries what it is as a function of the values it was computed from one element at a time, as
samples of that function. A product whose samples are those of a known activation is that activation, in
whatever order its parts were multiplied.
"""

from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import torch
import torch.nn.functional as F

_POINTS = torch.cat(
    (
        torch.linspace(-6.0, 6.0, 61, dtype=torch.float64),
        torch.tensor([-100, -50, -20, 20, 50, 100], dtype=torch.float64),
    )
)
_ANCESTORS = 16  # how many earlier values a function is tracked back to
_TOLERANCE = 1e-5

Samples = Dict[str, torch.Tensor]

# PyTorch's names; ONNX's are the same in lower case.
FUNCTIONS: Dict[str, Callable[..., torch.Tensor]] = {
    "add": torch.add,
    "sub": torch.sub,
    "rsub": lambda x, y: y - x,
    "mul": torch.mul,
    "div": torch.div,
    "rdiv": lambda x, y: y / x,
    "pow": torch.pow,
    "rpow": lambda x, y: y**x,
    "neg": torch.neg,
    "square": torch.square,
    "reciprocal": torch.reciprocal,
    "erf": torch.erf,
    "exp": torch.exp,
    "log": torch.log,
    "log1p": torch.log1p,
    "softplus": F.softplus,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "sqrt": torch.sqrt,
    "relu6": F.relu6,
    "clip": torch.clamp,
}
# Parts of activations, with no operator of their own in the model file.
PARTS = {"erf", "log", "log1p"}

_ACTIVATIONS: Tuple[Tuple[str, Dict[str, Any], torch.Tensor], ...] = (
    ("mish", {}, F.mish(_POINTS)),
    ("hardswish", {}, F.hardswish(_POINTS)),
    ("hardsigmoid", {}, F.hardsigmoid(_POINTS)),
    ("gelu", {"approximate": "none"}, F.gelu(_POINTS)),
    ("gelu", {"approximate": "tanh"}, F.gelu(_POINTS, approximate="tanh")),
)


class PointwiseTracker:
    """Samples of every value, by its name in the source's graph, as functions of earlier values."""

    def __init__(self) -> None:
        self._samples: Dict[str, Samples] = {}

    def of(self, name: str) -> Samples:
        return {**self._samples.get(name, {}), name: _POINTS}

    def apply(self, op: str, inputs: Sequence[Any], output: str) -> None:
        """Notes `output = op(inputs)`; an input is a value's name or a number."""
        names: List[str] = [item for item in inputs if isinstance(item, str)]
        if op not in FUNCTIONS or not names:
            return
        tracked = {name: self.of(name) for name in names}
        shared = [base for base in tracked[names[0]] if all(base in tracked[name] for name in names)]
        result: Samples = {}
        for base in shared[-_ANCESTORS:]:
            arguments = [
                tracked[item][base] if isinstance(item, str) else torch.tensor(item, dtype=torch.float64)
                for item in inputs
            ]
            result[base] = FUNCTIONS[op](*arguments)
        self._samples[output] = result

    def recognise(self, name: str) -> Optional[Tuple[str, str, Dict[str, Any]]]:
        """The base, operator and attributes of an activation that this value is, if it is one."""
        for base, samples in self._samples.get(name, {}).items():
            for op, attributes, expected in _ACTIVATIONS:
                if samples.shape == expected.shape and bool(((samples - expected).abs() < _TOLERANCE).all()):
                    return base, op, attributes
        return None
