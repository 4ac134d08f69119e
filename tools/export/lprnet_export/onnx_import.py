"""From an ONNX file to the content of a model file.

Values that depend on the image become nodes; everything else is computed here. Reductions over the batch
become reductions over each plate, as in the exporter.
"""

import warnings
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Union

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from . import interpret, onnx_constants, operators
from .errors import ExportError
from .export import EXPORTER, TOLERANCE, ExportedModel, example_input, relative_difference
from .graph_builder import Operand, Value, Weight
from .operators import Lowering, Unsupported
from .plate_reader import check_plate_reader
from .pointwise import PointwiseTracker

OLDEST_OPSET, NEWEST_OPSET = 9, 17
_TRACKED_ONLY = ("Erf", "Exp", "Log", "Softplus")  # parts of activations, with no operator of their own


class Absent:
    """A value that exists only as a part of an activation that was spelled out."""

    def __init__(self, op: str, where: str) -> None:
        self.op = op
        self.where = where


Known = Union[Value, np.ndarray, Absent]


class OnnxNode:
    """One node of the ONNX graph with its inputs as they are known."""

    def __init__(self, importer: "OnnxImporter", proto: Any) -> None:
        self.importer = importer
        self.proto = proto
        self.op: str = proto.op_type
        self.attributes: Dict[str, Any] = {a.name: _attribute(a) for a in proto.attribute}
        self.label: str = proto.name or proto.output[0]
        self.inputs: List[Optional[Known]] = [importer.known.get(name) if name else None for name in proto.input]

    def has(self, index: int) -> bool:
        return index < len(self.inputs) and self.inputs[index] is not None

    def value(self, index: int) -> Value:
        """An input that depends on the image, or a constant made a node."""
        known = self.inputs[index]
        if isinstance(known, Absent):
            raise Unsupported(f"it needs '{known.op}' ({known.where}), which is no operator of the model file")
        if isinstance(known, np.ndarray):
            return self.importer.builder.as_value(self.weight(index))
        assert known is not None
        return known

    def operand(self, index: int) -> Operand:
        return self.weight(index) if isinstance(self.inputs[index], np.ndarray) else self.value(index)

    def weight(self, index: int, transform: Optional[Callable[[np.ndarray], np.ndarray]] = None) -> Weight:
        """An input that the file format wants as a weight."""
        known = self.inputs[index]
        if not isinstance(known, np.ndarray):
            raise Unsupported(f"its input '{self.proto.input[index]}' depends on the image, and a fixed tensor is needed")
        name = str(self.proto.input[index])
        array = known if transform is None else transform(known)
        if transform is not None and (array.shape != known.shape or not np.array_equal(array, known)):
            name = f"{name}.{self.label}"
        return Weight(name, torch.from_numpy(np.array(array, dtype=np.float32)))

    def integers(self, index: int, attribute: str) -> Optional[List[int]]:
        """A list that older opsets have as an attribute and newer ones as an input."""
        if self.has(index):
            known = self.inputs[index]
            if not isinstance(known, np.ndarray):
                raise Unsupported(f"its {attribute} depend on the image")
            return [int(item) for item in known.reshape(-1)]
        found = self.attributes.get(attribute)
        return None if found is None else [int(item) for item in found]


def _attribute(attribute: Any) -> Any:
    value = onnx.helper.get_attribute_value(attribute)
    return value.decode("utf-8") if isinstance(value, bytes) else value


