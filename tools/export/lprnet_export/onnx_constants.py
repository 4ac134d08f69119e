"""Computes the parts of an ONNX graph that do not depend on the image: shapes, indices, folded weights."""

from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence

import numpy as np
import onnx
import onnx.helper
import onnx.numpy_helper

Array = np.ndarray
Attributes = Mapping[str, Any]


def _axes(x: List[Optional[Array]], attributes: Attributes) -> List[int]:
    if len(x) > 1 and x[1] is not None:
        return [int(axis) for axis in x[1]]
    return list(attributes.get("axes", []))


def _unsqueeze(x: List[Any], attributes: Attributes) -> Array:
    axes = _axes(x, attributes)
    rank = x[0].ndim + len(axes)
    result = x[0]
    for axis in sorted(axis % rank for axis in axes):
        result = np.expand_dims(result, axis)
    return result


def _squeeze(x: List[Any], attributes: Attributes) -> Array:
    axes = _axes(x, attributes)
    return np.squeeze(x[0], tuple(axes) if axes else None)


def _slice(x: List[Any], attributes: Attributes) -> Array:
    if len(x) > 1:
        starts, ends = x[1].tolist(), x[2].tolist()
        axes = x[3].tolist() if len(x) > 3 and x[3] is not None else list(range(len(starts)))
        steps = x[4].tolist() if len(x) > 4 and x[4] is not None else [1] * len(starts)
    else:
        starts, ends = attributes["starts"], attributes["ends"]
        axes, steps = attributes.get("axes", list(range(len(starts)))), [1] * len(starts)
    index: List[slice] = [slice(None)] * x[0].ndim
    for start, end, axis, step in zip(starts, ends, axes, steps):
        index[axis] = slice(start, None if step < 0 and end < -x[0].shape[axis] else end, step)
    return x[0][tuple(index)]


def _reshape(x: List[Any], attributes: Attributes) -> Array:
    shape = [
        x[0].shape[i] if size == 0 and not attributes.get("allowzero", 0) else size
        for i, size in enumerate(x[1].tolist())
    ]
    return x[0].reshape(shape)


def _cast(x: List[Any], attributes: Attributes) -> Array:
    if hasattr(onnx.helper, "tensor_dtype_to_np_dtype"):
        return x[0].astype(onnx.helper.tensor_dtype_to_np_dtype(attributes["to"]))
    return x[0].astype(onnx.mapping.TENSOR_TYPE_TO_NP_TYPE[attributes["to"]])  # onnx before 1.13


def _constant_of_shape(x: List[Any], attributes: Attributes) -> Array:
    value = onnx.numpy_helper.to_array(attributes["value"]) if "value" in attributes else np.zeros(1, np.float32)
    return np.full(x[0].tolist(), value.reshape(-1)[0], value.dtype)


def _div(x: List[Any], attributes: Attributes) -> Array:
    if np.issubdtype(x[0].dtype, np.integer):
        return np.trunc(x[0] / x[1]).astype(x[0].dtype)
    return x[0] / x[1]


def _reduce(function: Callable[..., Any]) -> Callable[[List[Any], Attributes], Array]:
    def run(x: List[Any], attributes: Attributes) -> Array:
        axes = _axes(x, attributes)
        return np.asarray(
            function(x[0], axis=tuple(axes) if axes else None, keepdims=bool(attributes.get("keepdims", 1)))
        )

    return run


FOLDED: Dict[str, Callable[[List[Any], Attributes], Any]] = {
    "Identity": lambda x, a: x[0],
    "Cast": _cast,
    "Gather": lambda x, a: np.take(x[0], x[1], axis=a.get("axis", 0)),
    "Concat": lambda x, a: np.concatenate(x, axis=a["axis"]),
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Slice": _slice,
    "Reshape": _reshape,
    "Transpose": lambda x, a: np.transpose(x[0], a.get("perm")),
    "ConstantOfShape": _constant_of_shape,
    "Expand": lambda x, a: x[0] * np.ones(x[1].tolist(), x[0].dtype),
    "Tile": lambda x, a: np.tile(x[0], x[1]),
    "Range": lambda x, a: np.arange(x[0], x[1], x[2], dtype=x[0].dtype),
    "Add": lambda x, a: x[0] + x[1],
    "Sub": lambda x, a: x[0] - x[1],
    "Mul": lambda x, a: x[0] * x[1],
    "Div": _div,
    "Pow": lambda x, a: np.power(x[0], x[1]).astype(x[0].dtype),
    "Neg": lambda x, a: -x[0],
    "Sqrt": lambda x, a: np.sqrt(x[0]),
    "Exp": lambda x, a: np.exp(x[0]),
    "Floor": lambda x, a: np.floor(x[0]),
    "Ceil": lambda x, a: np.ceil(x[0]),
    "Min": lambda x, a: np.minimum.reduce(x),
    "Max": lambda x, a: np.maximum.reduce(x),
    "Equal": lambda x, a: np.equal(x[0], x[1]),
    "Less": lambda x, a: np.less(x[0], x[1]),
    "Greater": lambda x, a: np.greater(x[0], x[1]),
    "Not": lambda x, a: np.logical_not(x[0]),
    "Where": lambda x, a: np.where(x[0], x[1], x[2]),
    "ReduceProd": _reduce(np.prod),
    "ReduceSum": _reduce(np.sum),
    "ReduceMean": _reduce(np.mean),
    "ReduceMax": _reduce(np.max),
}


def fold(op: str, inputs: Sequence[Optional[Array]], attributes: Attributes) -> Optional[Array]:
    """The node's value, or none where this operator is not one that constants are made with."""
    function = FOLDED.get(op)
    return None if function is None else np.asarray(function(list(inputs), attributes))
