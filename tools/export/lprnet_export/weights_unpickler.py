"""A pickle module for torch.load that builds tensors and plain containers, and runs nothing else.

PyTorch's own `weights_only` does the same, but 1.13's does not know Python floats, which most checkpoints
hold beside their weights (a learning rate, a best accuracy).
"""

import pickle
from pickle import UnpicklingError  # noqa: F401  (torch.load takes it from its pickle module)
from typing import Any

from .errors import ExportError

_ALLOWED = {
    ("collections", "OrderedDict"),
    ("collections", "defaultdict"),
    ("argparse", "Namespace"),
    ("torch", "Size"),
    ("torch", "device"),
    ("torch._utils", "_rebuild_tensor"),
    ("torch._utils", "_rebuild_tensor_v2"),
    ("torch._utils", "_rebuild_parameter"),
    ("torch.nn.parameter", "Parameter"),
    ("torch.serialization", "_get_layout"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy.core.multiarray", "scalar"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("_codecs", "encode"),
}
_DTYPES = {"float16", "bfloat16", "float32", "float64", "int8", "uint8", "int16", "int32", "int64", "bool"}
_STORAGES = {"Half", "BFloat16", "Float", "Double", "Char", "Byte", "Short", "Int", "Long", "Bool", "Untyped"}


class NotWeights(ExportError):
    """The pickle asks for something that is not a tensor or a plain container."""


class Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        storage = name[: -len("Storage")] if name.endswith("Storage") else None
        known = (
            (module, name) in _ALLOWED
            or (module == "torch" and name in _DTYPES)
            or (module in ("torch", "torch.storage") and storage in _STORAGES)
        )
        if not known:
            raise NotWeights(f"it holds a {module}.{name}, which is not weights")
        return super().find_class(module, name)


def load(file: Any, **options: Any) -> Any:
    return Unpickler(file, **options).load()
