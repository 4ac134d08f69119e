"""Turns the fx graph of a traced module into a graph document."""

from typing import Any, Dict, List, Mapping, Optional, Sequence, Set, Tuple

import torch
from torch import fx, nn
from torch.fx.node import map_aggregate

from .errors import ExportError
from .graph_builder import Value, Weight
from .module_operators import MODULES
from .operators import FUNCTIONS, Lowering, Unsupported
from .outputs import choose_all, several_outputs
from .pointwise import FUNCTIONS as POINTWISE
from .pointwise import PARTS, PointwiseTracker
from .trace import ConcreteTracer, operator_name

_BROADCASTING = {"add", "sub", "mul", "div", "truediv", "pow", "iadd", "isub", "imul", "itruediv", "rsub"}


class Absent:
    """A value that exists only as a part of an activation that was spelled out, such as erf in GELU."""

    def __init__(self, node: fx.Node) -> None:
        self.node = node


def lower(
    tracer: ConcreteTracer, graph: fx.Graph, builder: Lowering, which: Optional[str] = None, several: bool = False
) -> List[Tuple[str, Value]]:
    """Emits the graph's nodes into `builder` and gives the outputs with their names, see outputs.choose_all."""
    return _Lowerer(tracer, graph, builder).run(which, several)


class _Lowerer:
    def __init__(self, tracer: ConcreteTracer, graph: fx.Graph, builder: Lowering) -> None:
        self.tracer = tracer
        self.graph = graph
        self.builder = builder
        self.done: Dict[fx.Node, Any] = {}
        self.points = PointwiseTracker()
        self.nodes = {node.name: node for node in graph.nodes}

    def run(self, which: Optional[str], several: bool) -> List[Tuple[str, Value]]:
        outputs = self._outputs(which, several)
        needed = _needed(self.graph, [node for _, node in outputs])
        inputs = sum(1 for node in self.graph.nodes if node.op == "placeholder")
        for node in self.graph.nodes:
            if node not in needed:
                continue
            if node.op == "placeholder":
                name = "input" if inputs == 1 else str(node.target)
                self.done[node] = self.builder.input(name, self.tracer.values[node])
            elif node.op == "get_attr":
                self.done[node] = Weight(str(node.target), self.tracer.constants[str(node.target)])
            elif node.op != "output":
                with several_outputs([name for name, _ in outputs]):
                    self.done[node] = self._lower(node)
        found = []
        for name, output in outputs:
            result = self.done[output]
            self._exists(result)
            assert isinstance(result, (Value, Weight))
            self.builder.begin("output")
            found.append((name, self.builder.as_value(result)))
        return found

    def _outputs(self, which: Optional[str], several: bool) -> List[Tuple[str, fx.Node]]:
        """The nodes of the tensors that the module returns, or of the one that is meant."""
        returned = next(node for node in self.graph.nodes if node.op == "output").args[0]
        values = self.tracer.values

        def is_tensor(item: Any) -> bool:
            if isinstance(item, fx.Node) and isinstance(values[item], (tuple, list)) and which is None:
                raise ExportError(
                    f"{_what(item, self.tracer.modules)} gives several tensors, and the module returns them as they "
                    "are; return the logits alone, or those that you need one by one"
                )
            return isinstance(item, fx.Node) and isinstance(values[item], torch.Tensor)

        return choose_all(returned, which, several, is_tensor, lambda item: str(list(values[item].shape)))

    def _lower(self, node: fx.Node) -> Any:
        builder = self.builder
        builder.result = self.tracer.values[node]
        builder.broadcast_only = _broadcast_only(self.tracer, node)
        builder.begin(str(node.target) if node.op == "call_module" else node.name)
        try:
            result = self._spelled_out(node) or self._call(node)
        except Unsupported as reason:
            raise self._error(node, str(reason)) from None
        if not isinstance(result, Value):
            return result
        result = builder.finish(result)
        # A mean over the batch has become one over the plate, whose single element broadcasts alike.
        broadcasts_alike = builder.broadcast_only and result.tensor.numel() == 1
        if list(builder.result.shape) != result.shape and not broadcasts_alike:
            raise self._error(node, f"gave {list(builder.result.shape)} in PyTorch and {result.shape} as exported")
        return result

    def _spelled_out(self, node: fx.Node) -> Any:
        """The activation that ends here, or the part of one that the node is."""
        name = _pointwise_name(node, self.tracer.modules)
        if name is None or not set(node.kwargs) <= {"inplace"}:
            return None
        operands: List[Any] = []
        for argument in node.args:
            known = self.done.get(argument) if isinstance(argument, fx.Node) else argument
            if isinstance(known, Weight) and known.tensor.numel() == 1:
                known = known.tensor.item()
            if not isinstance(known, (Value, Absent, int, float)):
                return None
            operands.append(
                argument.name if isinstance(argument, fx.Node) and not isinstance(known, (int, float)) else known
            )
        self.points.apply(name, operands, node.name)
        found = self.points.recognise(node.name) if name in ("mul", "div") else None
        if found is not None:
            base, op, attributes = found
            source = self.done[self.nodes[base]]
            if isinstance(source, Value):
                return self.builder.emit(op, [source], **attributes)
        parts = [self.done[argument] for argument in node.args if isinstance(argument, fx.Node)]
        return Absent(node) if name in PARTS or any(isinstance(part, Absent) for part in parts) else None

    def _call(self, node: fx.Node) -> Any:
        def operand(item: Any) -> Any:
            if not isinstance(item, fx.Node):
                return item
            self._exists(self.done[item])
            return self.done[item]

        args = map_aggregate(node.args, operand)
        kwargs = dict(map_aggregate(node.kwargs, operand))
        kwargs.pop("out", None)  # the tracer has already redirected what it overwrote
        if node.op == "call_module":
            module = self.tracer.modules[str(node.target)]
            handler = _module_handler(module)
            if handler is None:
                raise Unsupported("is not an operator of the model file")
            return handler(self.builder, str(node.target), module, *args, **kwargs)
        handler = FUNCTIONS.get(_canonical(node))
        if handler is None:
            raise Unsupported("is not an operator of the model file")
        try:
            return handler(self.builder, *args, **kwargs)
        except TypeError as reason:
            raise Unsupported(f"is called in a way that the model file cannot say ({reason})") from None

    def _exists(self, known: Any) -> None:
        """Refuses a part of an activation that something else needs too."""
        if isinstance(known, Absent):
            first = known.node
            while not _is_part(first, self.tracer.modules):
                first = next(n for n in first.all_input_nodes if isinstance(self.done[n], Absent))
            raise self._error(first, "is not an operator of the model file")

    def _error(self, node: fx.Node, text: str) -> ExportError:
        return ExportError(f"{_what(node, self.tracer.modules)}: {text}, at {self.tracer.where[node]}")


