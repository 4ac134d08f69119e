"""From an nn.Module to the content of a model file, checked against the module itself."""

from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Sequence

import torch
from torch import nn

from . import interpret
from .errors import ExportError
from .lower import lower
from .operators import Lowering
from .outputs import arranged_all, arranged_tensor, choose_all, self_test, without_softmax
from .plate_reader import check_plate_reader
from .trace import ConcreteTracer

EXPORTER = "lprnet tools/export 1"
TOLERANCE = 1e-4
CHECK_TOLERANCE = 1e-5


@dataclass
class ExportedModel:
    """A graph document, its tensors, and what the user should know about how they came to be."""

    document: Dict[str, Any]
    tensors: Dict[str, torch.Tensor]
    warnings: List[str] = field(default_factory=list)

    def outputs(self) -> List[str]:
        """The values that it answers with, in the document's words."""
        document = self.document
        return [one["value"] for one in document["outputs"]] if "outputs" in document else [document["output"]]

    def summary(self) -> str:
        parameters = sum(t.numel() for name, t in self.tensors.items() if not name.startswith("self_test."))
        nodes = self.document["nodes"]
        shape = "x".join(str(size) for size in self.document["inputs"][0]["shape"])
        return f"{self.document['name']}: input {shape}, {len(nodes)} nodes, {parameters:,} parameters" + (
            f", {len(self.outputs())} outputs ({', '.join(one['name'] for one in self.document['outputs'])})"
            if "outputs" in self.document
            else ""
        )


def example_input(shape: Sequence[int], seed: int, preprocess: Optional[Mapping[str, Any]] = None) -> torch.Tensor:
    """A seeded input: noise of unit variance, or a noise image as `preprocess` would deliver it."""
    generator = torch.Generator().manual_seed(seed)
    if preprocess is None:
        return torch.randn(list(shape), generator=generator)
    if len(preprocess["mean"]) != shape[1]:
        order = preprocess["channel_order"]
        raise ExportError(f"the input has {shape[1]} channels, the preprocessing {len(preprocess['mean'])} ({order})")
    image = torch.randint(0, 256, list(shape), generator=generator).float()
    mean = torch.tensor(preprocess["mean"]).reshape(1, -1, 1, 1)
    scale = torch.tensor(preprocess["scale"]).reshape(1, -1, 1, 1)
    return (image - mean) * scale


def relative_difference(found: torch.Tensor, expected: torch.Tensor) -> float:
    """The largest difference over the largest magnitude, the measure of a model file's self-test."""
    if found.shape != expected.shape:
        raise ExportError(f"shapes differ: {list(found.shape)} and {list(expected.shape)}")
    if not bool(torch.isfinite(expected).all()):
        raise ExportError("the network answers with NaN or infinity to the test input; are the weights sound?")
    return float((found - expected).abs().max() / expected.abs().max().clamp_min(1e-30))


def export_module(
    module: nn.Module,
    shape: Sequence[int],
    *,
    name: str,
    preprocess: Optional[Mapping[str, Any]] = None,
    decode: Optional[Mapping[str, Any]] = None,
    provenance: Optional[Mapping[str, str]] = None,
    seed: int = 0,
    output_name: Optional[str] = None,
    layout: str = "NCT",
) -> ExportedModel:
    """Traces `module` (put into eval mode, float32, on the CPU) for one plate of `shape`, [1, C, H, W].

    `output_name`: which of the tensors that it returns, by name or number; without it a network that is no plate
    reader has them all, as named outputs. `layout`: of the only output, see plate_reader.LAYOUTS. A softmax over the
    classes at a plate reader's end is left out.

    Raises ExportError, which names the operator and the model's line, for what the format cannot say.
    """
    if not shape or shape[0] != 1:
        raise ExportError(f"the input's shape is {list(shape)}; a graph describes one plate, so it begins with 1")
    while isinstance(module, (nn.DataParallel, nn.parallel.DistributedDataParallel)):
        module = module.module
    for path, part in module.named_modules():
        if isinstance(part, torch.jit.ScriptModule):
            raise ExportError(
                f"the module {path!r} is TorchScript, a program whose layers cannot be traced" if path
                else "the network is TorchScript, a program whose layers cannot be traced; build it from its Python "
                "source and load its weights: network.load_state_dict(torch.jit.load(path).state_dict())"
            )
    module = module.eval().float().cpu()
    example = example_input(shape, seed, preprocess)
    tracer = ConcreteTracer([example])
    graph = tracer.trace(module)
    builder = Lowering(name)
    several = decode is None
    outputs = arranged_all(builder, lower(tracer, graph, builder, output_name, several), layout)
    check_plate_reader(outputs[0][1].shape, preprocess, decode)
    softened = False
    if decode is not None:
        output, softened = without_softmax(builder, outputs[0][1], {builder.inputs[0]["name"]: example})
        outputs = [("", output)]

    def answer(x: torch.Tensor) -> List[torch.Tensor]:
        with torch.no_grad():
            found = choose_all(
                module(x.clone()), output_name, several, torch.is_tensor, lambda t: str(list(t.shape))
            )
        return [arranged_tensor(tensor, layout) for _, tensor in found]

    extra: Dict[str, Any] = {}
    if preprocess is not None:
        extra["preprocess"] = dict(preprocess)
    if decode is not None:
        extra["decode"] = dict(decode)
    extra["provenance"] = {**(provenance or {}), "exporter": EXPORTER}
    document, tensors = builder.document(outputs, extra)
    exported = ExportedModel(document, tensors, builder.warnings)
    answers = _check(exported, example, answer(example), softened)
    # On an input that was not traced, so that nothing of the traced one is baked in.
    another = example_input(shape, seed + 1, preprocess)
    _check(exported, another, answer(another), softened)
    names = [name for name, _ in outputs]
    document["self_test"], added = self_test(names, example, answers, f"PyTorch {torch.__version__}", TOLERANCE)
    tensors.update(added)
    return exported


def _check(
    exported: ExportedModel, example: torch.Tensor, expected: List[torch.Tensor], softened: bool
) -> List[torch.Tensor]:
    """The outputs for the example: the module's answer, or, of a softmax that was left out, the graph's."""
    document = exported.document
    values = interpret.run_graph(document, exported.tensors, {document["inputs"][0]["name"]: example})
    found = [values[name] for name in exported.outputs()]
    difference = max(
        relative_difference(torch.softmax(mine, 1) if softened else mine, theirs)
        for mine, theirs in zip(found, expected)
    )
    if difference > CHECK_TOLERANCE:
        raise ExportError(
            f"the exported graph differs from the module by {difference:.1e} of the largest output; "
            "does the module give another answer each time?"
        )
    return found if softened else expected
