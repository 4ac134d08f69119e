"""How each ONNX operator becomes nodes of the graph document: (state, node) -> value."""

from typing import Any, Callable, Dict, List, Sequence

import numpy as np
import onnx
import torch

from . import interpret, operators
from .graph_builder import Operand, Value, Weight
from .onnx_node import Absent, ImportState, OnnxNode
from .operators import Lowering, Unsupported
from .recurrent import last_state, recurrent, written_out


def _pads(node: OnnxNode, kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int]) -> List[int]:
    """[begin..., end...] with auto_pad resolved for the input's size."""
    count = len(kernel)
    auto = node.attributes.get("auto_pad", "NOTSET")
    if auto == "NOTSET":
        return list(node.attributes.get("pads", [0] * (2 * count)))
    if auto == "VALID":
        return [0] * (2 * count)
    begin, end = [], []
    for size, k, s, d in zip(node.value(0).shape[-count:], kernel, strides, dilations):
        total = max(0, (-(-size // s) - 1) * s + (k - 1) * d + 1 - size)
        small, large = total // 2, total - total // 2
        begin.append(small if auto == "SAME_UPPER" else large)
        end.append(large if auto == "SAME_UPPER" else small)
    return begin + end


def _symmetric(b: Lowering, source: Operand, pads: List[int], fill: float) -> Any:
    """The input, padded by constants as far as its padding is uneven, and the even rest."""
    count = len(pads) // 2
    begin, end = pads[:count], pads[count:]
    even = [min(x, y) for x, y in zip(begin, end)]
    if begin == end:
        return source, even
    # PyTorch's order: last dimension first, before and after.
    extra = [amount for i in reversed(range(count)) for amount in (begin[i] - even[i], end[i] - even[i])]
    return operators.pad(b, source, extra, value=fill), even


def _conv(i: ImportState, node: OnnxNode) -> Value:
    weight = node.weight(1)
    if weight.tensor.dim() != 4:
        raise Unsupported(f"its weight is {list(weight.tensor.shape)}; only 2-D convolutions are supported")
    kernel = list(weight.tensor.shape[2:])
    strides = node.attributes.get("strides", [1, 1])
    dilations = node.attributes.get("dilations", [1, 1])
    source, padding = _symmetric(i.builder, node.value(0), _pads(node, kernel, strides, dilations), 0.0)
    bias = node.weight(2) if node.has(2) else None
    return operators.conv2d(
        i.builder, source, weight, bias, list(strides), padding, list(dilations), node.attributes.get("group", 1)
    )


def _gemm(i: ImportState, node: OnnxNode) -> Value:
    if node.attributes.get("transA", 0):
        raise Unsupported("transA=1 is not supported")
    alpha, beta = node.attributes.get("alpha", 1.0), node.attributes.get("beta", 1.0)
    turned = not node.attributes.get("transB", 0)
    weight = node.weight(1, lambda a: (a.T if turned else a) * np.float32(alpha))
    bias = None
    if node.has(2):
        outputs = weight.tensor.shape[0]
        bias = node.weight(2, lambda a: np.broadcast_to(a.reshape(-1), (outputs,)) * np.float32(beta))
    return operators.linear(i.builder, node.value(0), weight, bias)


def _matmul(i: ImportState, node: OnnxNode) -> Value:
    if isinstance(node.inputs[1], np.ndarray) and node.inputs[1].ndim == 2:
        return operators.linear(i.builder, node.value(0), node.weight(1, lambda a: a.T))
    return operators.matmul(i.builder, node.value(0), node.value(1))


def _conv_transpose(i: ImportState, node: OnnxNode) -> Value:
    weight = node.weight(1)
    if weight.tensor.dim() != 4:
        raise Unsupported(f"its weight is {list(weight.tensor.shape)}; only 2-D convolutions are supported")
    get, source = node.attributes.get, node.value(0)
    strides, dilations, extra = get("strides", [1, 1]), get("dilations", [1, 1]), get("output_padding", [0, 0])
    whole = [
        (size - 1) * s + d * (k - 1) + 1 + o
        for size, s, d, k, o in zip(source.shape[2:], strides, dilations, weight.tensor.shape[2:], extra)
    ]
    pads, auto, wanted = list(get("pads", [0] * 4)), get("auto_pad", "NOTSET"), get("output_shape")
    if auto in ("SAME_UPPER", "SAME_LOWER") and wanted is None:
        wanted = [size * s for size, s in zip(source.shape[2:], strides)]
    if wanted is not None:
        total = [max(0, have - want) for have, want in zip(whole, list(wanted)[-2:])]
        begin = [t - t // 2 if auto == "SAME_LOWER" else t // 2 for t in total]
        pads = begin + [t - first for t, first in zip(total, begin)]
    sizes = [have - pads[k] - pads[2 + k] for k, have in enumerate(whole)]
    bias = node.weight(2) if node.has(2) else None
    return operators.transposed_conv(
        i.builder, source, weight, bias, list(strides), pads[:2], sizes, get("group", 1), list(dilations)
    )


def _instance_norm(i: ImportState, node: OnnxNode) -> Value:
    eps = round(_float(node, "epsilon", 1e-5), 12)
    return operators.group_norm(i.builder, node.value(0), node.value(0).shape[1], node.weight(1), node.weight(2), eps)


def _group_norm(i: ImportState, node: OnnxNode) -> Value:
    groups, channels = node.attributes["num_groups"], node.value(0).shape[1]

    def for_channels(a: np.ndarray) -> np.ndarray:
        return a if a.size == channels else np.repeat(a, channels // groups)  # opset 18 has one for each group

    eps = round(_float(node, "epsilon", 1e-5), 12)
    weight, bias = node.weight(1, for_channels), node.weight(2, for_channels)
    return operators.group_norm(i.builder, node.value(0), groups, weight, bias, eps)


def _layer_norm(i: ImportState, node: OnnxNode) -> Value:
    source, weight = node.value(0), node.weight(1)
    shape = source.shape[node.attributes.get("axis", -1) % source.rank :]
    if len([name for name in node.proto.output if name]) > 1 or list(weight.tensor.shape) != shape:
        raise Unsupported(
            "only a scale of the normalised shape, and no mean or deviation beside the result, is supported"
        )
    bias = node.weight(2) if node.has(2) else None
    return operators.layer_norm(i.builder, source, shape, weight, bias, round(_float(node, "epsilon", 1e-5), 12))


def _depth_to_space(i: ImportState, node: OnnxNode) -> Value:
    value, block = node.value(0), node.attributes["blocksize"]
    if node.attributes.get("mode", "DCR") == "CRD":
        return operators.pixel_shuffle(i.builder, value, block)
    batch, channels, height, width = value.shape
    split = i.builder.emit("reshape", [value], shape=[batch, block, block, channels // block**2, height, width])
    turned = i.builder.emit("permute", [split], dims=[0, 3, 4, 1, 5, 2])
    return i.builder.emit("reshape", [turned], shape=[batch, channels // block**2, height * block, width * block])


def _space_to_depth(i: ImportState, node: OnnxNode) -> Value:
    value, block = node.value(0), node.attributes["blocksize"]
    batch, channels, height, width = value.shape
    split = i.builder.emit("reshape", [value], shape=[batch, channels, height // block, block, width // block, block])
    turned = i.builder.emit("permute", [split], dims=[0, 3, 5, 1, 2, 4])
    return i.builder.emit("reshape", [turned], shape=[batch, channels * block**2, height // block, width // block])


def _onnx_places(way: str, size: int, out: int, scale: float) -> np.ndarray:
    """Where each output pixel along an axis lies in the input, as ONNX defines it."""
    places = np.arange(out, dtype=np.float64)
    if way == "align_corners":
        return places * (size - 1) / (out - 1) if out > 1 else places * 0
    if way == "asymmetric":
        return places / scale
    if way == "half_pixel" or (way == "pytorch_half_pixel" and out > 1):
        return (places + 0.5) / scale - 0.5
    if way == "pytorch_half_pixel":
        return places * 0
    raise Unsupported(f"coordinate_transformation_mode '{way}' has no counterpart")


def _resize(i: ImportState, node: OnnxNode) -> Value:
    """The interpolation of PyTorch that takes the same pixels."""
    source = node.value(0)
    if source.rank not in (3, 4):
        raise Unsupported(f"its input has rank {source.rank}, not 4")
    newer = node.op == "Resize" and i.opset >= 11
    scales = node.inputs[2 if newer else 1] if node.has(2 if newer else 1) else node.attributes.get("scales")
    sizes = node.integers(3, "sizes") if newer and node.has(3) else None
    if node.attributes.get("axes") or node.attributes.get("antialias", 0) or isinstance(scales, Value):
        raise Unsupported("its axes, antialias and scales that depend on the image are not supported")
    given = [float(s) for s in np.asarray([] if scales is None else scales, np.float32).reshape(-1)]
    if sizes is None:
        sizes = [int(np.floor(size * scale)) for size, scale in zip(source.shape, given)]
    if sizes[:2] != source.shape[:2]:
        raise Unsupported("it resizes more than height and width")
    mode = node.attributes.get("mode", "nearest")
    if mode not in ("nearest", "linear"):
        raise Unsupported(f"mode '{mode}' has no counterpart")
    value = source
    if source.rank == 3:
        value = i.builder.emit("unsqueeze", [source], dim=2)
        sizes, given = [*sizes[:2], 1, sizes[2]], [*given[:2], 1.0, *given[2:]]
    factors = given[2:] or [out / size for out, size in zip(sizes[2:], value.shape[2:])]
    way = node.attributes.get("coordinate_transformation_mode", "half_pixel" if newer else "asymmetric")
    wanted = [_onnx_places(way, *axis) for axis in zip(value.shape[2:], sizes[2:], factors)]
    if mode == "nearest":
        rounding = node.attributes.get("nearest_mode", "round_prefer_floor" if newer else "floor")
        wanted = [_ROUNDINGS[rounding](places) for places in wanted]
    for attributes in _interpolations(mode, sizes[2:], given[2:]):
        if _same_places(value, sizes[2:], wanted, attributes):
            result = i.builder.emit("interpolate", [value], **attributes)
            return i.builder.emit("squeeze", [result], dim=2) if source.rank == 3 else result
    raise Unsupported(f"its attributes {node.attributes} take other pixels than PyTorch's interpolate")


_ROUNDINGS: Dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "round_prefer_floor": lambda places: np.ceil(places - 0.5),
    "round_prefer_ceil": lambda places: np.floor(places + 0.5),
    "floor": np.floor,
    "ceil": np.ceil,
}


def _interpolations(mode: str, sizes: List[int], factors: List[float]) -> List[Dict[str, Any]]:
    by: List[Dict[str, Any]] = [{"size": sizes}]
    if factors:
        by.append({"scale_factor": factors})
    kinds: List[Dict[str, Any]] = [{"mode": "nearest"}, {"mode": "nearest-exact"}]
    if mode == "linear":
        kinds = [{"mode": "bilinear"}, {"mode": "bilinear", "align_corners": True}]
    return [{**one, **kind} for kind in kinds for one in by]


def _same_places(value: Value, sizes: List[int], wanted: List[np.ndarray], attributes: Dict[str, Any]) -> bool:
    """Whether PyTorch's interpolation of rows and columns that count themselves finds these numbers."""
    for axis, places in enumerate(wanted):
        count = value.shape[2 + axis]
        ramp = (
            torch.arange(float(count)).reshape(1, 1, -1, 1)
            if axis == 0
            else torch.arange(float(count)).reshape(1, 1, 1, -1)
        )
        plane = ramp.expand(1, 1, *value.shape[2:])
        found = interpret.run_node({"name": "", "op": "interpolate", **attributes}, [plane], {})
        line = found[0, 0, :, 0] if axis == 0 else found[0, 0, 0, :]
        expected = np.clip(places, 0, count - 1)
        if list(found.shape[2:]) != sizes or not np.allclose(line.numpy(), expected, atol=1e-3):
            return False
    return True


# ONNX's order of gates, and where PyTorch's are in it.
_GATES = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2)}
_FUNCTIONS = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"]}


def _recurrent(i: ImportState, node: OnnxNode) -> List[Any]:
    """Y (steps, directions, batch, hidden), the last hidden state, and of an LSTM the last cell state."""
    get = node.attributes.get
    ways = {"forward": (False,), "reverse": (True,), "bidirectional": (False, True)}[get("direction", "forward")]
    functions = [str(f.decode() if isinstance(f, bytes) else f) for f in get("activations", [])]
    if functions and [f.lower() for f in functions] != [f.lower() for f in _FUNCTIONS[node.op]] * len(ways):
        raise Unsupported(f"its activations {functions} have no counterpart")
    if get("layout", 0) or get("clip") or get("input_forget", 0) or node.has(7):
        raise Unsupported("layout, clip, input_forget and peepholes are not supported")
    source, b = node.value(0), i.builder
    if node.has(4) and any(length != source.shape[0] for length in node.integers(4, "sequence_lens") or []):
        raise Unsupported("sequences shorter than the input are not supported")
    cell_is_read = node.op == "LSTM" and set(node.proto.output[2:3]) & i.needed
    reset_first = node.op == "GRU" and not get("linear_before_reset", 0)
    begun = any(node.has(state) and not _is_zero(node.inputs[state]) for state in (5, 6))
    order, half = _GATES[node.op], len(_GATES[node.op])

    def gates(way: int, first: int) -> Callable[[np.ndarray], np.ndarray]:
        """The gates of a direction in PyTorch's order, from `first` on."""
        return lambda a: np.concatenate(
            [np.split(a[way], a.shape[1] // node.attributes["hidden_size"])[first + g] for g in order]
        )

    def start(index: int, way: int) -> Any:
        if not node.has(index):
            return None
        states = node.operand(index)
        if isinstance(states, Weight):
            return Weight(f"{states.name}.{way}", states.tensor[way : way + 1])
        return operators.getitem(b, states, slice(way, way + 1))

    outputs, ends, cells = [], [], []
    for way, reverse in enumerate(ways):
        weights = [
            _named(node.weight(index, gates(way, first)), suffix, way)
            for index, first, suffix in ((1, 0, "W"), (2, 0, "R"), (3, 0, "Wb"), (3, half, "Rb"))
            if node.has(index)
        ]
        weights = [*weights, None, None][:4]
        if begun or reset_first or cell_is_read:
            states = (start(5, way), start(6, way))
            y, cell = written_out(b, node.op.lower(), source, weights, reverse, *states, reset_first=reset_first)
            cells.append(cell)
        else:
            y = recurrent(b, node.op.lower(), source, weights, reverse)
        outputs.append(b.emit("unsqueeze", [y], dim=1))
        ends.append(last_state(b, y, reverse))
    return [
        operators.concat(b, part, dim) if len(ways) > 1 else part[0]
        for part, dim in ((outputs, 1), (ends, 0), (cells, 0))
        if part
    ]


def _is_zero(state: Any) -> bool:
    return isinstance(state, np.ndarray) and not state.any()


def _named(weight: Weight, suffix: str, way: int) -> Weight:
    return Weight(f"{weight.name}.{suffix}{way}", weight.tensor)


def _batch_norm(i: ImportState, node: OnnxNode) -> Value:
    # Before opset 14 the outputs alone show it: the statistics of the batch follow the result.
    if node.attributes.get("training_mode", 0) or sum(1 for name in node.proto.output if name) > 1:
        raise Unsupported("it is in training mode, where it reads other plates; export the network after .eval()")
    weight, bias, mean, var = (node.weight(index) for index in range(1, 5))
    eps = round(float(node.attributes.get("epsilon", 1e-5)), 12)
    return operators.batch_norm(i.builder, node.value(0), mean, var, weight, bias, eps=eps)


def _dropout(i: ImportState, node: OnnxNode) -> Value:
    training = node.inputs[2] if len(node.inputs) > 2 else None
    if isinstance(training, np.ndarray) and bool(training.any()):
        raise Unsupported("it is in training mode, where it drops values; export the network after .eval()")
    return i.builder.emit("dropout", [node.value(0)])


def _prelu(i: ImportState, node: OnnxNode) -> Value:
    source = node.value(0)
    slope = node.weight(1, lambda a: a.reshape(-1)).tensor
    given = node.inputs[1]
    assert isinstance(given, np.ndarray)
    channels = source.shape[1] if source.rank > 1 else 1
    aligned = [1] * (source.rank - given.ndim) + list(given.shape)
    if slope.numel() != 1 and [d for d, size in enumerate(aligned) if size != 1] != [1]:
        raise Unsupported(
            f"its slope is {list(given.shape)}; one for all or one for each of the {channels} channels is supported"
        )
    return operators.prelu(i.builder, source, node.weight(1, lambda a: a.reshape(-1)))


def _float(node: OnnxNode, name: str, default: float) -> float:
    """ONNX holds float32; the shortest decimal that means the same one is what the author wrote."""
    return float(str(np.float32(node.attributes.get(name, default))))


def _softmax(op: str) -> Callable[[ImportState, OnnxNode], Value]:
    def run(i: ImportState, node: OnnxNode) -> Value:
        source = node.value(0)
        if i.opset >= 13:
            return i.builder.emit(op, [source], dim=node.attributes.get("axis", -1))
        axis = node.attributes.get("axis", 1) % source.rank  # all dimensions from here on, as one
        if all(size == 1 for size in source.shape[axis + 1 :]):
            return i.builder.emit(op, [source], dim=axis)
        flat = i.builder.emit("reshape", [source], shape=[int(np.prod(source.shape[:axis])), -1])
        return i.builder.emit("reshape", [i.builder.emit(op, [flat], dim=-1)], shape=source.shape)

    return run


def _max_pool(i: ImportState, node: OnnxNode) -> Value:
    kernel = list(node.attributes["kernel_shape"])
    count = len(kernel)
    if count not in (2, 3) or len([name for name in node.proto.output if name]) > 1:
        raise Unsupported("only 2-D and 3-D pools without indices are supported")
    strides = list(node.attributes.get("strides", [1] * count))
    dilations = list(node.attributes.get("dilations", [1] * count))
    pads = _pads(node, kernel, strides, dilations)
    source, padding = _symmetric(i.builder, node.value(0), pads, float("-inf"))
    i.pools_channels |= count == 3 and node.value(0).rank == 4
    pool = operators.max_pool2d if count == 2 else operators.max_pool3d
    return pool(i.builder, source, kernel, strides, padding, dilations, bool(node.attributes.get("ceil_mode", 0)))


def _average_pool(i: ImportState, node: OnnxNode) -> Value:
    kernel = list(node.attributes["kernel_shape"])
    if len(kernel) != 2:
        raise Unsupported("only 2-D pools are supported")
    strides = list(node.attributes.get("strides", [1, 1]))
    counted = bool(node.attributes.get("count_include_pad", 0))
    pads = _pads(node, kernel, strides, [1, 1])
    if pads[:2] != pads[2:] and not counted:
        raise Unsupported(f"uneven padding {pads} that is not counted has no counterpart")
    source, padding = _symmetric(i.builder, node.value(0), pads, 0.0)
    if source is not node.inputs[0] and any(padding):
        raise Unsupported(f"uneven padding {pads} on both sides has no counterpart")
    return operators.avg_pool2d(
        i.builder, source, kernel, strides, padding, bool(node.attributes.get("ceil_mode", 0)), counted
    )


def _global_pool(op: str) -> Callable[[ImportState, OnnxNode], Value]:
    def run(i: ImportState, node: OnnxNode) -> Value:
        source = node.value(0)
        if source.rank != 4:
            raise Unsupported(f"its input has rank {source.rank}, not 4")
        return i.builder.emit(op, [source], output_size=1)

    return run


def _slice(i: ImportState, node: OnnxNode) -> Value:
    value = node.value(0)
    starts, ends = node.integers(1, "starts"), node.integers(2, "ends")
    assert starts is not None and ends is not None
    axes = node.integers(3, "axes") or list(range(len(starts)))
    steps = node.integers(4, "steps") or [1] * len(starts)
    for start, end, axis, step in zip(starts, ends, axes, steps):
        if step < 1:
            raise Unsupported(f"step {step} goes backwards")
        size = value.shape[axis]
        start, end, step = slice(start, end, step).indices(size)
        if (start, end, step) != (0, size, 1):
            value = i.builder.emit("slice", [value], dim=axis, start=start, end=end, step=step)
    return value


def _reshape(i: ImportState, node: OnnxNode) -> Value:
    source = node.value(0)
    shape = node.integers(1, "shape")
    assert shape is not None
    kept = [
        source.shape[d] if size == 0 and not node.attributes.get("allowzero", 0) else size
        for d, size in enumerate(shape)
    ]
    return i.builder.emit("reshape", [source], shape=kept)


def _flatten(i: ImportState, node: OnnxNode) -> Value:
    source = node.value(0)
    axis = node.attributes.get("axis", 1)
    if axis == 1 and source.rank > 1:
        return operators.flatten(i.builder, source, 1)
    return i.builder.emit("reshape", [source], shape=[int(np.prod(source.shape[: axis % (source.rank + 1)])), -1])


def _transpose(i: ImportState, node: OnnxNode) -> Value:
    source = node.value(0)
    order = node.attributes.get("perm", list(reversed(range(source.rank))))
    return i.builder.emit("permute", [source], dims=list(order))


def _squeeze(i: ImportState, node: OnnxNode) -> Value:
    value = node.value(0)
    axes = node.integers(1, "axes")
    if axes is None:
        return i.builder.emit("squeeze", [value])
    for axis in sorted((axis % value.rank for axis in axes), reverse=True):
        value = i.builder.emit("squeeze", [value], dim=axis)
    return value


def _unsqueeze(i: ImportState, node: OnnxNode) -> Value:
    value = node.value(0)
    axes = node.integers(1, "axes") or []
    for axis in sorted(axis % (value.rank + len(axes)) for axis in axes):
        value = i.builder.emit("unsqueeze", [value], dim=axis)
    return value


def _binary(op: str) -> Callable[[ImportState, OnnxNode], Value]:
    def operand(node: OnnxNode, index: int, rank: int) -> Any:
        known = node.inputs[index]
        if isinstance(known, np.ndarray) and known.size == 1 and known.ndim <= rank:
            number = known.reshape(-1)[0]
            return int(number) if float(number).is_integer() else _shortest(number)
        return node.operand(index)

    def run(i: ImportState, node: OnnxNode) -> Value:
        ranks = [known.rank if isinstance(known, Value) else 0 for known in node.inputs]
        left, right = operand(node, 0, max(ranks)), operand(node, 1, max(ranks))
        return operators.binary(i.builder, op, left, right)

    return run


def _shortest(number: Any) -> float:
    return float(str(np.float32(number)))


def _reduce(op: str) -> Callable[[ImportState, OnnxNode], Value]:
    def run(i: ImportState, node: OnnxNode) -> Value:
        axes = node.integers(1, "axes")
        if not axes and node.attributes.get("noop_with_empty_axes", 0):
            return node.value(0)
        return operators.reduce(i.builder, op, node.value(0), axes, bool(node.attributes.get("keepdims", 1)))

    return run


def _reduce_l2(i: ImportState, node: OnnxNode) -> Value:
    axes = node.integers(1, "axes")
    return operators.norm(i.builder, node.value(0), 2, axes, bool(node.attributes.get("keepdims", 1)))


def _grid_sample(i: ImportState, node: OnnxNode) -> Value:
    mode = {"linear": "bilinear", "cubic": "bicubic"}.get(
        node.attributes.get("mode", "bilinear"), node.attributes.get("mode", "bilinear")
    )
    padding = node.attributes.get("padding_mode", "zeros")
    align = bool(node.attributes.get("align_corners", 0))
    return operators.grid_sample(i.builder, node.value(0), node.value(1), mode, padding, align)


def _affine_grid(i: ImportState, node: OnnxNode) -> Value:
    size = node.integers(1, "size")
    assert size is not None
    return operators.affine_grid(i.builder, node.value(0), size, bool(node.attributes.get("align_corners", 0)))


def _split(i: ImportState, node: OnnxNode) -> List[Value]:
    source = node.value(0)
    axis = node.attributes.get("axis", 0)
    count = len(node.proto.output)
    size = source.shape[axis]
    sizes = node.integers(1, "split") or [min(-(-size // count), size - k * -(-size // count)) for k in range(count)]
    ends = np.cumsum(sizes).tolist()
    return [i.builder.emit("slice", [source], dim=axis, start=end - size, end=end) for end, size in zip(ends, sizes)]


def _gather(i: ImportState, node: OnnxNode) -> Value:
    source = node.value(0)
    axis = node.attributes.get("axis", 0)
    indices = node.inputs[1]
    if not isinstance(indices, np.ndarray):
        raise Unsupported("its indices depend on the image")
    if indices.ndim == 0:
        return operators.select(i.builder, source, axis, int(indices))
    wanted = [int(index) % source.shape[axis] for index in indices.reshape(-1)]
    step = wanted[1] - wanted[0] if len(wanted) > 1 else 1
    if indices.ndim != 1 or step < 1 or wanted != list(range(wanted[0], wanted[-1] + 1, step)):
        raise Unsupported("only evenly spaced rising indices are supported")
    return i.builder.emit("slice", [source], dim=axis, start=wanted[0], end=wanted[-1] + 1, step=step)


def _pad(i: ImportState, node: OnnxNode) -> Value:
    pads = node.integers(1, "pads")
    assert pads is not None
    fill = node.inputs[2] if node.has(2) else node.attributes.get("value", 0.0)
    if node.has(3):
        raise Unsupported("its axes are not supported")
    count = len(pads) // 2
    torch_order = [amount for d in reversed(range(count)) for amount in (pads[d], pads[count + d])]
    mode = node.attributes.get("mode", "constant")
    return operators.pad(i.builder, node.value(0), torch_order, mode, float(np.asarray(fill).reshape(-1)[0]))


def _clip(i: ImportState, node: OnnxNode) -> Value:
    def bound(index: int, attribute: str) -> Any:
        known = node.inputs[index] if node.has(index) else node.attributes.get(attribute)
        if known is None or isinstance(known, Value):
            return known
        number = _shortest(np.asarray(known).reshape(-1)[0])
        return None if abs(number) > 3e38 else number  # float32's ends bound nothing

    return operators.clamp(i.builder, node.value(0), bound(1, "min"), bound(2, "max"))


def _hard_sigmoid(i: ImportState, node: OnnxNode) -> Value:
    alpha, beta = _float(node, "alpha", 0.2), _float(node, "beta", 0.5)
    if abs(alpha - 1 / 6) < 1e-6 and beta == 0.5:
        return i.builder.emit("hardsigmoid", [node.value(0)])
    line = i.builder.emit("add", [i.builder.emit("mul", [node.value(0)], other=alpha)], other=beta)
    return operators.clamp(i.builder, line, 0, 1)


def _extreme(op: str) -> Callable[[ImportState, OnnxNode], Value]:
    """Max and Min of any number of values."""
    two = _binary(op)

    def run(i: ImportState, node: OnnxNode) -> Value:
        if len(node.inputs) == 2:
            return two(i, node)
        result = node.value(0)
        for index in range(1, len(node.inputs)):
            result = operators.binary(i.builder, op, result, node.operand(index))
        return result

    return run


def _cast(i: ImportState, node: OnnxNode) -> Value:
    if node.attributes["to"] not in (onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE, onnx.TensorProto.FLOAT16):
        raise Unsupported("the image's values become whole numbers")
    return node.value(0)


def _expand(i: ImportState, node: OnnxNode) -> Value:
    source = node.value(0)
    shape = node.integers(1, "shape")
    if list(np.broadcast_shapes(tuple(source.shape), tuple(shape or []))) != source.shape:
        raise Unsupported("it repeats elements; arithmetic broadcasts without it")
    return source


def _plain(op: str) -> Callable[[ImportState, OnnxNode], Value]:
    return lambda i, node: i.builder.emit(op, [node.value(0)])


HANDLERS: Dict[str, Callable[[ImportState, OnnxNode], Any]] = {
    "Conv": _conv,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "ConvTranspose": _conv_transpose,
    "BatchNormalization": _batch_norm,
    "InstanceNormalization": _instance_norm,
    "GroupNormalization": _group_norm,
    "LayerNormalization": _layer_norm,
    "LSTM": _recurrent,
    "GRU": _recurrent,
    "DepthToSpace": _depth_to_space,
    "SpaceToDepth": _space_to_depth,
    "Resize": _resize,
    "Upsample": _resize,
    "Relu": _plain("relu"),
    "Mish": _plain("mish"),
    "Sigmoid": _plain("sigmoid"),
    "Tanh": _plain("tanh"),
    "Sqrt": _plain("sqrt"),
    "Exp": _plain("exp"),
    "Abs": _plain("abs"),
    "Softplus": _plain("softplus"),
    "Max": _extreme("maximum"),
    "Min": _extreme("minimum"),
    "HardSigmoid": _hard_sigmoid,
    "HardSwish": _plain("hardswish"),
    "Identity": lambda i, node: node.value(0),
    "Dropout": _dropout,
    "LeakyRelu": lambda i, n: i.builder.emit("leaky_relu", [n.value(0)], negative_slope=_float(n, "alpha", 0.01)),
    "Elu": lambda i, n: i.builder.emit("elu", [n.value(0)], alpha=_float(n, "alpha", 1.0)),
    "Gelu": lambda i, n: i.builder.emit("gelu", [n.value(0)], approximate=n.attributes.get("approximate", "none")),
    "PRelu": _prelu,
    "Softmax": _softmax("softmax"),
    "LogSoftmax": _softmax("log_softmax"),
    "MaxPool": _max_pool,
    "AveragePool": _average_pool,
    "GlobalAveragePool": _global_pool("adaptive_avg_pool2d"),
    "GlobalMaxPool": _global_pool("adaptive_max_pool2d"),
    "Concat": lambda i, n: operators.concat(
        i.builder, [n.operand(k) for k in range(len(n.inputs))], n.attributes["axis"]
    ),
    "Slice": _slice,
    "Split": _split,
    "Gather": _gather,
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Transpose": _transpose,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Expand": _expand,
    "Pad": _pad,
    "Clip": _clip,
    "Cast": _cast,
    "Add": _binary("add"),
    "Sub": _binary("sub"),
    "Mul": _binary("mul"),
    "Div": _binary("div"),
    "Pow": _binary("pow"),
    "Neg": lambda i, n: operators.neg(i.builder, n.value(0)),
    "Reciprocal": lambda i, n: operators.reciprocal(i.builder, n.value(0)),
    "ReduceMean": _reduce("mean"),
    "ReduceSum": _reduce("sum"),
    "ReduceMax": _reduce("max"),
    "ReduceMin": _reduce("min"),
    "ReduceL2": _reduce_l2,
    "GridSample": _grid_sample,
    "AffineGrid": _affine_grid,
}
