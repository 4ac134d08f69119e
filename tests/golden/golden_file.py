"""Files of golden cases: small graphs, their inputs, and PyTorch's outputs, with the origin inside."""

from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

import torch
from lprnet_export.interpret import run_graph
from lprnet_export.model_file import compact_json, write_safetensors

GOLDEN_KEY = "lprnet.golden"
GENERATOR = "tests/golden/generate.py"


def origin(seed: int) -> Dict[str, Any]:
    return {"generator": GENERATOR, "torch": torch.__version__, "seed": seed}


class GoldenFile:
    """Collects the cases of one file. `random` is seeded by the file's seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = torch.Generator().manual_seed(seed)
        self.cases: List[Dict[str, Any]] = []
        self.tensors: Dict[str, torch.Tensor] = {}

    def noise(self, *shape: int, scale: float = 1.0) -> torch.Tensor:
        return torch.randn(shape, generator=self.random) * scale

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> torch.Tensor:
        return torch.rand(shape, generator=self.random) * (high - low) + low

    def case(
        self,
        name: str,
        op: str,
        inputs: Sequence[torch.Tensor],
        weights: Optional[Mapping[str, Optional[torch.Tensor]]] = None,
        **attributes: Any,
    ) -> None:
        """A graph of one node, `y`."""
        node: Dict[str, Any] = {"name": "y", "op": op, "inputs": [f"x{i}" for i in range(len(inputs))]}
        present = {key: tensor for key, tensor in (weights or {}).items() if tensor is not None}
        node.update({key: f"{name}/{key}" for key in present})
        node.update(attributes)
        self.graph(name, [node], inputs, {f"{name}/{key}": tensor for key, tensor in present.items()})

    def graph(
        self,
        name: str,
        nodes: Sequence[Mapping[str, Any]],
        inputs: Sequence[torch.Tensor],
        weights: Optional[Mapping[str, torch.Tensor]] = None,
    ) -> None:
        """Any graph over the inputs `x0`, `x1`, …; the last node is the output."""
        if any(case["name"] == name for case in self.cases):
            raise ValueError(f"two cases are named {name}")
        values = {f"x{i}": tensor for i, tensor in enumerate(inputs)}
        document = {
            "format": "lprnet.graph",
            "version": 1,
            "name": name,
            "inputs": [{"name": key, "shape": list(tensor.shape)} for key, tensor in values.items()],
            "output": nodes[-1]["name"],
            "nodes": list(nodes),
        }
        self.tensors.update(weights or {})
        output = run_graph(document, self.tensors, values)[document["output"]].contiguous()
        if not output.numel():
            raise ValueError(f"case {name} has an empty output")
        if bool(torch.isnan(output).any()) and not name.startswith("nan_stays"):
            raise ValueError(f"case {name} gives NaN")
        self.tensors.update({f"{name}/{key}": tensor for key, tensor in values.items()})
        self.tensors[f"{name}/output"] = output
        self.cases.append(
            {
                "name": name,
                "graph": document,
                "inputs": {key: f"{name}/{key}" for key in values},
                "output": f"{name}/output",
            }
        )

    def write(self, path: Path) -> None:
        content = {"origin": origin(self.seed), "cases": self.cases}
        write_safetensors(path, self.tensors, {GOLDEN_KEY: compact_json(content)})