class OnnxImporter:
    def __init__(self, model: Any, name: str, input_shape: Optional[Sequence[int]], output: Optional[str]) -> None:
        self.graph = model.graph
        self.builder = Lowering(name)
        self.known: Dict[str, Known] = {}
        self.points = PointwiseTracker()
        self.pools_channels = False  # a 3-D pool of a 4-d value, as PyTorch writes MaxPool3d
        self.opset = _opset(model, self.builder)
        for tensor in self.graph.initializer:
            self.known[tensor.name] = numpy_helper.to_array(tensor)
        self.input_name = self._declare_input(input_shape)
        self.output_name = self._choose_output(output)

    def run(self) -> Value:
        for proto in self._needed_nodes():
            self._import_node(OnnxNode(self, proto))
        output = self.known[self.output_name]
        if isinstance(output, Absent):
            raise ExportError(f"the output is the result of '{output.op}', which is no operator of the model file")
        if not isinstance(output, Value):
            raise ExportError("the output does not depend on the input")
        return output

    def _declare_input(self, input_shape: Optional[Sequence[int]]) -> str:
        inputs = [value for value in self.graph.input if value.name not in self.known]
        if len(inputs) != 1:
            names = ", ".join(value.name for value in inputs) or "none"
            raise ExportError(f"a plate reader has one input, this graph has {len(inputs)} ({names})")
        declared = inputs[0]
        dims = [d.dim_value if d.HasField("dim_value") else 0 for d in declared.type.tensor_type.shape.dim]
        shape = list(input_shape) if input_shape else [1] + dims[1:]
        if len(shape) != len(dims) or any(size <= 0 for size in shape) or shape[0] != 1:
            raise ExportError(f"the input '{declared.name}' is {dims}; give its size for one plate with --input-shape 1,C,H,W")
        for size, dim in zip(shape[1:], dims[1:]):
            if dim not in (0, size):
                raise ExportError(f"the input '{declared.name}' is {dims}, not {shape}")
        self.shape = shape
        self.known[declared.name] = self.builder.input("input", torch.zeros(shape))
        return declared.name

    def _choose_output(self, output: Optional[str]) -> str:
        names = [value.name for value in self.graph.output]
        if output is None and len(names) != 1:
            raise ExportError(f"the graph has {len(names)} outputs ({', '.join(names)}); choose with --output-name")
        if output is not None and output not in names:
            raise ExportError(f"the graph has no output '{output}'; there are: {', '.join(names)}")
        return output or names[0]

    def _needed_nodes(self) -> List[Any]:
        needed = {self.output_name}
        kept: List[Any] = []
        for proto in reversed(self.graph.node):
            if any(name in needed for name in proto.output):
                needed.update(name for name in proto.input if name)
                kept.append(proto)
        return kept[::-1]

    def _import_node(self, node: OnnxNode) -> None:
        for name, known in zip(node.proto.input, node.inputs):
            if name and known is None:
                raise ExportError(f"node '{node.label}': its input '{name}' is computed by nothing before it")
        if node.proto.domain not in ("", "ai.onnx"):
            raise ExportError(f"node '{node.label}': operator '{node.op}' of the domain '{node.proto.domain}' is not supported")
        outputs = list(node.proto.output)
        constant = self._constant(node)
        if constant is not None:
            self.known[outputs[0]] = constant
            return
        self._track(node)
        try:
            results = self._lower(node)
        except Unsupported as reason:
            raise ExportError(f"node '{node.label}' ({node.op}): {reason}") from None
        for name, result in zip(outputs, results if isinstance(results, list) else [results]):
            self.known[name] = result

    def _constant(self, node: OnnxNode) -> Optional[np.ndarray]:
        if node.op == "Constant":
            return _constant_node(node)
        if node.op == "Shape" and isinstance(node.inputs[0], Value):
            shape = node.inputs[0].shape
            return np.array(shape[node.attributes.get("start", 0) : node.attributes.get("end", len(shape))], np.int64)
        if node.op == "Size" and isinstance(node.inputs[0], Value):
            return np.array(node.inputs[0].tensor.numel(), np.int64)
        if all(known is None or isinstance(known, np.ndarray) for known in node.inputs):
            if node.op == "Shape":
                return np.array(node.inputs[0].shape, np.int64)  # type: ignore[union-attr]
            return onnx_constants.fold(node.op, node.inputs, node.attributes)  # type: ignore[arg-type]
        return None

    def _track(self, node: OnnxNode) -> None:
        items: List[Any] = []
        for name, known in zip(node.proto.input, node.inputs):
            if isinstance(known, np.ndarray):
                if known.size != 1:
                    return
                items.append(float(known.reshape(-1)[0]))
            else:
                items.append(name)
        self.points.apply(node.op, items, node.proto.output[0])

    def _lower(self, node: OnnxNode) -> Any:
        output = node.proto.output[0]
        builder = self.builder
        builder.begin(node.label)
        builder.broadcast_only = self._broadcast_only(node)
        if node.op in _TRACKED_ONLY:
            return Absent(node.op, node.label)
        activation = self.points.recognise(output) if node.op in ("Mul", "Div") else None
        if activation is not None:
            base, op, attributes = activation
            known = self.known[base]
            if isinstance(known, Value):
                return builder.finish(builder.emit(op, [known], **attributes))
        if any(isinstance(known, Absent) for known in node.inputs) and node.op in _POINTWISE:
            return Absent(node.op, node.label)
        handler = HANDLERS.get(node.op)
        if handler is None:
            raise Unsupported("is not an operator that the model file has")
        result = handler(self, node)
        if isinstance(result, list):
            return result
        return builder.finish(result)

    def _broadcast_only(self, node: OnnxNode) -> bool:
        """Whether every use of a reduction is arithmetic with a value of its input's rank."""
        source = node.inputs[0] if node.inputs else None
        if not isinstance(source, Value):
            return False
        output = node.proto.output[0]
        users = [proto for proto in self.graph.node if output in proto.input]
        for user in users:
            others = [self.known.get(name) for name in user.input if name != output]
            if user.op_type not in ("Add", "Sub", "Mul", "Div", "Pow"):
                return False
            if not any(isinstance(other, Value) and other.rank == source.rank for other in others):
                return False
        return bool(users) and output != self.output_name


