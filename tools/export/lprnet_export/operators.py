"""How each PyTorch operation becomes nodes of the graph document.

A handler has the argument names of the PyTorch function it stands for, after the Lowering that it emits
into. `FUNCTIONS` maps names (of functions, methods and operators alike) to handlers.
"""

import math
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

import torch

from .graph_builder import GraphBuilder, Operand, Value, Weight

Number = Union[int, float, bool]
Pair = Union[int, Sequence[int]]
Piece = Callable[[], Value]
Handler = Callable[..., Any]


class Unsupported(Exception):
    """Raised by a handler; the caller adds the operator and the line."""


class Lowering(GraphBuilder):
    """A GraphBuilder that also knows the operation being lowered."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.result: Any = None  # PyTorch's value of the operation
        self.broadcast_only = False  # whether every use is arithmetic with a value of the input's rank

    def attribute_weight(self, operand: Optional[Operand], what: str) -> Optional[Weight]:
        """An operand that the file format wants as a weight."""
        if operand is None or isinstance(operand, Weight):
            return operand
        raise Unsupported(f"its {what} is computed from the input, and the file needs a fixed tensor there")


def _ints(value: Any) -> Any:
    """A number or a list of numbers, as JSON has it."""
    if isinstance(value, (tuple, list, torch.Size)):
        return [None if item is None else int(item) for item in value]
    return int(value)


def _pair(value: Pair) -> List[int]:
    items = list(value) if isinstance(value, (tuple, list)) else [value]
    return [int(items[0]), int(items[-1])]


def only(condition: bool, text: str) -> None:
    if not condition:
        raise Unsupported(text)


# Layers with weights.


def conv2d(
    b: Lowering,
    input: Operand,
    weight: Operand,
    bias: Optional[Operand] = None,
    stride: Pair = 1,
    padding: Union[str, Pair] = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Value:
    kernel = b.attribute_weight(weight, "weight")
    assert kernel is not None
    if padding == "same":
        needed = [d * (k - 1) for d, k in zip(_pair(dilation), kernel.tensor.shape[2:])]
        padding = [total // 2 for total in needed]
        if any(total % 2 for total in needed):  # PyTorch puts the odd one right and below
            input = pad(b, input, [0, needed[1] % 2, 0, needed[0] % 2])
    elif padding == "valid":
        padding = 0
    return b.emit(
        "conv2d",
        [input],
        weight=kernel,
        bias=b.attribute_weight(bias, "bias"),
        stride=_pair(stride),
        padding=_pair(padding),
        dilation=_pair(dilation),
        groups=int(groups),
    )


def linear(b: Lowering, input: Operand, weight: Operand, bias: Optional[Operand] = None) -> Value:
    return b.emit("linear", [input], weight=b.attribute_weight(weight, "weight"), bias=b.attribute_weight(bias, "bias"))


def batch_norm(
    b: Lowering,
    input: Operand,
    running_mean: Optional[Operand],
    running_var: Optional[Operand],
    weight: Optional[Operand] = None,
    bias: Optional[Operand] = None,
    training: bool = False,
    momentum: Optional[float] = 0.1,
    eps: float = 1e-5,
) -> Value:
    only(not training and running_mean is not None, "it normalises with the batch's own statistics")
    return b.emit(
        "batch_norm",
        [input],
        weight=b.attribute_weight(weight, "weight"),
        bias=b.attribute_weight(bias, "bias"),
        running_mean=b.attribute_weight(running_mean, "running_mean"),
        running_var=b.attribute_weight(running_var, "running_var"),
        eps=float(eps),
    )


def layer_norm(
    b: Lowering,
    input: Operand,
    normalized_shape: Sequence[int],
    weight: Optional[Operand] = None,
    bias: Optional[Operand] = None,
    eps: float = 1e-5,
) -> Value:
    return b.emit(
        "layer_norm",
        [input],
        weight=b.attribute_weight(weight, "weight"),
        bias=b.attribute_weight(bias, "bias"),
        normalized_shape=_ints(list(normalized_shape)),
        eps=float(eps),
    )


def group_norm(
    b: Lowering,
    input: Operand,
    num_groups: int,
    weight: Optional[Operand] = None,
    bias: Optional[Operand] = None,
    eps: float = 1e-5,
) -> Value:
    return b.emit(
        "group_norm",
        [input],
        weight=b.attribute_weight(weight, "weight"),
        bias=b.attribute_weight(bias, "bias"),
        num_groups=int(num_groups),
        eps=float(eps),
    )


def instance_norm(
    b: Lowering,
    input: Operand,
    running_mean: Optional[Operand] = None,
    running_var: Optional[Operand] = None,
    weight: Optional[Operand] = None,
    bias: Optional[Operand] = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Value:
    """Groups of one channel; with statistics of its own, a batch norm."""
    if not use_input_stats:
        return batch_norm(b, input, running_mean, running_var, weight, bias, eps=eps)
    return group_norm(b, input, input.tensor.shape[1], weight, bias, eps)


def conv_transpose2d(
    b: Lowering,
    input: Operand,
    weight: Operand,
    bias: Optional[Operand] = None,
    stride: Pair = 1,
    padding: Pair = 0,
    output_padding: Pair = 0,
    groups: int = 1,
    dilation: Pair = 1,
) -> Value:
    kernel = b.attribute_weight(weight, "weight")
    assert kernel is not None
    sizes = [
        (size - 1) * s - 2 * p + d * (k - 1) + o + 1
        for size, s, p, o, d, k in zip(
            input.tensor.shape[-2:],
            _pair(stride),
            _pair(padding),
            _pair(output_padding),
            _pair(dilation),
            kernel.tensor.shape[2:],
        )
    ]
    return transposed_conv(
        b,
        input,
        kernel,
        b.attribute_weight(bias, "bias"),
        _pair(stride),
        _pair(padding),
        sizes,
        groups,
        _pair(dilation),
    )


def transposed_conv(
    b: Lowering,
    input: Operand,
    weight: Weight,
    bias: Optional[Weight],
    stride: List[int],
    begin: List[int],
    sizes: List[int],
    groups: int,
    dilation: List[int],
) -> Value:
    """A convolution that makes each pixel's stride x stride outputs as channels, then put side by side; of the result,
    `sizes` from `begin` on. Output z takes tap k of pixel (z - k * dilation) / stride where that is whole."""
    channels, per_group, *taps = weight.tensor.shape
    spans = [d * (k - 1) // s + 1 for d, k, s in zip(dilation, taps, stride)]
    phases = torch.zeros(groups, per_group, *stride, channels // groups, *spans)
    grouped = weight.tensor.reshape(groups, channels // groups, per_group, *taps)
    for row in range(taps[0]):
        for col in range(taps[1]):
            down, right = row * dilation[0], col * dilation[1]
            phases[
                :, :, down % stride[0], right % stride[1], :, spans[0] - 1 - down // stride[0],
                spans[1] - 1 - right // stride[1],
            ] = grouped[:, :, :, row, col].transpose(1, 2)  # fmt: skip
    each = stride[0] * stride[1]
    kernel = Weight(f"{weight.name}.phases", phases.reshape(-1, channels // groups, *spans))
    repeated = None if bias is None else Weight(f"{bias.name}.phases", bias.tensor.repeat_interleave(each))
    # What lies beyond the last pixel's outputs sees nothing but the bias.
    made = [s * (size + span - 1) for s, size, span in zip(stride, input.tensor.shape[-2:], spans)]
    more = [max(0, -(-(first + size - have) // s)) for first, size, have, s in zip(begin, sizes, made, stride)]
    source = pad(b, input, [0, more[1], 0, more[0]])
    result = conv2d(b, source, kernel, repeated, 1, [span - 1 for span in spans], 1, groups)
    if each > 1:
        result = _side_by_side(b, result, stride)
    for dim, first, size in zip((result.rank - 2, result.rank - 1), begin, sizes):
        if (first, size) != (0, result.shape[dim]):
            result = _slice(b, result, dim, first, first + size)
    return result


def _side_by_side(b: Lowering, value: Value, factors: Sequence[int]) -> Value:
    """Channels of each pixel, factors[0] * factors[1] for one, as rows and columns."""
    *batch, channels, height, width = value.shape
    rows, cols = factors
    split = b.emit("reshape", [value], shape=[*batch, channels // (rows * cols), rows, cols, height, width])
    first = len(batch)
    order = [*range(first + 1), first + 3, first + 1, first + 4, first + 2]
    turned = b.emit("permute", [split], dims=order)
    return b.emit("reshape", [turned], shape=[*batch, channels // (rows * cols), height * rows, width * cols])


def pixel_shuffle(b: Lowering, input: Operand, upscale_factor: int) -> Value:
    return _side_by_side(b, b.as_value(input), [int(upscale_factor)] * 2)


def pixel_unshuffle(b: Lowering, input: Operand, downscale_factor: int) -> Value:
    value, factor = b.as_value(input), int(downscale_factor)
    *batch, channels, height, width = value.shape
    split = b.emit("reshape", [value], shape=[*batch, channels, height // factor, factor, width // factor, factor])
    first = len(batch)
    turned = b.emit("permute", [split], dims=[*range(first + 1), first + 2, first + 4, first + 1, first + 3])
    return b.emit("reshape", [turned], shape=list(b.result.shape))


def channel_shuffle(b: Lowering, input: Operand, groups: int) -> Value:
    value = b.as_value(input)
    batch, channels, *rest = value.shape
    split = b.emit("reshape", [value], shape=[batch, groups, channels // groups, *rest])
    turned = b.emit("permute", [split], dims=[0, 2, 1, *range(3, 3 + len(rest))])
    return b.emit("reshape", [turned], shape=value.shape)


# Activations.


def relu(b: Lowering, input: Operand, inplace: bool = False) -> Value:
    return b.emit("relu", [input])


def clamp(b: Lowering, input: Operand, min: Any = None, max: Any = None) -> Value:
    """One activation for each bound; ReLU and ReLU6 where they are those."""
    low, high = _bound(min, float("-inf")), _bound(max, float("inf"))
    if low == 0 and high in (6, None):
        return b.emit("relu" if high is None else "relu6", [input])
    value = b.as_value(input)
    if low is not None:
        value = _larger(b, value, low)
    if isinstance(high, (Value, Weight)):
        return b.emit("minimum", [value, high])
    return value if high is None else b.emit("clamp_max", [value], max=high)


def _larger(b: Lowering, value: Value, low: Any) -> Value:
    if isinstance(low, (Value, Weight)):
        return b.emit("maximum", [value, low])
    return b.emit("relu", [value]) if low == 0 else b.emit("clamp_min", [value], min=low)


def _bound(bound: Any, none: float) -> Any:
    """A number, a tensor, or nothing where it bounds nothing."""
    if bound is None or isinstance(bound, Value):
        return bound
    if isinstance(bound, Weight) and bound.tensor.numel() > 1:
        return bound
    number = float(bound.tensor.item() if isinstance(bound, Weight) else bound)
    only(math.isfinite(number) or number == none, f"a bound of {number} has no counterpart")
    return number if math.isfinite(number) else None


def clamp_min(b: Lowering, input: Operand, min: Any) -> Value:
    return clamp(b, input, min)


def clamp_max(b: Lowering, input: Operand, max: Any) -> Value:
    return clamp(b, input, None, max)


def exp(b: Lowering, input: Operand) -> Value:
    return b.emit("exp", [input])


def absolute(b: Lowering, input: Operand) -> Value:
    return b.emit("abs", [input])


def softplus(b: Lowering, input: Operand, beta: float = 1, threshold: float = 20) -> Value:
    """From a threshold of 17 on float32 cannot tell it from another; from 88 on PyTorch's overflows."""
    only(17 <= threshold <= 88, f"a threshold of {threshold} has no counterpart")
    return b.emit("softplus", [input], beta=float(beta))


