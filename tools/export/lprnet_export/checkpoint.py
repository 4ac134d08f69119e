"""Reads the weights out of a PyTorch checkpoint, however it was saved."""

import inspect
from pathlib import Path
from typing import Any, Dict, Mapping, Union
from unittest import mock

import torch

from . import weights_unpickler
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
    options: Dict[str, Any] = {"map_location": "cpu", "pickle_module": weights_unpickler}
    if "weights_only" in inspect.signature(torch.load).parameters:
        options["weights_only"] = False  # that is PyTorch's own allow-list; ours is weights_unpickler
    try:
        # PyTorch 1.13 ignores pickle_module and takes the name from its own module.
        with mock.patch.object(torch.serialization, "pickle", weights_unpickler):
            return torch.load(str(path), **options)
    except weights_unpickler.NotWeights as reason:
        raise ExportError(f"{path}: {reason}; if this is a whole pickled module, {_ADVICE}") from None
    except Exception as reason:
        text = (str(reason).splitlines() or [type(reason).__name__])[0][:200]
        raise ExportError(f"{path}: PyTorch {torch.__version__} cannot load it: {text}") from None


def _find_tensors(content: Any, path: str) -> Mapping[str, torch.Tensor]:
    if not isinstance(content, Mapping):
        raise ExportError(f"{path}: holds a {type(content).__name__}, not a dict of weights")
    if content and all(isinstance(value, torch.Tensor) for value in content.values()):
        return content
    for key in _NESTING_KEYS:
        if isinstance(content.get(key), Mapping):
            return _find_tensors(content[key], f"{path}['{key}']")
    tensors = {name: value for name, value in content.items() if isinstance(value, torch.Tensor)}
    if any(name.endswith(".weight") for name in tensors):
        return tensors
    keys = ", ".join(str(key) for key in list(content)[:8])
    raise ExportError(
        f"{path}: no weights among its keys ({keys}); expected tensors or one of {', '.join(_NESTING_KEYS)}"
    )


def _without_prefix(name: str) -> str:
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            return _without_prefix(name[len(prefix) :])
    return name
