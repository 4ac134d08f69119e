"""From what a network gives to a plate reader's logits, [1, classes, steps]."""

from typing import Any, Callable, List, Mapping, Optional, Tuple

import torch

from . import interpret
from .errors import ExportError
from .graph_builder import GraphBuilder, Value
from .plate_reader import LAYOUTS


def choose(result: Any, which: Optional[str], is_tensor: Callable[[Any], bool], shown: Callable[[Any], str]) -> Any:
    """The tensor among what a module returns: the only one, or the one that `which` names or numbers."""
    tensors = list(_tensors(result, "", is_tensor))
    if which is not None:
        for name, tensor in tensors:
            if name == which:
                return tensor
        names = ", ".join(name for name, _ in tensors) or "none"
        raise ExportError(f"the module returns no output '{which}'; there are: {names}")
    if len(tensors) == 1:
        return tensors[0][1]
    listed = ", ".join(f"{name} {shown(tensor)}" for name, tensor in tensors)
    raise ExportError(
        f"the module returns {len(tensors)} tensors ({listed}); a model file has one output: "
        f"name the one that holds the logits, such as --output-name {tensors[0][0]}"
        if tensors
        else f"the module returns a {type(result).__name__}, not a tensor; a model file has one output tensor"
    )


def _tensors(result: Any, name: str, is_tensor: Callable[[Any], bool]) -> Any:
    if is_tensor(result):
        yield name or "0", result
    elif isinstance(result, Mapping):
        for key, item in result.items():
            yield from _tensors(item, f"{name}.{key}".lstrip("."), is_tensor)
    elif isinstance(result, (tuple, list)):
        for index, item in enumerate(result):
            yield from _tensors(item, f"{name}.{index}".lstrip("."), is_tensor)


def arranged(builder: GraphBuilder, output: Value, layout: str) -> Value:
    """The output as [1, classes, steps]."""
    order = LAYOUTS[layout]
    if order is None:
        return output
    if output.rank != 3:
        raise ExportError(f"the output is {output.shape}; the layout {layout} is one of three dimensions")
    builder.begin("logits")
    return builder.finish(builder.emit("permute", [output], dims=list(order)))


def arranged_tensor(tensor: torch.Tensor, layout: str) -> torch.Tensor:
    order = LAYOUTS[layout]
    return (tensor if order is None else tensor.permute(*order)).contiguous()


def without_softmax(builder: GraphBuilder, output: Value, inputs: Mapping[str, torch.Tensor]) -> Tuple[Value, bool]:
    """What stands before a softmax over the classes at the network's end, and whether there was one.

    Readers make the probabilities themselves.
    """
    nodes = {node["name"]: node for node in builder.nodes}
    orders: List[List[int]] = []
    axis, name = 1, output.name
    while name in nodes and output.rank == 3:
        node = nodes[name]
        if node["op"] == "softmax":
            if node["dim"] % 3 != axis:
                break
            values = interpret.run_graph({"inputs": builder.inputs, "nodes": builder.nodes}, builder.tensors, inputs)
            name = node["inputs"][0]
            logits = Value(name, values[name])
            builder.begin("logits")
            for order in reversed(orders):
                logits = builder.emit("permute", [logits], dims=order)
            builder.warn(
                "the network ends in a softmax over the classes, which is left out: the file holds the logits before it"
            )
            return (builder.finish(logits) if orders else logits), True
        if node["op"] == "permute":
            orders.append(node["dims"])
            axis = node["dims"][axis] % 3
        elif node["op"] not in ("identity", "dropout"):
            break
        name = node["inputs"][0]
    return output, False
