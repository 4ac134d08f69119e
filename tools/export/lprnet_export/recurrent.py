"""Recurrent layers in one direction: an operator of the model file, or every step written out with other operators."""

from typing import List, Optional, Sequence, Tuple

import torch

from .graph_builder import Operand, Value, Weight
from .operators import Lowering, concat, getitem

# weight_ih, weight_hh, bias_ih and bias_hh
Weights = Sequence[Optional[Weight]]


def recurrent(b: Lowering, op: str, steps: Operand, weights: Weights, reverse: bool = False) -> Value:
    """The hidden states of a layer that begins as zero, of (steps, batch, features)."""
    weight_ih, weight_hh, bias_ih, bias_hh = weights
    gates = b.emit("linear", [steps], weight=weight_ih, bias=bias_ih)
    return b.emit(op, [gates], weight_hh=weight_hh, bias_hh=bias_hh, reverse=reverse or None)


def last_state(b: Lowering, hidden: Value, reverse: bool) -> Value:
    """The state after the last step that was taken, (1, batch, hidden)."""
    return getitem(b, hidden, slice(0, 1) if reverse else slice(-1, None))


def written_out(
    b: Lowering,
    op: str,
    steps: Operand,
    weights: Weights,
    reverse: bool = False,
    hidden: Optional[Operand] = None,
    cell: Optional[Operand] = None,
    projection: Optional[Weight] = None,
    reset_first: bool = False,
) -> Tuple[Value, Value]:
    """The hidden states and the last cell state (a GRU's: the last hidden one), a dozen nodes for each step.

    What the operators `lstm` and `gru` cannot say: states, (1, batch, hidden), that a layer begins with; an LSTM's cell
    and projection (weight_hr); a GRU whose reset gate comes before the matrix product (ONNX's linear_before_reset=0).
    """
    weight_ih, weight_hh, bias_ih, bias_hh = weights
    assert weight_hh is not None
    gates = b.emit("linear", [steps], weight=weight_ih, bias=bias_ih)
    count, batch, width = gates.shape
    size = width // (4 if op == "lstm" else 3)
    first = 2 * size if reset_first else width  # the gates whose product the state's is
    zeros = torch.zeros(1, batch, weight_hh.tensor.shape[1])
    state = hidden if hidden is not None else Weight(f"{weight_hh.name}.start", zeros)
    if cell is None:
        cell = Weight(f"{weight_hh.name}.start_cell", torch.zeros(1, batch, size))

    def rows(weight: Optional[Weight], begin: int, end: int) -> Optional[Weight]:
        if weight is None or (begin, end) == (0, width):
            return weight
        return Weight(f"{weight.name}.{begin}", weight.tensor[begin:end])

    def product(value: Operand, begin: int, end: int) -> Value:
        return b.emit("linear", [value], weight=rows(weight_hh, begin, end), bias=rows(bias_hh, begin, end))

    def gate(value: Value, number: int, function: Optional[str]) -> Value:
        part = getitem(b, value, (slice(None), slice(None), slice(number * size, (number + 1) * size)))
        return part if function is None else b.emit(function, [part])

    def binary(kind: str, one: Operand, other: Operand) -> Value:
        return b.emit(kind, [one, other])

    def lstm(x: Value) -> Tuple[Value, Value]:
        sums = binary("add", x, product(state, 0, width))
        kept = binary("mul", gate(sums, 1, "sigmoid"), cell)
        now = binary("add", kept, binary("mul", gate(sums, 0, "sigmoid"), gate(sums, 2, "tanh")))
        shown = binary("mul", gate(sums, 3, "sigmoid"), b.emit("tanh", [now]))
        return (shown if projection is None else b.emit("linear", [shown], weight=projection)), now

    def gru(x: Value) -> Tuple[Value, Value]:
        sums = product(state, 0, first)
        reset, update = (
            b.emit("sigmoid", [binary("add", gate(x, number, None), gate(sums, number, None))]) for number in (0, 1)
        )
        if reset_first:
            added = product(binary("mul", reset, state), first, width)
        else:
            added = binary("mul", reset, gate(sums, 2, None))
        candidate = b.emit("tanh", [binary("add", gate(x, 2, None), added)])
        now = binary("add", candidate, binary("mul", update, binary("sub", state, candidate)))
        return now, now

    outputs: List[Value] = []
    for step in reversed(range(count)) if reverse else range(count):
        state, cell = (lstm if op == "lstm" else gru)(getitem(b, gates, slice(step, step + 1)))
        outputs.append(state)
    if reverse:
        outputs.reverse()
    return concat(b, outputs, 0), b.as_value(cell)
