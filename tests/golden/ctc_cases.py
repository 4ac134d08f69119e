"""CTC: texts and their losses as torch.nn.functional.ctc_loss has them."""

import json
from pathlib import Path
from typing import Any, Dict, List

import torch
from golden_file import GOLDEN_KEY, origin
from lprnet_export.model_file import write_safetensors

# Name, steps, classes, blank, spread of the logits.
OUTPUTS = [
    ("plate", 27, 73, 72, 4.0),
    ("blank_first", 18, 68, 0, 2.0),
    ("short", 4, 5, 2, 1.0),
    ("one_step", 1, 3, 1, 1.0),
    ("sure", 20, 12, 11, 60.0),
    ("two_classes", 9, 2, 0, 3.0),
]


def random_text(length: int, classes: int, blank: int, random: torch.Generator) -> List[int]:
    tokens = [index for index in range(classes) if index != blank]
    return [tokens[int(torch.randint(len(tokens), (1,), generator=random))] for _ in range(length)]


def greedy_text(logits: torch.Tensor, blank: int) -> List[int]:
    best = logits.argmax(dim=1).tolist()
    return [index for i, index in enumerate(best) if index != blank and (i == 0 or best[i - 1] != index)]


def generate_ctc(path: Path, seed: int) -> None:
    """For each output the greedy text, the empty one, random ones of all lengths, one with repeats and one that is too long."""
    random = torch.Generator().manual_seed(seed)
    cases: List[Dict[str, Any]] = []
    tensors: Dict[str, torch.Tensor] = {}
    for name, steps, classes, blank, spread in OUTPUTS:
        logits = (torch.rand(steps, classes, generator=random) * 2 - 1) * spread
        texts = [greedy_text(logits, blank), []]
        texts += [random_text(length, classes, blank, random) for length in (1, 2, 3, 7, 8, steps)]
        texts += [random_text(1, classes, blank, random) * 2, random_text(steps + 1, classes, blank, random)]
        log_probabilities = torch.log_softmax(logits.double(), dim=1)
        losses = [
            torch.nn.functional.ctc_loss(
                log_probabilities.unsqueeze(1),
                torch.tensor([text or [0]], dtype=torch.long),
                torch.tensor([steps]),
                torch.tensor([len(text)]),
                blank=blank,
                reduction="none",
            )[0]
            for text in texts
        ]
        tensors[f"{name}/logits"] = logits
        tensors[f"{name}/losses"] = torch.stack(losses).float()
        cases.append({"name": name, "blank": blank, "texts": texts})
    content = {"origin": origin(seed), "cases": cases}
    write_safetensors(path, tensors, {GOLDEN_KEY: json.dumps(content, separators=(",", ":"))})
