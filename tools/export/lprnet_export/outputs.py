"""From what a network gives to a plate reader's logits, [1, classes, steps], or to several named outputs."""

import contextlib
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

import torch

from . import interpret
from .errors import ExportError
from .graph_builder import GraphBuilder, Value
from .plate_reader import LAYOUTS


OUTPUT_LIMIT = 64  # what every reader of model files takes


def choose_all(
    result: Any, which: Optional[str], several: bool, is_tensor: Callable[[Any], bool], shown: Callable[[Any], str]
) -> List[Tuple[str, Any]]:
    """Names and tensors of what a module returns: all where `several` may be and `which` says nothing, else one."""
    tensors = list(_tensors(result, "", is_tensor)) if several and which is None else []
    if len(tensors) < 2:
        return [("", choose(result, which, is_tensor, shown))]
    names = [name for name, _ in tensors]
    if len(tensors) > OUTPUT_LIMIT or len(set(names)) < len(names):
        raise ExportError(
            f"the module returns {len(tensors)} tensors ({', '.join(names)}); a model file has at most "
            f"{OUTPUT_LIMIT} outputs, each with its own name: choose one, such as --output-name {names[0]}"
        )
    return tensors


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
        f"the module returns {len(tensors)} tensors ({listed}); a plate reader has one output: "
        f"name the one that holds the logits, such as --output-name {tensors[0][0]}"
        if tensors
        else f"the module returns a {type(result).__name__}, not a tensor"
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


@contextlib.contextmanager
def several_outputs(names: Sequence[str]) -> Iterator[None]:
    """Says that one of several outputs may do where what all of them need is refused."""
    try:
        yield
    except ExportError as reason:
        if len(names) < 2:
            raise
        raise ExportError(f"{reason}; or take one of the outputs {', '.join(names)}: --output-name {names[0]}") from None


def arranged_all(
    builder: GraphBuilder, outputs: Sequence[Tuple[str, Value]], layout: str
) -> List[Tuple[str, Value]]:
    """The only output as [1, classes, steps]; several stay as they are."""
    if len(outputs) == 1:
        return [(outputs[0][0], arranged(builder, outputs[0][1], layout))]
    if layout != "NCT":
        names = ", ".join(name for name, _ in outputs)
        raise ExportError(f"the layout {layout} is one output's; choose among {names} with --output-name")
    return list(outputs)


def self_test(
    outputs: Sequence[str], example: torch.Tensor, answers: Sequence[torch.Tensor], origin: str, tolerance: float
) -> Tuple[Dict[str, Any], Dict[str, torch.Tensor]]:
    """The model file's self-test and its tensors; one output has no name, several have."""
    named = {name: f"self_test.output.{name}" for name in outputs} if len(outputs) > 1 else {}
    said: Dict[str, Any] = {"outputs": named} if named else {"logits": "self_test.logits"}
    tensors = {"self_test.input": example}
    tensors.update(zip(named.values() if named else ["self_test.logits"], (t.contiguous() for t in answers)))
    return {"input": "self_test.input", **said, "origin": origin, "tolerance": tolerance}, tensors


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
