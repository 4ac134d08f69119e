"""From an ONNX file to the content of a model file.

Values that depend on the image become nodes; everything else is computed here. Reductions over the batch
become reductions over each plate, as in the exporter.
"""

import math
import warnings
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from . import interpret, onnx_constants
from .errors import ExportError
from .export import EXPORTER, TOLERANCE, ExportedModel, example_input, relative_difference
from .graph_builder import Value
from .onnx_node import Absent, ImportState, OnnxNode
from .onnx_operators import HANDLERS
from .operators import Lowering, Unsupported
from .outputs import OUTPUT_LIMIT, arranged_all, arranged_tensor, self_test, several_outputs, without_softmax
from .plate_reader import check_plate_reader
from .pointwise import FUNCTIONS as POINTWISE
from .pointwise import PARTS, PointwiseTracker

OLDEST_OPSET, NEWEST_OPSET = 9, 17


class OnnxImporter:
    def __init__(
        self,
        model: Any,
        name: str,
        input_shape: Optional[Sequence[int]],
        output: Optional[str],
        channels_last: bool = False,
        several: bool = False,
    ) -> None:
        self.channels_last = channels_last
        self.graph = model.graph
        self.builder = Lowering(name)
        self.state = ImportState(self.builder, _opset(model, self.builder))
        self.known = self.state.known
        self.points = PointwiseTracker()
        for tensor in self.graph.initializer:
            self.known[tensor.name] = numpy_helper.to_array(tensor)
        self.input_name = self._declare_input(input_shape)
        self.output_names = self._choose_outputs(output, several)

    def run(self) -> List[Tuple[str, Value]]:
        for proto in self._needed_nodes():
            with several_outputs(self.output_names):
                self._import_node(OnnxNode(self.state, proto))
        return [(name, self._output(name)) for name in self.output_names]

    def _output(self, name: str) -> Value:
        output = self.known.get(name)
        if isinstance(output, Absent):
            raise ExportError(
                f"the output '{name}' is the result of '{output.op}', which is no operator of the model file"
            )
        if not isinstance(output, Value):
            raise ExportError(f"the output '{name}' does not depend on the input")
        return output

    def _declare_input(self, input_shape: Optional[Sequence[int]]) -> str:
        inputs = [value for value in self.graph.input if value.name not in self.known]
        if len(inputs) != 1:
            names = ", ".join(value.name for value in inputs) or "none"
            raise ExportError(f"a plate reader has one input, this graph has {len(inputs)} ({names})")
        declared = inputs[0]
        # Paddle writes an open size as -1.
        dims = [max(0, d.dim_value) if d.HasField("dim_value") else 0 for d in declared.type.tensor_type.shape.dim]
        shape = list(input_shape) if input_shape else [1] + dims[1:]
        if len(shape) != len(dims) or any(size <= 0 for size in shape) or shape[0] != 1:
            raise ExportError(
                f"the input '{declared.name}' is {dims}; give its size for one plate with --input-shape 1,C,H,W"
            )
        for size, dim in zip(shape[1:], dims[1:]):
            if dim not in (0, size):
                raise ExportError(f"the input '{declared.name}' is {dims}, not {shape}")
        if self.channels_last:
            if len(shape) != 4:
                raise ExportError(f"the input '{declared.name}' is {dims}; --channels-last is for pictures")
            shape = [shape[0], shape[3], shape[1], shape[2]]
        elif len(shape) == 4 and shape[1] not in (1, 3) and shape[3] in (1, 3):
            raise ExportError(
                f"the input '{declared.name}' is {shape}, with the channels last; turn it round with --channels-last"
            )
        self.shape = shape
        value = self.builder.input("input", torch.zeros(shape))
        if self.channels_last:
            self.builder.begin("channels_last")
            value = self.builder.finish(self.builder.emit("permute", [value], dims=[0, 2, 3, 1]))
        self.known[declared.name] = value
        return declared.name

    def _choose_outputs(self, output: Optional[str], several: bool) -> List[str]:
        names = [value.name for value in self.graph.output]
        if output is None and not 1 <= len(names) <= (OUTPUT_LIMIT if several else 1):
            raise ExportError(f"the graph has {len(names)} outputs ({', '.join(names)}); choose with --output-name")
        inside = {name for proto in self.graph.node for name in proto.output if name}
        if output is not None and output not in names and output not in inside:
            raise ExportError(f"the graph has no output '{output}'; there are: {', '.join(names)}")
        chosen = [output] if output is not None else names
        for proto in self.graph.node:
            for name in proto.output:
                if name in chosen and proto.op_type in ("ArgMax", "TopK"):
                    raise ExportError(
                        f"the output '{name}' is {proto.op_type}'s: the class of each step, without its probability; "
                        f"take the scores before it: --output-name {proto.input[0]}"
                    )
        return chosen

    def _needed_nodes(self) -> List[Any]:
        needed = set(self.output_names)
        kept: List[Any] = []
        for proto in reversed(self.graph.node):
            if any(name in needed for name in proto.output):
                needed.update(name for name in proto.input if name)
                kept.append(proto)
        self.state.needed = needed
        return kept[::-1]

    def _import_node(self, node: OnnxNode) -> None:
        for name, known in zip(node.proto.input, node.inputs):
            if name and known is None:
                raise ExportError(f"node '{node.label}': its input '{name}' is computed by nothing before it")
        if node.proto.domain not in ("", "ai.onnx"):
            raise ExportError(
                f"node '{node.label}': operator '{node.op}' of the domain '{node.proto.domain}' is not supported"
            )
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
        if node.op == "Clip" and len(items) == 1:
            items += [node.attributes.get("min", -math.inf), node.attributes.get("max", math.inf)]
        self.points.apply(node.op.lower(), items, node.proto.output[0])

    def _lower(self, node: OnnxNode) -> Any:
        output = node.proto.output[0]
        builder = self.builder
        builder.begin(node.label)
        builder.broadcast_only = self._broadcast_only(node)
        if node.op.lower() in PARTS:
            return Absent(node.op, node.label)
        activation = self.points.recognise(output) if node.op in ("Mul", "Div") else None
        if activation is not None:
            base, op, attributes = activation
            known = self.known[base]
            if isinstance(known, Value):
                return builder.finish(builder.emit(op, [known], **attributes))
        if any(isinstance(known, Absent) for known in node.inputs) and node.op.lower() in POINTWISE:
            return Absent(node.op, node.label)
        handler = HANDLERS.get(node.op)
        if handler is None:
            raise Unsupported("is not an operator that the model file has")
        result = handler(self.state, node)
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
        return bool(users) and output not in self.output_names


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
    for key, dtype in (
        ("value_float", np.float32),
        ("value_floats", np.float32),
        ("value_int", np.int64),
        ("value_ints", np.int64),
    ):
        if key in attributes:
            return np.array(attributes[key], dtype)
    raise ExportError(f"node '{node.label}': a constant of the kind {', '.join(attributes)} is not supported")