def hardtanh(b: Lowering, input: Operand, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Value:
    return clamp(b, input, min_val, max_val)


def relu6(b: Lowering, input: Operand, inplace: bool = False) -> Value:
    return b.emit("relu6", [input])


def hardsigmoid(b: Lowering, input: Operand, inplace: bool = False) -> Value:
    return b.emit("hardsigmoid", [input])


def hardswish(b: Lowering, input: Operand, inplace: bool = False) -> Value:
    return b.emit("hardswish", [input])


def mish(b: Lowering, input: Operand, inplace: bool = False) -> Value:
    return b.emit("mish", [input])


def sigmoid(b: Lowering, input: Operand) -> Value:
    return b.emit("sigmoid", [input])


def tanh(b: Lowering, input: Operand) -> Value:
    return b.emit("tanh", [input])


def sqrt(b: Lowering, input: Operand) -> Value:
    return b.emit("sqrt", [input])


def leaky_relu(b: Lowering, input: Operand, negative_slope: float = 0.01, inplace: bool = False) -> Value:
    return b.emit("leaky_relu", [input], negative_slope=float(negative_slope))


def prelu(b: Lowering, input: Operand, weight: Operand) -> Value:
    return b.emit("prelu", [input], weight=b.attribute_weight(weight, "weight"))


def elu(b: Lowering, input: Operand, alpha: float = 1.0, inplace: bool = False) -> Value:
    return b.emit("elu", [input], alpha=float(alpha))


def gelu(b: Lowering, input: Operand, approximate: str = "none") -> Value:
    return b.emit("gelu", [input], approximate=approximate)


def silu(b: Lowering, input: Operand, inplace: bool = False) -> Value:
    return b.emit("silu", [input])


def _softmax_dim(input: Operand, dim: Optional[int]) -> int:
    """PyTorch's rule for a softmax without a dim."""
    return int(dim) if dim is not None else (0 if input.tensor.dim() in (0, 1, 3) else 1)


def softmax(b: Lowering, input: Operand, dim: Optional[int] = None, _stacklevel: int = 3, dtype: Any = None) -> Value:
    return b.emit("softmax", [input], dim=_softmax_dim(input, dim))


def log_softmax(
    b: Lowering, input: Operand, dim: Optional[int] = None, _stacklevel: int = 3, dtype: Any = None
) -> Value:
    return b.emit("log_softmax", [input], dim=_softmax_dim(input, dim))


def dropout(b: Lowering, input: Operand, p: float = 0.5, training: bool = True, inplace: bool = False) -> Value:
    only(not training or p == 0, "it is called with training=True, so it drops at inference too")
    return b.emit("dropout", [input])


def same(b: Lowering, input: Operand, *args: Any, **kwargs: Any) -> Value:
    """Copies, device moves and the like: the value stays, the file needs no node."""
    only(b.result.dtype == torch.float32, f"it makes {b.result.dtype}, and the engine computes in float32")
    return b.as_value(input)


def filled(b: Lowering, input: Operand, *args: Any, **kwargs: Any) -> Weight:
    """A tensor of one number, whose shape alone is the input's."""
    only(b.result.dtype == torch.float32, f"it makes {b.result.dtype}, and the engine computes in float32")
    number = float(b.result.reshape(-1)[0])
    return Weight(f"constant.fill_{number:g}_{'x'.join(map(str, b.result.shape))}", b.result)


# Pools.


def max_pool2d(
    b: Lowering,
    input: Operand,
    kernel_size: Pair,
    stride: Optional[Pair] = None,
    padding: Pair = 0,
    dilation: Pair = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
    op: str = "max_pool2d",
) -> Value:
    only(not return_indices, "return_indices=True has no counterpart")
    return b.emit(
        op,
        [input],
        kernel_size=_ints(kernel_size),
        stride=_ints(stride) if stride is not None and stride != [] else _ints(kernel_size),
        padding=_ints(padding),
        dilation=_ints(dilation),
        ceil_mode=bool(ceil_mode),
    )


def max_pool3d(b: Lowering, input: Operand, kernel_size: Pair, *args: Any, **kwargs: Any) -> Value:
    return max_pool2d(b, input, kernel_size, *args, op="max_pool3d", **kwargs)


def avg_pool2d(
    b: Lowering,
    input: Operand,
    kernel_size: Pair,
    stride: Optional[Pair] = None,
    padding: Pair = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: Optional[int] = None,
) -> Value:
    return b.emit(
        "avg_pool2d",
        [input],
        kernel_size=_ints(kernel_size),
        stride=_ints(stride) if stride is not None and stride != [] else _ints(kernel_size),
        padding=_ints(padding),
        ceil_mode=bool(ceil_mode),
        count_include_pad=bool(count_include_pad),
        divisor_override=divisor_override,
    )


def adaptive_avg_pool2d(b: Lowering, input: Operand, output_size: Pair) -> Value:
    return b.emit("adaptive_avg_pool2d", [input], output_size=_ints(output_size))


def adaptive_max_pool2d(b: Lowering, input: Operand, output_size: Pair, return_indices: bool = False) -> Value:
    only(not return_indices, "return_indices=True has no counterpart")
    return b.emit("adaptive_max_pool2d", [input], output_size=_ints(output_size))


# Shapes.


def concat(b: Lowering, tensors: Sequence[Operand], dim: int = 0, axis: Optional[int] = None) -> Value:
    return b.emit("concat", list(tensors), dim=int(dim if axis is None else axis))


def stack(b: Lowering, tensors: Sequence[Operand], dim: int = 0) -> Value:
    return b.emit("concat", [b.emit("unsqueeze", [tensor], dim=int(dim)) for tensor in tensors], dim=int(dim))


def reshape(b: Lowering, input: Operand, *shape: Any, **kwargs: Any) -> Value:
    return b.emit("reshape", [input], shape=list(b.result.shape))


def flatten(b: Lowering, input: Operand, start_dim: int = 0, end_dim: int = -1) -> Value:
    return b.emit("flatten", [input], start_dim=int(start_dim), end_dim=int(end_dim))


def permute(b: Lowering, input: Operand, *dims: Any) -> Value:
    order = dims[0] if len(dims) == 1 and isinstance(dims[0], (tuple, list)) else dims
    return b.emit("permute", [input], dims=_ints(list(order)))


def transpose(b: Lowering, input: Operand, dim0: int, dim1: int) -> Value:
    order = list(range(input.tensor.dim()))
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return b.emit("permute", [input], dims=order)


def matrix_transpose(b: Lowering, input: Operand) -> Value:
    return transpose(b, input, 0, 1) if input.tensor.dim() == 2 else b.as_value(input)


def squeeze(b: Lowering, input: Operand, dim: Any = None) -> Value:
    if isinstance(dim, (tuple, list)):
        return reshape(b, input)
    return b.emit("squeeze", [input], dim=None if dim is None else int(dim))


def unsqueeze(b: Lowering, input: Operand, dim: int) -> Value:
    return b.emit("unsqueeze", [input], dim=int(dim))


def expand(b: Lowering, input: Operand, *size: Any) -> Value:
    only(b.result.shape == input.tensor.shape, "it repeats elements; arithmetic broadcasts without it")
    return b.as_value(input)


def _slice(b: Lowering, input: Operand, dim: int, start: int, end: Optional[int], step: int = 1) -> Value:
    return b.emit("slice", [input], dim=dim, start=start, end=end, step=step)


def chunk(b: Lowering, input: Operand, chunks: int, dim: int = 0) -> Tuple[Piece, ...]:
    return _pieces(b, input, dim, [part.shape[dim] for part in b.result])


def split(b: Lowering, input: Operand, split_size_or_sections: Any = None, dim: int = 0, **kwargs: Any) -> Any:
    return _pieces(b, input, dim, [part.shape[dim] for part in b.result])


def _pieces(b: Lowering, input: Operand, dim: int, sizes: Sequence[int]) -> Tuple[Piece, ...]:
    ends = [sum(sizes[: index + 1]) for index in range(len(sizes))]
    return tuple((lambda end=end, size=size: _slice(b, input, dim, end - size, end)) for end, size in zip(ends, sizes))


def unbind(b: Lowering, input: Operand, dim: int = 0) -> Tuple[Piece, ...]:
    count = input.tensor.shape[dim]
    return tuple((lambda index=index: select(b, input, dim, index)) for index in range(count))


def select(b: Lowering, input: Operand, dim: int, index: int) -> Value:
    start = int(index) % input.tensor.shape[dim]
    return b.emit("squeeze", [_slice(b, input, int(dim), start, start + 1)], dim=int(dim))


def narrow(b: Lowering, input: Operand, dim: int, start: int, length: int) -> Value:
    first = int(start) % input.tensor.shape[dim]
    return _slice(b, input, int(dim), first, first + int(length))


def getitem(b: Lowering, input: Any, index: Any) -> Value:
    if isinstance(input, tuple):
        piece = input[index]
        return piece() if callable(piece) else piece
    items = list(index) if isinstance(index, tuple) else [index]
    used = sum(1 for item in items if item is not None and item is not Ellipsis)
    value = b.as_value(input)
    if not any(item is Ellipsis for item in items):
        items.append(Ellipsis)
    dim = 0
    for item in items:
        if item is None:
            value = b.emit("unsqueeze", [value], dim=dim)
            dim += 1
        elif item is Ellipsis:
            dim += input.tensor.dim() - used
        elif isinstance(item, slice):
            size = value.shape[dim]
            start, end, step = item.indices(size)
            if (start, end, step) != (0, size, 1):
                value = _slice(b, value, dim, start, end, step)
            dim += 1
        elif isinstance(item, int) and not isinstance(item, bool):
            value = select(b, value, dim, item)
        else:
            raise Unsupported(f"indexing with {type(item).__name__} has no counterpart")
    return value


def pad(
    b: Lowering, input: Operand, pad: Sequence[int], mode: str = "constant", value: Optional[float] = None
) -> Value:
    """PyTorch's constant padding, as a concat with constants (negative amounts as slices)."""
    only(mode == "constant", f"padding mode '{mode}' has no counterpart")
    result = b.as_value(input)
    for position in range(len(pad) // 2):
        dim = result.rank - 1 - position
        before, after = int(pad[2 * position]), int(pad[2 * position + 1])
        if before < 0 or after < 0:
            size = result.shape[dim]
            result = _slice(b, result, dim, max(0, -before), size - max(0, -after))
        parts: List[Operand] = [result]
        for amount, place in ((before, 0), (after, len(parts))):
            if amount > 0:
                shape = list(result.shape)
                shape[dim] = amount
                fill = torch.full(shape, float(value or 0))
                name = f"constant.fill_{float(value or 0):g}_{'x'.join(map(str, shape))}"
                parts.insert(0 if place == 0 else len(parts), Weight(name, fill))
        if len(parts) > 1:
            result = b.emit("concat", parts, dim=dim)
    return result


# Arithmetic.


def binary(b: Lowering, op: str, left: Any, right: Any) -> Value:
    left, right = _scalar(left), _scalar(right)
    if isinstance(left, (Value, Weight)) and isinstance(right, (Value, Weight)):
        return b.emit(op, [left, right])
    if isinstance(left, (Value, Weight)):
        return b.emit(op, [left], other=right)
    return b.emit(op, [right], input=left)


def maximum(b: Lowering, input: Any, other: Any) -> Value:
    return binary(b, "maximum", input, other)


def minimum(b: Lowering, input: Any, other: Any) -> Value:
    return binary(b, "minimum", input, other)


def _scalar(operand: Any) -> Any:
    """Numbers stay numbers; a 0-d weight becomes one; what JSON cannot write becomes a tensor."""
    if isinstance(operand, Weight) and operand.tensor.dim() == 0:
        operand = operand.tensor.item()
    if isinstance(operand, bool):
        return int(operand)
    if isinstance(operand, (Value, Weight, int)):
        return operand
    if isinstance(operand, float):
        if operand != operand or operand in (float("inf"), float("-inf")):
            return Weight(f"constant.{operand}", torch.tensor(operand))
        return operand
    raise Unsupported(f"an operand of type {type(operand).__name__} has no counterpart")


def add(b: Lowering, input: Any, other: Any, alpha: Number = 1) -> Value:
    return binary(b, "add", input, other if alpha == 1 else binary(b, "mul", other, alpha))


def sub(b: Lowering, input: Any, other: Any, alpha: Number = 1) -> Value:
    return binary(b, "sub", input, other if alpha == 1 else binary(b, "mul", other, alpha))


def rsub(b: Lowering, input: Any, other: Any, alpha: Number = 1) -> Value:
    return sub(b, other, input, alpha)


def mul(b: Lowering, input: Any, other: Any) -> Value:
    return binary(b, "mul", input, other)


def div(b: Lowering, input: Any, other: Any, rounding_mode: Optional[str] = None) -> Value:
    only(rounding_mode is None, f"rounding_mode '{rounding_mode}' has no counterpart")
    return binary(b, "div", input, other)


def rdiv(b: Lowering, input: Any, other: Any) -> Value:
    return binary(b, "div", other, input)


def power(b: Lowering, input: Any, exponent: Any) -> Value:
    return binary(b, "pow", input, exponent)


def rpow(b: Lowering, input: Any, other: Any) -> Value:
    return binary(b, "pow", other, input)


def square(b: Lowering, input: Operand) -> Value:
    return b.emit("pow", [input], other=2)


def rsqrt(b: Lowering, input: Operand) -> Value:
    return b.emit("pow", [input], other=-0.5)


def reciprocal(b: Lowering, input: Operand) -> Value:
    return b.emit("div", [input], input=1)


def neg(b: Lowering, input: Operand) -> Value:
    return b.emit("mul", [input], other=-1)


def matmul(b: Lowering, input: Operand, other: Operand) -> Value:
    """A fixed matrix on the right makes it a linear layer."""
    if isinstance(other, Weight) and other.tensor.dim() == 2:
        return b.emit("linear", [input], weight=Weight(f"{other.name}.transposed", other.tensor.t()))
    left, right = b.as_value(input), b.as_value(other)
    row, column = left.rank == 1, right.rank == 1
    result = b.emit(
        "matmul",
        [b.emit("unsqueeze", [left], dim=0) if row else left, b.emit("unsqueeze", [right], dim=1) if column else right],
    )
    if column:
        result = b.emit("squeeze", [result], dim=-1)
    return b.emit("squeeze", [result], dim=-1 if column else -2) if row else result


# Reductions.


def reduce(b: Lowering, op: str, input: Operand, dim: Any, keepdim: bool) -> Value:
    """A reduction; one over the batch becomes one over each plate, which is PyTorch's at batch 1."""
    rank = input.tensor.dim()
    if dim is None or dim == () or dim == []:
        dims = list(range(rank))
    else:
        dims = [int(d) % max(rank, 1) for d in (dim if isinstance(dim, (tuple, list)) else [dim])]
    if rank > 1 and 0 in dims and input.tensor.shape[0] == 1:
        b.warn(f"'{b.step}': {op} over the whole batch is exported as the {op} of each plate by itself")
        rest = [d for d in dims if d != 0]
        if rest and (keepdim or (b.broadcast_only and len(dims) == rank)):
            return b.emit(op, [input], dim=rest, keepdim=True)
    return b.emit(op, [input], dim=dims, keepdim=bool(keepdim))


def reduce_mean(b: Lowering, input: Operand, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Value:
    return reduce(b, "mean", input, dim, keepdim)


def reduce_sum(b: Lowering, input: Operand, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Value:
    return reduce(b, "sum", input, dim, keepdim)


def amax(b: Lowering, input: Operand, dim: Any = (), keepdim: bool = False) -> Value:
    return reduce(b, "max", input, dim, keepdim)


def amin(b: Lowering, input: Operand, dim: Any = (), keepdim: bool = False) -> Value:
    return reduce(b, "min", input, dim, keepdim)


def _extreme(op: str, of_two: str) -> Handler:
    """torch.max or torch.min: of two tensors, of one, or along a dimension."""

    def run(b: Lowering, input: Operand, dim: Any = None, keepdim: bool = False, other: Any = None) -> Any:
        second = dim if other is None else other
        if isinstance(second, (Value, Weight)):
            return binary(b, of_two, input, second)
        if isinstance(b.result, torch.Tensor):
            return reduce(b, op, input, dim, keepdim)

        def indices() -> Value:
            raise Unsupported(f"the indices of a {of_two} have no counterpart")

        return (lambda: reduce(b, op, input, dim, keepdim)), indices

    return run


def norm(
    b: Lowering, input: Operand, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None
) -> Value:
    only(p in (None, "fro", 2), f"the norm of order {p} has no counterpart")
    total = reduce(b, "sum", b.emit("pow", [input], other=2), dim, keepdim)
    return b.emit("sqrt", [total])


def vector_norm(
    b: Lowering, x: Operand, ord: Any = 2, dim: Any = None, keepdim: bool = False, dtype: Any = None
) -> Value:
    return norm(b, x, ord, dim, keepdim)


def normalize(b: Lowering, input: Operand, p: float = 2.0, dim: Any = 1, eps: float = 1e-12) -> Value:
    length = norm(b, input, p, dim, True)
    return b.emit("div", [input, b.emit("clamp_min", [length], min=float(eps))])


# Spatial transformer.


def affine_grid(b: Lowering, theta: Operand, size: Sequence[int], align_corners: Optional[bool] = None) -> Value:
    return b.emit("affine_grid", [theta], size=_ints(list(size)), align_corners=bool(align_corners))


def grid_sample(
    b: Lowering,
    input: Operand,
    grid: Operand,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: Optional[bool] = None,
) -> Value:
    only(mode in ("bilinear", "nearest"), f"mode '{mode}' has no counterpart")
    only(input.tensor.dim() == 4, "only images are sampled, not volumes")
    return b.emit("grid_sample", [input, grid], mode=mode, padding_mode=padding_mode, align_corners=bool(align_corners))


def interpolate(
    b: Lowering,
    input: Operand,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: Optional[bool] = None,
    recompute_scale_factor: Optional[bool] = None,
    antialias: bool = False,
) -> Value:
    only(not antialias, "antialias=True has no counterpart")
    value, rank = b.as_value(input), input.tensor.dim()
    only(rank in (3, 4), "only images and sequences are interpolated, not volumes")
    wanted = list(b.result.shape[2:])
    if mode == "area":
        only(rank == 4, "mode 'area' is for images")
        return adaptive_avg_pool2d(b, input, wanted)
    kind = {"linear": "bilinear"}.get(mode, mode)
    only(kind in ("nearest", "nearest-exact", "bilinear"), f"mode '{mode}' has no counterpart")
    by_factor = scale_factor is not None and not recompute_scale_factor and not align_corners
    factors: Any = scale_factor if isinstance(scale_factor, (tuple, list)) else [scale_factor] * (rank - 2)
    if rank == 3:
        value = b.emit("unsqueeze", [value], dim=2)
        wanted, factors = [1, *wanted], [1.0, *factors]
    result = b.emit(
        "interpolate",
        [value],
        size=None if by_factor else wanted,
        scale_factor=[float(factor) for factor in factors] if by_factor else None,
        mode=kind,
        align_corners=True if align_corners else None,
    )
    return b.emit("squeeze", [result], dim=2) if rank == 3 else result


def upsample_bilinear(b: Lowering, input: Operand, size: Any = None, scale_factor: Any = None) -> Value:
    return interpolate(b, input, size, scale_factor, "bilinear", True)


FUNCTIONS: Dict[str, Handler] = {
    "conv2d": conv2d, "linear": linear, "batch_norm": batch_norm,
    "relu": relu, "clamp": clamp, "clamp_min": clamp_min, "clamp_max": clamp_max, "clip": clamp,
    "mish": mish, "sigmoid": sigmoid, "tanh": tanh,
    "sqrt": sqrt, "leaky_relu": leaky_relu, "prelu": prelu, "elu": elu, "gelu": gelu, "silu": silu,
    "relu6": relu6, "hardtanh": hardtanh, "hardsigmoid": hardsigmoid, "hardswish": hardswish,
    "exp": exp, "abs": absolute, "absolute": absolute, "softplus": softplus,
    "softmax": softmax, "log_softmax": log_softmax,
    "dropout": dropout, "dropout2d": dropout, "dropout3d": dropout, "alpha_dropout": dropout,
    "feature_alpha_dropout": dropout,
    "contiguous": same, "clone": same, "detach": same, "to": same, "float": same, "cpu": same, "cuda": same,
    "type_as": same, "type": same, "requires_grad": same, "pos": same, "positive": same,
    "new_zeros": filled, "zeros_like": filled, "new_ones": filled, "ones_like": filled, "new_full": filled,
    "full_like": filled,
    "max_pool2d": max_pool2d, "max_pool3d": max_pool3d, "avg_pool2d": avg_pool2d,
    "adaptive_avg_pool2d": adaptive_avg_pool2d, "adaptive_max_pool2d": adaptive_max_pool2d,
    "cat": concat, "concat": concat, "concatenate": concat, "stack": stack,
    "reshape": reshape, "view": reshape, "reshape_as": reshape, "view_as": reshape, "unflatten": reshape,
    "flatten": flatten, "permute": permute, "transpose": transpose, "swapaxes": transpose, "swapdims": transpose,
    "t": matrix_transpose, "squeeze": squeeze, "unsqueeze": unsqueeze, "expand": expand, "expand_as": expand,
    "chunk": chunk, "split": split, "split_with_sizes": split, "tensor_split": split, "unbind": unbind,
    "select": select, "narrow": narrow, "getitem": getitem, "pad": pad,
    "add": add, "iadd": add, "radd": add, "sub": sub, "subtract": sub, "isub": sub, "rsub": rsub,
    "mul": mul, "multiply": mul, "imul": mul, "rmul": mul,
    "div": div, "divide": div, "true_divide": div, "truediv": div, "itruediv": div, "idiv": div,
    "rdiv": rdiv, "rtruediv": rdiv, "pow": power, "ipow": power, "rpow": rpow,
    "square": square, "rsqrt": rsqrt, "reciprocal": reciprocal, "neg": neg, "negative": neg,
    "matmul": matmul, "mm": matmul, "bmm": matmul, "rmatmul": lambda b, input, other: matmul(b, other, input),
    "layer_norm": layer_norm, "group_norm": group_norm, "instance_norm": instance_norm,
    "conv_transpose2d": conv_transpose2d, "pixel_shuffle": pixel_shuffle, "pixel_unshuffle": pixel_unshuffle,
    "channel_shuffle": channel_shuffle, "interpolate": interpolate, "upsample": interpolate,
    "upsample_nearest": interpolate, "upsample_bilinear": upsample_bilinear,
    "mean": reduce_mean, "sum": reduce_sum, "amax": amax, "amin": amin,
    "max": _extreme("max", "maximum"), "min": _extreme("min", "minimum"),
    "maximum": maximum, "minimum": minimum,
    "norm": norm, "linalg_vector_norm": vector_norm, "linalg_norm": vector_norm, "normalize": normalize,
    "affine_grid": affine_grid, "grid_sample": grid_sample,
}  # fmt: skip