def _pointwise_name(node: fx.Node, modules: Mapping[str, nn.Module]) -> Optional[str]:
    """The node's name among the functions of one element, if it is one."""
    if node.op == "call_module":
        module = modules[str(node.target)]
        if isinstance(module, nn.Softplus):
            return "softplus" if (module.beta, module.threshold) == (1, 20) else None
        return {nn.Tanh: "tanh", nn.Sigmoid: "sigmoid", nn.ReLU6: "relu6"}.get(type(module))
    name = _canonical(node)
    name = _PLAIN.get(name, name)
    return name if name in POINTWISE else None


_PLAIN = {
    "true_divide": "div",
    "truediv": "div",
    "itruediv": "div",
    "rtruediv": "rdiv",
    "imul": "mul",
    "iadd": "add",
    "isub": "sub",
    "ipow": "pow",
    "rmul": "mul",
    "radd": "add",
}


def _is_part(node: fx.Node, modules: Mapping[str, nn.Module]) -> bool:
    return _pointwise_name(node, modules) in PARTS


def _needed(graph: fx.Graph, outputs: Sequence[fx.Node]) -> Set[fx.Node]:
    needed = {*outputs, *(node for node in graph.nodes if node.op == "placeholder")}
    for node in reversed(list(graph.nodes)):
        if node in needed:
            needed.update(node.all_input_nodes)
    return needed


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
    (getattr(torch.nn.functional, name), name) for name in ("max_pool2d", "max_pool3d", "adaptive_max_pool2d")
]


def _what(node: fx.Node, modules: Mapping[str, nn.Module]) -> str:
    if node.op == "call_module":
        kind = type(modules[str(node.target)])
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