def import_onnx(
    path: Path,
    *,
    name: str,
    input_shape: Optional[Sequence[int]] = None,
    output_name: Optional[str] = None,
    layout: str = "NCT",
    channels_last: bool = False,
    preprocess: Optional[Mapping[str, Any]] = None,
    decode: Optional[Mapping[str, Any]] = None,
    provenance: Optional[Mapping[str, str]] = None,
    seed: int = 0,
) -> ExportedModel:
    """The model file's content; `layout` is the output's, see plate_reader.LAYOUTS; `channels_last` the input's."""
    try:
        model = onnx.load(str(path))
    except OSError:
        raise
    except Exception as reason:
        raise ExportError(f"{path}: not an ONNX file ({str(reason)[:200]})") from None
    importer = OnnxImporter(model, name, input_shape, output_name, channels_last, several=decode is None)
    outputs = importer.run()
    builder = importer.builder
    outputs = arranged_all(builder, outputs, layout)
    check_plate_reader(outputs[0][1].shape, preprocess, decode)
    example = example_input(importer.shape, seed, preprocess)
    softened = False
    if decode is not None:
        output, softened = without_softmax(builder, outputs[0][1], {"input": example})
        outputs = [("", output)]
    extra: Dict[str, Any] = {}
    if preprocess is not None:
        extra["preprocess"] = dict(preprocess)
    if decode is not None:
        extra["decode"] = dict(decode)
    extra["provenance"] = {**(provenance or {}), "exporter": EXPORTER}
    document, tensors = builder.document(outputs, extra)
    imported = ExportedModel(document, tensors, builder.warnings)

    values = interpret.run_graph(document, tensors, {"input": example})
    replayed = [values[value].contiguous() for value in imported.outputs()]
    answers, origin = _reference(model, importer, example, layout)
    if answers is not None:
        answered = [torch.softmax(one, 1) if softened else one for one in replayed]
        difference = max(relative_difference(theirs, mine) for theirs, mine in zip(answers, answered))
        if difference > TOLERANCE:
            # Its BatchNormalization before opset 14 and Softmax before 13 are not ONNX's, so this is no verdict.
            origin = f"{origin} differs by {difference:.1e} of the largest output"
            builder.warn(f"{origin}; compare with plates that you know")
            answers = None
    if answers is not None and softened:
        answers, origin = replayed, f"PyTorch {torch.__version__}, whose softmax is that of {origin}"
    if answers is None:
        answers, origin = replayed, f"PyTorch {torch.__version__} running this graph, not the ONNX file ({origin})"
    names = [name for name, _ in outputs]
    document["self_test"], added = self_test(names, example, answers, origin, TOLERANCE)
    tensors.update(added)
    return imported


def _reference(model: Any, importer: OnnxImporter, example: torch.Tensor, layout: str) -> Any:
    """ONNX's own evaluator's answers and its name; or none, and why."""
    try:
        from onnx.reference import ReferenceEvaluator
    except ImportError:
        return None, f"onnx {onnx.__version__} has no reference evaluator"
    if importer.state.pools_channels:
        return None, "its MaxPool over channels is PyTorch's own and outside ONNX's definition"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            shown = onnx.ModelProto()
            shown.CopyFrom(model)
            for name in set(importer.output_names) - {value.name for value in shown.graph.output}:
                shown.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
            picture = example.permute(0, 2, 3, 1).contiguous() if importer.channels_last else example
            evaluator = ReferenceEvaluator(shown)
            found = evaluator.run(importer.output_names, {importer.input_name: picture.numpy()})
    except Exception as reason:
        return None, f"onnx {onnx.__version__}'s reference evaluator fails: {str(reason).splitlines()[0][:80]}"
    answers = [torch.from_numpy(np.ascontiguousarray(one, dtype=np.float32)) for one in found]
    return [arranged_tensor(one, layout) for one in answers], f"onnx {onnx.__version__}'s reference evaluator"
