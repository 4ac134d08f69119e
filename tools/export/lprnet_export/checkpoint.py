"""Reads the weights out of a PyTorch checkpoint, however it was saved."""

import inspect
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, Mapping, Optional, Tuple, Union
from unittest import mock

import torch

from . import weights_unpickler
from .errors import ExportError

_PREFIXES = ("module.", "_orig_mod.")
_ADVICE = "save its weights instead: torch.save(model.state_dict(), 'weights.pth')"


def load_state_dict(path: Union[str, Path], key: Optional[str] = None) -> Dict[str, torch.Tensor]:
    """The tensors by name: on the CPU, without wrapper prefixes, out of whatever dict holds them.

    `key`: of the network, where the file holds several, such as `ema` or `nets.0`.
    """
    if not Path(path).is_file():
        raise ExportError(f"{path}: no such file")
    state = _find_tensors(_read(path), str(path), key)
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


def _find_tensors(content: Any, path: str, key: Optional[str]) -> Mapping[str, torch.Tensor]:
    """The one network among what was saved, under whatever key, as the program finds it: no list of keys to keep."""
    found = dict(_networks(content, ""))
    if key is not None:
        if key not in found:
            raise ExportError(f"{path}: no weights under '{key}'" + (f", only under {_quoted(found)}" if found else ""))
        return found[key]
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise ExportError(f"{path}: holds several networks, {_quoted(found)}; choose one with --weights-key")
    if isinstance(content, Mapping) and content and all(torch.is_tensor(item) for item in content.values()):
        return content
    if not isinstance(content, (Mapping, list, tuple)):
        raise ExportError(f"{path}: holds a {type(content).__name__}, not a dict of weights")
    keys = ", ".join(str(name) for name in list(content)[:8]) if isinstance(content, Mapping) else "0, 1, …"
    raise ExportError(f"{path}: no weights among its keys ({keys}); expected a dict of tensors, whatever its key")


def _networks(content: Any, key: str) -> Iterator[Tuple[str, Mapping[str, torch.Tensor]]]:
    """Every dict that holds a layer's weights by name, with its key; what lies in such a dict is no other network.

    An optimiser's tensors have numbers for names, and those that a training script keeps beside the weights
    (`class_weight`, `loss_weight`) no dot before their last word.
    """
    if isinstance(content, Mapping):
        tensors = {name: value for name, value in content.items() if isinstance(value, torch.Tensor)}
        if any(isinstance(name, str) and name.endswith(".weight") for name in tensors):
            yield key, tensors
            return
        items = list(content.items())
    else:
        items = list(enumerate(content)) if isinstance(content, (list, tuple)) else []
    for name, item in items:
        yield from _networks(item, f"{key}.{name}" if key else str(name))


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _without_prefix(name: str) -> str:
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            return _without_prefix(name[len(prefix) :])
    return name
