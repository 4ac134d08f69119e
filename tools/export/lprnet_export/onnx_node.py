"""One node of an ONNX graph, with what is known of its inputs."""

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Optional, Set, Union

import numpy as np
import onnx
import torch

from .graph_builder import Operand, Value, Weight
from .operators import Lowering, Unsupported


class Absent:
    """A value that exists only as a part of an activation that was spelled out."""

    def __init__(self, op: str, where: str) -> None:
        self.op = op
        self.where = where


Known = Union[Value, np.ndarray, Absent]


@dataclass
class ImportState:
    """What is known of the graph so far."""

    builder: Lowering
    opset: int
    known: Dict[str, Known] = field(default_factory=dict)
    needed: Set[str] = field(default_factory=set)  # the values that something reads
    pools_channels: bool = False  # a 3-D pool of a 4-d value, as PyTorch writes MaxPool3d


class OnnxNode:
    """One node of the ONNX graph with its inputs as they are known."""

    def __init__(self, state: ImportState, proto: Any) -> None:
        self.builder = state.builder
        self.proto = proto
        self.op: str = proto.op_type
        self.attributes: Dict[str, Any] = {a.name: _attribute(a) for a in proto.attribute}
        self.label: str = proto.name or proto.output[0]
        self.inputs: List[Optional[Known]] = [state.known.get(name) if name else None for name in proto.input]

    def has(self, index: int) -> bool:
        return index < len(self.inputs) and self.inputs[index] is not None

    def value(self, index: int) -> Value:
        """An input that depends on the image, or a constant made a node."""
        known = self.inputs[index]
        if isinstance(known, Absent):
            raise Unsupported(f"it needs '{known.op}' ({known.where}), which is no operator of the model file")
        if isinstance(known, np.ndarray):
            return self.builder.as_value(self.weight(index))
        assert known is not None
        return known

    def operand(self, index: int) -> Operand:
        return self.weight(index) if isinstance(self.inputs[index], np.ndarray) else self.value(index)

    def weight(self, index: int, transform: Optional[Callable[[np.ndarray], np.ndarray]] = None) -> Weight:
        """An input that the file format wants as a weight."""
        known = self.inputs[index]
        if not isinstance(known, np.ndarray):
            raise Unsupported(
                f"its input '{self.proto.input[index]}' depends on the image, and a fixed tensor is needed"
            )
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
