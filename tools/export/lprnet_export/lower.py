"""Turns the fx graph of a traced module into a graph document."""

from typing import Any, Dict, Set

import torch
from torch import fx, nn
from torch.fx.node import map_aggregate

from .errors import ExportError
from .graph_builder import Value, Weight
from .operators import FUNCTIONS, MODULES, Lowering, Unsupported
from .trace import ConcreteTracer, operator_name

_BROADCASTING = {"add", "sub", "mul", "div", "truediv", "pow", "iadd", "isub", "imul", "itruediv", "rsub"}


def lower(tracer: ConcreteTracer, graph: fx.Graph, root: nn.Module, builder: Lowering) -> Value:
    """Emits the graph's nodes into `builder` and gives the output."""
    needed = _needed(graph)
    done: Dict[fx.Node, Any] = {}
    output: Any = None
    inputs = sum(1 for node in graph.nodes if node.op == "placeholder")
    for node in graph.nodes:
        if node not in needed:
            continue
        if node.op == "placeholder":
            done[node] = builder.input("input" if inputs == 1 else node.target, tracer.values[node])
        elif node.op == "get_attr":
            done[node] = Weight(node.target, tracer.constants[node.target])
        elif node.op == "output":
            output = node.args[0]
        else:
            done[node] = _lower_node(tracer, node, root, builder, done)
    if not isinstance(output, fx.Node) or not isinstance(done[output], (Value, Weight)):
        raise ExportError(
            f"the module returns {_describe(output)}; a model file has one output tensor: wrap the module in one "
            "whose forward returns the logits alone"
        )
    builder.begin("output")
    return builder.as_value(done[output])


def _needed(graph: fx.Graph) -> Set[fx.Node]:
    needed = {node for node in graph.nodes if node.op in ("output", "placeholder")}
    for node in reversed(list(graph.nodes)):
        if node in needed:
            needed.update(node.all_input_nodes)
    return needed


def _describe(output: Any) -> str:
    return f"a {type(output).__name__}" if not isinstance(output, fx.Node) else "several tensors"


def _lower_node(tracer: ConcreteTracer, node: fx.Node, root: nn.Module, builder: Lowering, done: Dict) -> Any:
    def operand(item: Any) -> Any:
        return done[item] if isinstance(item, fx.Node) else item

    args = map_aggregate(node.args, operand)
    kwargs = dict(map_aggregate(node.kwargs, operand))
    kwargs.pop("out", None)  # the tracer has already redirected what it overwrote
    builder.result = tracer.values[node]
    builder.broadcast_only = _broadcast_only(tracer, node)
    builder.begin(node.target if node.op == "call_module" else node.name)
    try:
        result = _call(node, root, builder, args, kwargs)
    except Unsupported as reason:
        raise ExportError(f"{_what(node, root)}: {reason}, at {tracer.where[node]}") from None
    if not isinstance(result, Value):
        return result
    result = builder.finish(result)
    # A mean over the batch has become one over the plate, whose single element broadcasts alike.
    broadcasts_alike = builder.broadcast_only and result.tensor.numel() == 1
    if list(builder.result.shape) != result.shape and not broadcasts_alike:
        raise ExportError(
            f"{_what(node, root)} gave {list(builder.result.shape)} in PyTorch and {result.shape} as exported, "
            f"at {tracer.where[node]}"
        )
    return result


def _call(node: fx.Node, root: nn.Module, builder: Lowering, args: Any, kwargs: Any) -> Any:
    if node.op == "call_module":
        module = root.get_submodule(str(node.target))
        handler = _module_handler(module)
        if handler is None:
            raise Unsupported("is not an operator of the model file")
        return handler(builder, node.target, module, *args, **kwargs)
    handler = FUNCTIONS.get(_canonical(node))
    if handler is None:
        raise Unsupported("is not an operator of the model file")
    try:
        return handler(builder, *args, **kwargs)
    except TypeError as reason:
        raise Unsupported(f"is called in a way that the model file cannot say ({reason})") from None


def _module_handler(module: nn.Module) -> Any:
    for kind in type(module).__mro__:
        if kind in MODULES:
            return MODULES[kind]
    return None


def _canonical(node: fx.Node) -> str:
    """`Tensor.relu_`, `F.relu`, `torch.relu_` are one operation; so are `__rsub__` and `rsub`."""
    name = str(node.target) if node.op == "call_method" else getattr(node.target, "__name__", str(node.target))
    for function, canonical in _DISPATCHED:
        if node.target is function:
            return canonical
    if name.startswith("__") and name.endswith("__"):
        return name[2:-2]
    return name[:-1] if name.endswith("_") else name


# Functions that PyTorch builds with boolean_dispatch, which all carry the same name.
_DISPATCHED = [
    (getattr(torch.nn.functional, name), name)
    for name in ("max_pool2d", "max_pool3d", "adaptive_max_pool2d")
]


def _what(node: fx.Node, root: nn.Module) -> str:
    if node.op == "call_module":
        kind = type(root.get_submodule(str(node.target)))
        return f"{kind.__module__.split('.modules')[0]}.{kind.__qualname__} (module '{node.target}')"
    return operator_name(node.op, node.target)


def _broadcast_only(tracer: ConcreteTracer, node: fx.Node) -> bool:
    """Whether every use of the node is arithmetic with a tensor of the rank of the node's own input."""
    first = node.args[0] if node.args else None
    if not isinstance(first, fx.Node) or not isinstance(tracer.values[first], torch.Tensor):
        return False
    rank = tracer.values[first].dim()
    for user in node.users:
        others = [a for a in user.args if isinstance(a, fx.Node) and a is not node]
        if user.op == "output" or _canonical(user) not in _BROADCASTING:
            return False
        if not any(isinstance(tracer.values[o], torch.Tensor) and tracer.values[o].dim() == rank for o in others):
            return False
    return True
