"""Runs a graph document in PyTorch: what each operator of models/FORMAT.md means, in PyTorch's own words."""

from typing import Any, Callable, Dict, List, Mapping, Optional

import torch
import torch.nn.functional as F

from .errors import ExportError

Node = Mapping[str, Any]
Tensors = Mapping[str, torch.Tensor]
Values = List[torch.Tensor]


def _optional_weight(node: Node, key: str, tensors: Tensors) -> Optional[torch.Tensor]:
    return None if node.get(key) is None else _weight(node, key, tensors)


def _weight(node: Node, key: str, tensors: Tensors) -> torch.Tensor:
    name = node[key]
    if name not in tensors:
        raise ExportError(f"node '{node['name']}': {key} '{name}' is not among the tensors")
    return tensors[name].float()


def _tuple(value: Any, count: int) -> Any:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,) * count


def _dims(node: Node, x: torch.Tensor) -> List[int]:
    dim = node.get("dim")
    if dim is None:
        return list(range(x.dim()))
    return list(dim) if isinstance(dim, (list, tuple)) else [dim]


def _binary(function: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    def run(node: Node, x: Values, tensors: Tensors) -> torch.Tensor:
        if len(x) == 2:
            return function(x[0], x[1])
        if "other" in node:
            return function(x[0], node["other"])
        return function(torch.tensor(node["input"], dtype=torch.float32), x[0])

    return run


def _as_tensors(function: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """A function that takes no numbers; a number is a float32 to it."""
    return lambda a, b: function(*(torch.as_tensor(x, dtype=torch.float32) for x in (a, b)))


def _unary(function: Callable[[torch.Tensor], torch.Tensor]) -> Callable[..., torch.Tensor]:
    return lambda node, x, tensors: function(x[0])


def _conv2d(node: Node, x: Values, tensors: Tensors) -> torch.Tensor:
    return F.conv2d(
        x[0],
        _weight(node, "weight", tensors),
        _optional_weight(node, "bias", tensors),
        stride=_tuple(node.get("stride", 1), 2),
        padding=_tuple(node.get("padding", 0), 2),
        dilation=_tuple(node.get("dilation", 1), 2),
        groups=node.get("groups", 1),
    )


def _batch_norm(node: Node, x: Values, tensors: Tensors) -> torch.Tensor:
    return F.batch_norm(
        x[0],
        _weight(node, "running_mean", tensors),
        _weight(node, "running_var", tensors),
        _optional_weight(node, "weight", tensors),
        _optional_weight(node, "bias", tensors),
        training=False,
        eps=node.get("eps", 1e-5),
    )


def _max_pool(function: Callable[..., torch.Tensor], rank: int) -> Callable[..., torch.Tensor]:
    def run(node: Node, x: Values, tensors: Tensors) -> torch.Tensor:
        kernel = _tuple(node["kernel_size"], rank)
        return function(
            x[0],
            kernel,
            stride=_tuple(node.get("stride", kernel), rank),
            padding=_tuple(node.get("padding", 0), rank),
            dilation=_tuple(node.get("dilation", 1), rank),
            ceil_mode=node.get("ceil_mode", False),
        )

    return run


def _avg_pool2d(node: Node, x: Values, tensors: Tensors) -> torch.Tensor:
    kernel = _tuple(node["kernel_size"], 2)
    return F.avg_pool2d(
        x[0],
        kernel,
        stride=_tuple(node.get("stride", kernel), 2),
        padding=_tuple(node.get("padding", 0), 2),
        ceil_mode=node.get("ceil_mode", False),
        count_include_pad=node.get("count_include_pad", True),
        divisor_override=node.get("divisor_override"),
    )


def _slice(node: Node, x: Values, tensors: Tensors) -> torch.Tensor:
    index: List[slice] = [slice(None)] * x[0].dim()
    index[node["dim"]] = slice(node.get("start", 0), node.get("end"), node.get("step", 1))
    return x[0][tuple(index)]


def _grid_sample(node: Node, x: Values, tensors: Tensors) -> torch.Tensor:
    return F.grid_sample(
        x[0],
        x[1],
        mode=node.get("mode", "bilinear"),
        padding_mode=node.get("padding_mode", "zeros"),
        align_corners=node.get("align_corners", False),
    )


def _recurrent(function: Callable[..., Any]) -> Callable[..., torch.Tensor]:
    """PyTorch's own layer, whose weight_ih hands on what the node is given."""

    def run(node: Node, x: Values, tensors: Tensors) -> torch.Tensor:
        weight = _weight(node, "weight_hh", tensors)
        bias = _optional_weight(node, "bias_hh", tensors)
        width, hidden = weight.shape
        given = torch.eye(width), weight, torch.zeros(width), torch.zeros(width) if bias is None else bias
        start = torch.zeros(1, x[0].shape[1], hidden)
        state = (start, start) if width == 4 * hidden else start
        reverse = node.get("reverse", False)
        steps = x[0].flip(0) if reverse else x[0]
        result = function(steps, state, list(given), True, 1, 0.0, False, False, False)[0]
        return result.flip(0) if reverse else result

    return run


def _interpolate(node: Node, x: Values, tensors: Tensors) -> torch.Tensor:
    mode = node.get("mode", "nearest")
    return F.interpolate(
        x[0],
        size=node.get("size"),
        scale_factor=node.get("scale_factor"),
        mode=mode,
        align_corners=node.get("align_corners", False) if mode == "bilinear" else None,
    )


def _layer_norm(node: Node, x: Values, tensors: Tensors) -> torch.Tensor:
    weight, bias = (_optional_weight(node, key, tensors) for key in ("weight", "bias"))
    return F.layer_norm(x[0], node["normalized_shape"], weight, bias, node.get("eps", 1e-5))


def _group_norm(node: Node, x: Values, tensors: Tensors) -> torch.Tensor:
    weight, bias = (_optional_weight(node, key, tensors) for key in ("weight", "bias"))
    return F.group_norm(x[0], node["num_groups"], weight, bias, node.get("eps", 1e-5))


OPERATORS: Dict[str, Callable[[Node, Values, Tensors], torch.Tensor]] = {
    "conv2d": _conv2d,
    "linear": lambda node, x, t: F.linear(x[0], _weight(node, "weight", t), _optional_weight(node, "bias", t)),
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "group_norm": _group_norm,
    "matmul": lambda node, x, t: torch.matmul(x[0], x[1]),
    "lstm": _recurrent(torch.lstm),
    "gru": _recurrent(torch.gru),
    "relu": _unary(F.relu),
    "mish": _unary(F.mish),
    "sigmoid": _unary(torch.sigmoid),
    "tanh": _unary(torch.tanh),
    "sqrt": _unary(torch.sqrt),
    "relu6": _unary(F.relu6),
    "silu": _unary(F.silu),
    "hardsigmoid": _unary(F.hardsigmoid),
    "hardswish": _unary(F.hardswish),
    "exp": _unary(torch.exp),
    "abs": _unary(torch.abs),
    "softplus": lambda node, x, t: F.softplus(x[0], node.get("beta", 1.0)),
    "clamp_min": lambda node, x, t: x[0].clamp(min=node.get("min", 0.0)),
    "clamp_max": lambda node, x, t: x[0].clamp(max=node.get("max", 0.0)),
    "leaky_relu": lambda node, x, t: F.leaky_relu(x[0], node.get("negative_slope", 0.01)),
    "prelu": lambda node, x, t: F.prelu(x[0], _weight(node, "weight", t)),
    "elu": lambda node, x, t: F.elu(x[0], node.get("alpha", 1.0)),
    "gelu": lambda node, x, t: F.gelu(x[0], approximate=node.get("approximate", "none")),
    "softmax": lambda node, x, t: F.softmax(x[0], dim=node["dim"]),
    "log_softmax": lambda node, x, t: F.log_softmax(x[0], dim=node["dim"]),
    "max_pool2d": _max_pool(F.max_pool2d, 2),
    "max_pool3d": _max_pool(F.max_pool3d, 3),
    "avg_pool2d": _avg_pool2d,
    "adaptive_avg_pool2d": lambda node, x, t: F.adaptive_avg_pool2d(x[0], _tuple(node["output_size"], 2)),
    "adaptive_max_pool2d": lambda node, x, t: F.adaptive_max_pool2d(x[0], _tuple(node["output_size"], 2)),
    "concat": lambda node, x, t: torch.cat(x, dim=node.get("dim", 0)),
    "slice": _slice,
    "reshape": lambda node, x, t: x[0].reshape(node["shape"]),
    "flatten": lambda node, x, t: x[0].flatten(node.get("start_dim", 0), node.get("end_dim", -1)),
    "permute": lambda node, x, t: x[0].permute(node["dims"]),
    "squeeze": lambda node, x, t: x[0].squeeze(node["dim"]) if node.get("dim") is not None else x[0].squeeze(),
    "unsqueeze": lambda node, x, t: x[0].unsqueeze(node["dim"]),
    "add": _binary(torch.add),
    "sub": _binary(torch.sub),
    "mul": _binary(torch.mul),
    "div": _binary(torch.div),
    "pow": _binary(torch.pow),
    "maximum": _binary(_as_tensors(torch.maximum)),
    "minimum": _binary(_as_tensors(torch.minimum)),
    "sum": lambda node, x, t: x[0].sum(dim=_dims(node, x[0]), keepdim=node.get("keepdim", False)),
    "mean": lambda node, x, t: x[0].mean(dim=_dims(node, x[0]), keepdim=node.get("keepdim", False)),
    "max": lambda node, x, t: x[0].amax(dim=_dims(node, x[0]), keepdim=node.get("keepdim", False)),
    "min": lambda node, x, t: x[0].amin(dim=_dims(node, x[0]), keepdim=node.get("keepdim", False)),
    "affine_grid": lambda node, x, t: F.affine_grid(x[0], node["size"], align_corners=node.get("align_corners", False)),
    "grid_sample": _grid_sample,
    "interpolate": _interpolate,
    "constant": lambda node, x, t: _weight(node, "value", t),
    "dropout": _unary(lambda x: x),
    "identity": _unary(lambda x: x),
}


def run_node(node: Node, inputs: Values, tensors: Tensors) -> torch.Tensor:
    if node["op"] not in OPERATORS:
        raise ExportError(f"node '{node['name']}': unknown operator '{node['op']}'")
    with torch.no_grad():
        return OPERATORS[node["op"]](node, inputs, tensors)


def run_graph(document: Mapping[str, Any], tensors: Tensors, inputs: Tensors) -> Dict[str, torch.Tensor]:
    """The value of every input and node under its name."""
    values: Dict[str, torch.Tensor] = {}
    for declared in document["inputs"]:
        name = declared["name"]
        if name not in inputs:
            raise ExportError(f"input '{name}' is missing")
        if list(inputs[name].shape) != list(declared["shape"]):
            raise ExportError(f"input '{name}' is {list(inputs[name].shape)}, expected {declared['shape']}")
        values[name] = inputs[name]
    for node in document["nodes"]:
        values[node["name"]] = run_node(node, [values[name] for name in node["inputs"]], tensors)
    return values
