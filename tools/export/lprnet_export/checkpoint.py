"""Reads the weights out of a PyTorch checkpoint, however it was saved."""

import inspect
from pathlib import Path
from typing import Any, Dict, Mapping, Union

import torch
from torch import nn

from .errors import ExportError

_NESTING_KEYS = ("state_dict", "model_state_dict", "model", "net", "network", "weights")
_PREFIXES = ("module.", "_orig_mod.")
_ADVICE = "save its weights instead: torch.save(model.state_dict(), 'weights.pth')"


def load_state_dict(path: Union[str, Path]) -> Dict[str, torch.Tensor]:
    """The tensors by name: on the CPU, without wrapper prefixes, out of whatever dict holds them."""
    if not Path(path).is_file():
        raise ExportError(f"{path}: no such file")
    state = _find_tensors(_read(path), str(path))
    return {_without_prefix(name): tensor for name, tensor in state.items()}


def _read(path: Union[str, Path]) -> Any:
    options: Dict[str, Any] = {"map_location": "cpu"}
    if "weights_only" in inspect.signature(torch.load).parameters:
        options["weights_only"] = True
    try:
        return torch.load(str(path), **options)
    except Exception as reason:
        text = str(reason).split("\n")[0][:300]
        raise ExportError(
            f"{path}: PyTorch {torch.__version__} does not load it as weights ({text}); "
            f"if it holds a whole pickled module, {_ADVICE}"
        ) from None


def _find_tensors(content: Any, path: str) -> Mapping[str, torch.Tensor]:
    if isinstance(content, nn.Module):
        raise ExportError(f"{path}: holds a whole pickled {type(content).__name__}; {_ADVICE}")
    if not isinstance(content, Mapping):
        raise ExportError(f"{path}: holds a {type(content).__name__}, not a dict of weights")
    if content and all(isinstance(value, torch.Tensor) for value in content.values()):
        return content
    for key in _NESTING_KEYS:
        if isinstance(content.get(key), (Mapping, nn.Module)):
            return _find_tensors(content[key], f"{path}['{key}']")
    tensors = {name: value for name, value in content.items() if isinstance(value, torch.Tensor)}
    if any(name.endswith(".weight") for name in tensors):
        return tensors
    keys = ", ".join(str(key) for key in list(content)[:8])
    raise ExportError(f"{path}: no weights among its keys ({keys}); expected tensors or one of {', '.join(_NESTING_KEYS)}")


def _without_prefix(name: str) -> str:
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            return _without_prefix(name[len(prefix) :])
    return name