def _opset(model: Any, builder: Lowering) -> int:
    versions = [entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")]
    version = max(versions) if versions else 0
    if version < OLDEST_OPSET:
        raise ExportError(f"the file is of opset {version}; opsets {OLDEST_OPSET} to {NEWEST_OPSET} are read")
    if version > NEWEST_OPSET:
        builder.warn(f"the file is of opset {version}; {OLDEST_OPSET} to {NEWEST_OPSET} are the tested ones")
    return version


def _constant_node(node: OnnxNode) -> np.ndarray:
    attributes = node.attributes
    if "value" in attributes:
        return numpy_helper.to_array(attributes["value"])
    for key, dtype in (("value_float", np.float32), ("value_floats", np.float32), ("value_int", np.int64), ("value_ints", np.int64)):
        if key in attributes:
            return np.array(attributes[key], dtype)
    raise ExportError(f"node '{node.label}': a constant of the kind {', '.join(attributes)} is not supported")


# One function for each operator: (importer, node) -> value.


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


def _conv(i: OnnxImporter, node: OnnxNode) -> Value:
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


def _gemm(i: OnnxImporter, node: OnnxNode) -> Value:
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


def _matmul(i: OnnxImporter, node: OnnxNode) -> Value:
    if not isinstance(node.inputs[1], np.ndarray) or node.inputs[1].ndim != 2:
        raise Unsupported("only a product with a fixed matrix on the right is supported")
    return operators.linear(i.builder, node.value(0), node.weight(1, lambda a: a.T))


def _batch_norm(i: OnnxImporter, node: OnnxNode) -> Value:
    if node.attributes.get("training_mode", 0):
        raise Unsupported("it is in training mode; export the network after .eval()")
    weight, bias, mean, var = (node.weight(index) for index in range(1, 5))
    eps = round(float(node.attributes.get("epsilon", 1e-5)), 12)
    return operators.batch_norm(i.builder, node.value(0), mean, var, weight, bias, eps=eps)


def _prelu(i: OnnxImporter, node: OnnxNode) -> Value:
    source = node.value(0)
    slope = node.weight(1, lambda a: a.reshape(-1)).tensor
    given = node.inputs[1]
    assert isinstance(given, np.ndarray)
    channels = source.shape[1] if source.rank > 1 else 1
    aligned = [1] * (source.rank - given.ndim) + list(given.shape)
    if slope.numel() != 1 and [d for d, size in enumerate(aligned) if size != 1] != [1]:
        raise Unsupported(f"its slope is {list(given.shape)}; one for all or one for each of the {channels} channels is supported")
    return operators.prelu(i.builder, source, node.weight(1, lambda a: a.reshape(-1)))


def _float(node: OnnxNode, name: str, default: float) -> float:
    """ONNX holds float32; the shortest decimal that means the same one is what the author wrote."""
    return float(str(np.float32(node.attributes.get(name, default))))


def _softmax(op: str) -> Callable[[OnnxImporter, OnnxNode], Value]:
    def run(i: OnnxImporter, node: OnnxNode) -> Value:
        source = node.value(0)
        if i.opset >= 13:
            return i.builder.emit(op, [source], dim=node.attributes.get("axis", -1))
        axis = node.attributes.get("axis", 1) % source.rank  # all dimensions from here on, as one
        if all(size == 1 for size in source.shape[axis + 1 :]):
            return i.builder.emit(op, [source], dim=axis)
        flat = i.builder.emit("reshape", [source], shape=[int(np.prod(source.shape[:axis])), -1])
        return i.builder.emit("reshape", [i.builder.emit(op, [flat], dim=-1)], shape=source.shape)

    return run


def _max_pool(i: OnnxImporter, node: OnnxNode) -> Value:
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


def _average_pool(i: OnnxImporter, node: OnnxNode) -> Value:
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


def _global_pool(op: str) -> Callable[[OnnxImporter, OnnxNode], Value]:
    def run(i: OnnxImporter, node: OnnxNode) -> Value:
        source = node.value(0)
        if source.rank != 4:
            raise Unsupported(f"its input has rank {source.rank}, not 4")
        return i.builder.emit(op, [source], output_size=1)

    return run


def _slice(i: OnnxImporter, node: OnnxNode) -> Value:
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


def _reshape(i: OnnxImporter, node: OnnxNode) -> Value:
    source = node.value(0)
    shape = node.integers(1, "shape")
    assert shape is not None
    kept = [source.shape[d] if size == 0 and not node.attributes.get("allowzero", 0) else size for d, size in enumerate(shape)]
    return i.builder.emit("reshape", [source], shape=kept)


def _flatten(i: OnnxImporter, node: OnnxNode) -> Value:
    source = node.value(0)
    axis = node.attributes.get("axis", 1)
    if axis == 1 and source.rank > 1:
        return operators.flatten(i.builder, source, 1)
    return i.builder.emit("reshape", [source], shape=[int(np.prod(source.shape[: axis % (source.rank + 1)])), -1])


def _transpose(i: OnnxImporter, node: OnnxNode) -> Value:
    source = node.value(0)
    order = node.attributes.get("perm", list(reversed(range(source.rank))))
    return i.builder.emit("permute", [source], dims=list(order))


def _squeeze(i: OnnxImporter, node: OnnxNode) -> Value:
    value = node.value(0)
    axes = node.integers(1, "axes")
    if axes is None:
        return i.builder.emit("squeeze", [value])
    for axis in sorted((axis % value.rank for axis in axes), reverse=True):
        value = i.builder.emit("squeeze", [value], dim=axis)
    return value


def _unsqueeze(i: OnnxImporter, node: OnnxNode) -> Value:
    value = node.value(0)
    axes = node.integers(1, "axes") or []
    for axis in sorted(axis % (value.rank + len(axes)) for axis in axes):
        value = i.builder.emit("unsqueeze", [value], dim=axis)
    return value


def _binary(op: str) -> Callable[[OnnxImporter, OnnxNode], Value]:
    def operand(node: OnnxNode, index: int, rank: int) -> Any:
        known = node.inputs[index]
        if isinstance(known, np.ndarray) and known.size == 1 and known.ndim <= rank:
            number = known.reshape(-1)[0]
            return int(number) if float(number).is_integer() else _shortest(number)
        return node.operand(index)

    def run(i: OnnxImporter, node: OnnxNode) -> Value:
        ranks = [known.rank if isinstance(known, Value) else 0 for known in node.inputs]
        left, right = operand(node, 0, max(ranks)), operand(node, 1, max(ranks))
        return operators._binary(i.builder, op, left, right)

    return run


def _shortest(number: Any) -> float:
    return float(str(np.float32(number)))


def _reduce(op: str) -> Callable[[OnnxImporter, OnnxNode], Value]:
    def run(i: OnnxImporter, node: OnnxNode) -> Value:
        axes = node.integers(1, "axes")
        if not axes and node.attributes.get("noop_with_empty_axes", 0):
            return node.value(0)
        return operators._reduce(i.builder, op, node.value(0), axes, bool(node.attributes.get("keepdims", 1)))

    return run


def _reduce_l2(i: OnnxImporter, node: OnnxNode) -> Value:
    axes = node.integers(1, "axes")
    return operators.norm(i.builder, node.value(0), 2, axes, bool(node.attributes.get("keepdims", 1)))


def _grid_sample(i: OnnxImporter, node: OnnxNode) -> Value:
    mode = {"linear": "bilinear", "cubic": "bicubic"}.get(node.attributes.get("mode", "bilinear"), node.attributes.get("mode", "bilinear"))
    padding = node.attributes.get("padding_mode", "zeros")
    align = bool(node.attributes.get("align_corners", 0))
    return operators.grid_sample(i.builder, node.value(0), node.value(1), mode, padding, align)


def _affine_grid(i: OnnxImporter, node: OnnxNode) -> Value:
    size = node.integers(1, "size")
    assert size is not None
    return operators.affine_grid(i.builder, node.value(0), size, bool(node.attributes.get("align_corners", 0)))


def _split(i: OnnxImporter, node: OnnxNode) -> List[Value]:
    source = node.value(0)
    axis = node.attributes.get("axis", 0)
    count = len(node.proto.output)
    size = source.shape[axis]
    sizes = node.integers(1, "split") or [min(-(-size // count), size - k * -(-size // count)) for k in range(count)]
    ends = np.cumsum(sizes).tolist()
    return [i.builder.emit("slice", [source], dim=axis, start=end - size, end=end) for end, size in zip(ends, sizes)]


def _gather(i: OnnxImporter, node: OnnxNode) -> Value:
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


def _pad(i: OnnxImporter, node: OnnxNode) -> Value:
    pads = node.integers(1, "pads")
    assert pads is not None
    fill = node.inputs[2] if node.has(2) else node.attributes.get("value", 0.0)
    if node.has(3):
        raise Unsupported("its axes are not supported")
    count = len(pads) // 2
    torch_order = [amount for d in reversed(range(count)) for amount in (pads[d], pads[count + d])]
    mode = node.attributes.get("mode", "constant")
    return operators.pad(i.builder, node.value(0), torch_order, mode, float(np.asarray(fill).reshape(-1)[0]))


def _clip(i: OnnxImporter, node: OnnxNode) -> Value:
    low = node.inputs[1] if node.has(1) else node.attributes.get("min")
    high = node.inputs[2] if node.has(2) else node.attributes.get("max")
    unbounded = high is None or float(np.asarray(high).reshape(-1)[0]) > 3e38
    if not unbounded or low is None or float(np.asarray(low).reshape(-1)[0]) != 0.0:
        raise Unsupported("only a clip at zero from below (ReLU) is supported")
    return i.builder.emit("relu", [node.value(0)])


def _cast(i: OnnxImporter, node: OnnxNode) -> Value:
    if node.attributes["to"] not in (onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE, onnx.TensorProto.FLOAT16):
        raise Unsupported("the image's values become whole numbers")
    return node.value(0)


def _expand(i: OnnxImporter, node: OnnxNode) -> Value:
    source = node.value(0)
    shape = node.integers(1, "shape")
    if list(np.broadcast_shapes(tuple(source.shape), tuple(shape or []))) != source.shape:
        raise Unsupported("it repeats elements; arithmetic broadcasts without it")
    return source


def _plain(op: str) -> Callable[[OnnxImporter, OnnxNode], Value]:
    return lambda i, node: i.builder.emit(op, [node.value(0)])


_POINTWISE = {"Add", "Sub", "Mul", "Div", "Pow", "Tanh", "Sigmoid", "Sqrt"}
HANDLERS: Dict[str, Callable[[OnnxImporter, OnnxNode], Any]] = {
    "Conv": _conv,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "BatchNormalization": _batch_norm,
    "Relu": _plain("relu"),
    "Mish": _plain("mish"),
    "Sigmoid": _plain("sigmoid"),
    "Tanh": _plain("tanh"),
    "Sqrt": _plain("sqrt"),
    "Identity": lambda i, node: node.value(0),
    "Dropout": _plain("dropout"),
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
    "Concat": lambda i, n: operators.concat(i.builder, [n.operand(k) for k in range(len(n.inputs))], n.attributes["axis"]),
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
    "ReduceL2": _reduce_l2,
    "GridSample": _grid_sample,
    "AffineGrid": _affine_grid,
}


def import_onnx(
    path: Path,
    *,
    name: str,
    input_shape: Optional[Sequence[int]] = None,
    output_name: Optional[str] = None,
    steps_first: bool = False,
    preprocess: Optional[Mapping[str, Any]] = None,
    decode: Optional[Mapping[str, Any]] = None,
    provenance: Optional[Mapping[str, str]] = None,
    seed: int = 0,
) -> ExportedModel:
    """The model file's content; `steps_first` turns an output [1, steps, classes] round."""
    try:
        model = onnx.load(str(path))
    except Exception as reason:
        raise ExportError(f"{path}: not an ONNX file ({str(reason)[:200]})") from None
    importer = OnnxImporter(model, name, input_shape, output_name)
    output = importer.run()
    builder = importer.builder
    if steps_first:
        builder.begin("logits")
        output = builder.finish(builder.emit("permute", [output], dims=[0, 2, 1]))
    if decode is not None:
        check_plate_reader(output.shape, decode)
    extra: Dict[str, Any] = {}
    if preprocess is not None:
        extra["preprocess"] = dict(preprocess)
    if decode is not None:
        extra["decode"] = dict(decode)
    extra["provenance"] = {**(provenance or {}), "exporter": EXPORTER}
    document, tensors = builder.document(output, extra)

    example = example_input(importer.shape, seed, preprocess)
    replayed = interpret.run_graph(document, tensors, {"input": example})[document["output"]].contiguous()
    logits, origin = _reference(model, importer, example, steps_first)
    if logits is None:
        logits, origin = replayed, f"PyTorch {torch.__version__} running this graph, not the ONNX file ({origin})"
    elif relative_difference(replayed, logits) > TOLERANCE:
        difference = relative_difference(replayed, logits)
        raise ExportError(f"the imported graph differs from {origin} by {difference:.1e} of the largest output")
    document["self_test"] = {
        "input": "self_test.input",
        "logits": "self_test.logits",
        "origin": origin,
        "tolerance": TOLERANCE,
    }
    tensors["self_test.input"] = example
    tensors["self_test.logits"] = logits
    return ExportedModel(document, tensors, builder.warnings)


def _reference(model: Any, importer: OnnxImporter, example: torch.Tensor, steps_first: bool) -> Any:
    """ONNX's own evaluator's answer and its name; or none, and why."""
    try:
        from onnx.reference import ReferenceEvaluator
    except ImportError:
        return None, f"onnx {onnx.__version__} has no reference evaluator"
    if importer.pools_channels:
        return None, "its MaxPool over channels is PyTorch's own and outside ONNX's definition"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            evaluator = ReferenceEvaluator(model)
            (found,) = evaluator.run([importer.output_name], {importer.input_name: example.numpy()})
    except Exception as reason:
        return None, f"onnx {onnx.__version__}'s reference evaluator fails: {str(reason).splitlines()[0][:80]}"
    logits = torch.from_numpy(np.ascontiguousarray(found, dtype=np.float32))
    return (logits.permute(0, 2, 1).contiguous() if steps_first else logits), f"onnx {onnx.__version__} reference evaluator"
