"""Collects nodes and weights of a graph document, and knows the value of each for one example input."""

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Sequence, Set, Tuple, Union

import torch

from . import interpret
from .errors import ExportError

WEIGHT_KEYS = ("weight", "bias", "running_mean", "running_var", "weight_hh", "bias_hh", "value")
NODE_LIMIT, RANK_LIMIT, NAME_LIMIT = 4096, 6, 512  # what every reader of model files takes


@dataclass
class Value:
    """The output of a node (or an input of the graph), with its value for the example input."""

    name: str
    tensor: torch.Tensor

    @property
    def shape(self) -> List[int]:
        return list(self.tensor.shape)

    @property
    def rank(self) -> int:
        return self.tensor.dim()


@dataclass
class Weight:
    """A tensor that does not depend on the input, under the name it will have in the file."""

    name: str
    tensor: torch.Tensor


Operand = Union[Value, Weight]


class GraphBuilder:
    """Emits nodes one by one; every node is run at once, so its shape is PyTorch's and not a guess."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.inputs: List[Dict[str, Any]] = []
        self.nodes: List[Dict[str, Any]] = []
        self.tensors: Dict[str, torch.Tensor] = {}
        self.warnings: List[str] = []
        self._taken: Set[str] = set()
        self._constants: Dict[str, Value] = {}
        self.step = ""
        self._first_of_step = 0

    def input(self, name: str, example: torch.Tensor) -> Value:
        name = self._unique(name)
        self.inputs.append({"name": name, "shape": list(example.shape)})
        return Value(name, example)

    def warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)

    def begin(self, step: str) -> None:
        """Names what is emitted until `finish`, after one operation of the source."""
        self.step = step
        self._first_of_step = len(self.nodes)

    def finish(self, result: Value) -> Value:
        """Gives the step's own name to its result, if the step emitted it; whoever holds the value sees it."""
        if len(self.nodes) > self._first_of_step and self.nodes[-1]["name"] == result.name:
            self._taken.discard(result.name)
            self.nodes[-1]["name"] = self._unique(self.step)
            result.name = self.nodes[-1]["name"]
        return result

    def emit(self, op: str, inputs: Sequence[Operand], **attributes: Any) -> Value:
        """Adds a node; an attribute that is None is left out, a Weight becomes its tensor's name."""
        values = [self.as_value(operand) for operand in inputs]
        node: Dict[str, Any] = {"name": "", "op": op, "inputs": [value.name for value in values]}
        for key, attribute in attributes.items():
            if isinstance(attribute, Weight):
                self._store(attribute)
                node[key] = attribute.name
            elif attribute is not None:
                node[key] = attribute
        node["name"] = self._unique(f"{self.step}.{op}" if self.step else op)
        tensor = interpret.run_node(node, [value.tensor for value in values], self.tensors)
        if tensor.dim() > RANK_LIMIT:
            raise ExportError(
                f"node '{node['name']}' has rank {tensor.dim()}, a model file's values at most {RANK_LIMIT}"
            )
        self.nodes.append(node)
        return Value(node["name"], tensor)

    def as_value(self, operand: Operand) -> Value:
        """The operand as something a node can take as input: a weight becomes a `constant` node, once."""
        if isinstance(operand, Value):
            return operand
        if operand.name not in self._constants:
            self._store(operand)
            node = {"name": self._unique(operand.name), "op": "constant", "inputs": [], "value": operand.name}
            self.nodes.append(node)
            self._constants[operand.name] = Value(str(node["name"]), self.tensors[operand.name])
        return self._constants[operand.name]

    def document(
        self, outputs: Sequence[Tuple[str, Value]], extra: Mapping[str, Any]
    ) -> Tuple[Dict[str, Any], Dict[str, torch.Tensor]]:
        """The graph document with only the nodes that the outputs need, and their tensors; one needs no name."""
        needed = {value.name for _, value in outputs}
        kept: List[Dict[str, Any]] = []
        for node in reversed(self.nodes):
            if node["name"] in needed:
                needed.update(node["inputs"])
                kept.append(node)
        kept.reverse()
        if len(kept) > NODE_LIMIT:
            raise ExportError(f"the graph has {len(kept)} nodes, a model file at most {NODE_LIMIT}")
        unused = [declared["name"] for declared in self.inputs if declared["name"] not in needed]
        if unused:
            raise ExportError(f"the output does not depend on the input '{unused[0]}'")
        weights = {value: self.tensors[value] for node in kept for key, value in node.items() if key in WEIGHT_KEYS}
        document: Dict[str, Any] = {
            "format": "lprnet.graph",
            "version": 1,
            "name": self.name,
            "inputs": self.inputs,
            "output": outputs[0][1].name,
            "nodes": kept,
        }
        required = []
        if len(outputs) > 1:
            required.append("outputs")
            del document["output"]
            document["outputs"] = [{"name": name, "value": value.name} for name, value in outputs]
        if "letterbox" in extra.get("preprocess", {}):
            required.append("letterbox")
        if required:
            document["version"], document["requires"] = 2, required
        document.update(extra)
        return document, weights

    def _store(self, weight: Weight) -> None:
        tensor = weight.tensor.detach().to(device="cpu", dtype=torch.float32).contiguous()
        known = self.tensors.get(weight.name)
        if known is not None and not (known.shape == tensor.shape and torch.equal(known, tensor)):
            raise ExportError(f"two different tensors want the name '{weight.name}'")
        self.tensors[weight.name] = tensor if known is None else known

    def _unique(self, wanted: str) -> str:
        if not 0 < len(wanted.encode("utf-8")) <= NAME_LIMIT - 8 or not wanted.isprintable():
            raise ExportError(f"the name {wanted[:40]!r} is empty, too long or not printable")
        name = wanted
        count = 1
        while name in self._taken:
            name = f"{wanted}_{count}"
            count += 1
        self._taken.add(name)
        return name
