"""Traces an nn.Module with torch.fx while computing every value on an example input.

Because each value is known, shape arithmetic gives plain numbers, arithmetic on weights folds, and writing
in place is seen as it happens: whatever shares the memory that an operation overwrote is redirected to the
operation's result, as in PyTorch, or its later use is refused by name.
"""

import contextlib
import inspect
import linecache
import operator
import os
import sys
import types
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

import torch
from torch import fx, nn
from torch.fx.node import map_aggregate

from .errors import ExportError

_TORCH = os.path.dirname(torch.__file__) + os.sep
_METADATA_ATTRIBUTES = {"shape", "ndim", "dtype", "device", "layout", "is_cuda", "requires_grad", "is_sparse"}
_METADATA_CALLS = {
    "size", "dim", "ndimension", "numel", "nelement", "stride", "storage_offset", "is_contiguous",
    "is_floating_point", "is_complex", "element_size", "get_device", "type", "is_tensor", "is_same_size",
}  # fmt: skip
_FILLERS = {"zeros_like", "ones_like", "full_like", "new_zeros", "new_ones", "new_full", "new_tensor"}


def source_line() -> str:
    """Where the model is now: the innermost frame that belongs neither to PyTorch nor to the tracer."""
    frame = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith((_TORCH, "<")) and file != __file__:
            text = linecache.getline(file, frame.f_lineno).strip()
            return f"{file}:{frame.f_lineno}: {text}"
        frame = frame.f_back  # type: ignore[assignment]
    return "an unknown place"


def operator_name(kind: str, target: Any) -> str:
    """The operation as a person would write it: `relu_`, `torch.cumsum`, `torch.nn.Hardshrink`."""
    if kind == "call_method":
        return f"Tensor.{target}"
    name = getattr(target, "__name__", str(target))
    module = getattr(target, "__module__", None) or ""
    if module.startswith("torch.nn.functional") or getattr(nn.functional, name, None) is target:
        return f"torch.nn.functional.{name}"
    return f"torch.{name}" if module.startswith(("torch", "_VariableFunctions")) or not module else f"{module}.{name}"


class Traced(fx.Proxy):
    """Stands for a tensor (or a tuple of tensors) while the model's code runs."""

    tracer: "ConcreteTracer"

    @classmethod
    def __torch_function__(cls, function: Any, types: Any, args: Any = None, kwargs: Any = None) -> Any:
        # `gamma * x` of a tensor and a traced value comes here as the tensor's method.
        return super().__torch_function__(getattr(function, "unpatched", function), types, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        return self.tracer.attribute(self, name)

    def __len__(self) -> int:
        return len(self.tracer.values[self.node])

    def __iter__(self) -> Iterator[Any]:
        return (self[index] for index in range(len(self)))

    def __bool__(self) -> bool:
        raise self.tracer.reads_data("decides on a value of the data (control flow)")

    def __float__(self) -> float:
        raise self.tracer.reads_data("turns a value of the data into a Python number")

    __int__ = __index__ = __float__  # type: ignore[assignment]

    def __contains__(self, item: Any) -> bool:
        raise self.tracer.reads_data("looks for a value in the data")

    def __setitem__(self, index: Any, value: Any) -> None:
        raise ExportError(f"assigning to a part of a tensor is not supported, at {source_line()}")


def _inplace_operator(function: Callable[..., Any]) -> Callable[[Traced, Any], Any]:
    return lambda self, other: self.tracer.create_proxy("call_function", function, (self, other), {})


for _name in ("iadd", "isub", "imul", "itruediv", "ipow", "ifloordiv", "imod"):
    setattr(Traced, f"__{_name}__", _inplace_operator(getattr(operator, _name)))


@contextlib.contextmanager
def _unbound_methods() -> Iterator[None]:
    """Makes `torch.Tensor.squeeze(x, 3)` what `x.squeeze(3)` is, for values that stand for tensors too."""

    def for_both(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            if isinstance(self, Traced):
                return getattr(self, name)(*args, **kwargs)
            return method(self, *args, **kwargs)

        call.unpatched = method  # type: ignore[attr-defined]
        return call

    # It remembers what it finds to be methods when it is asked first.
    torch.overrides.is_tensor_method_or_property(torch.Tensor.mul)

    methods = {
        name: getattr(torch.Tensor, name)
        for name in dir(torch.Tensor)
        if not name.startswith("_") and isinstance(inspect.getattr_static(torch.Tensor, name), _METHODS)
    }
    own = {name: torch.Tensor.__dict__[name] for name in methods if name in torch.Tensor.__dict__}
    for name, method in methods.items():
        setattr(torch.Tensor, name, for_both(name, method))
    try:
        yield
    finally:
        for name in methods:
            if name in own:
                setattr(torch.Tensor, name, own[name])
            else:
                delattr(torch.Tensor, name)


_METHODS = (types.FunctionType, types.MethodDescriptorType)


def _addresses(tensor: torch.Tensor) -> torch.Tensor:
    """The place in its storage of every element, in row-major order."""
    last = sum((size - 1) * step for size, step in zip(tensor.shape, tensor.stride()))
    span = torch.arange(tensor.storage_offset(), tensor.storage_offset() + last + 1)
    return span.as_strided(tensor.shape, tensor.stride()).reshape(-1)


def _storage(tensor: torch.Tensor) -> int:
    storage = tensor.untyped_storage() if hasattr(tensor, "untyped_storage") else tensor.storage()
    return storage.data_ptr()


def _tensors_of(value: Any) -> List[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    return [tensor for item in value for tensor in _tensors_of(item)] if isinstance(value, (tuple, list)) else []


class ConcreteTracer(fx.Tracer):
    """torch.fx's tracer with a value for every node. After `trace`:

    `modules` has every leaf module by its path, `values` each node's value, `constants` the tensors of get_attr
    nodes as they were when first used, `where` the model's source line of each node.
    """

    def __init__(self, examples: Sequence[torch.Tensor]) -> None:
        super().__init__()
        self.examples = [example.clone() for example in examples]
        self.modules: Dict[str, nn.Module] = {}
        self.values: Dict[fx.Node, Any] = {}
        self.constants: Dict[str, torch.Tensor] = {}
        self.where: Dict[fx.Node, str] = {}
        self._redirected: Dict[fx.Node, fx.Node] = {}
        self._overwritten: Dict[fx.Node, str] = {}
        self._constant_nodes: Dict[int, Tuple[fx.Node, torch.Tensor, int]] = {}
        self._state: Dict[int, str] = {}
        self._running = False

    def trace(self, root: nn.Module, concrete_args: Optional[Dict[str, Any]] = None) -> fx.Graph:
        for name, tensor in list(root.named_parameters()) + list(root.named_buffers()):
            self._state.setdefault(id(tensor), name)
        with torch.no_grad(), _unbound_methods():
            graph = super().trace(root, concrete_args)
        if self.examples:
            raise ExportError(f"{len(self.examples)} more example inputs than the module's forward takes")
        return graph

    # What torch.fx asks for.

    def proxy(self, node: fx.Node) -> Traced:
        return Traced(node, self)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: Dict[str, Any]) -> Any:
        return attr_val

    def call_module(
        self, m: nn.Module, forward: Callable[..., Any], args: Tuple[Any, ...], kwargs: Dict[str, Any]
    ) -> Any:
        traced: List[Traced] = []
        map_aggregate((args, kwargs), lambda x: traced.append(x) if isinstance(x, Traced) else None)
        if self._running or not traced:
            return forward(*args, **kwargs)
        path = self.path_of_module(m)
        if not self.is_leaf_module(m, path):
            return forward(*args, **kwargs)
        self.modules[path] = m
        return self._record("call_module", path, args, kwargs, forward)

    def path_of_module(self, mod: nn.Module) -> str:
        """The module's path; one that forward makes on the spot is named by its class."""
        try:
            return super().path_of_module(mod)
        except NameError:
            name = type(mod).__name__
            number = sum(1 for path in self.modules if path.partition("#")[0] == name)
            return f"{name}#{number}"

    def create_proxy(self, kind: str, target: Any, args: Any, kwargs: Any, *rest: Any, **more: Any) -> Any:
        if kind == "placeholder":
            return self._placeholder(str(target), args)
        if kind == "call_method":
            return self._record(kind, target, args, kwargs, lambda x, *a, **k: getattr(x, target)(*a, **k))
        return self._record(kind, target, args, kwargs, target)

    def create_arg(self, a: Any) -> Any:
        if isinstance(a, Traced):
            return self._current(a.node)
        if isinstance(a, torch.Tensor):
            return self._current(self._constant_node(a))
        return super().create_arg(a)

    # Attributes of a traced value.

    def attribute(self, proxy: Traced, name: str) -> Any:
        value = self.values[proxy.node]
        if not isinstance(value, torch.Tensor):
            named = getattr(value, name)  # `.values` of a maximum
            return next(proxy[index] for index, item in enumerate(value) if item is named)
        if name in _METADATA_ATTRIBUTES:
            return getattr(value, name)
        if name == "data":
            return self.create_proxy("call_method", "detach", (proxy,), {})
        if name == "T":
            return self.create_proxy("call_method", "permute", (proxy, *reversed(range(value.dim()))), {})
        if name == "mT":
            return self.create_proxy("call_method", "transpose", (proxy, -2, -1), {})
        if callable(getattr(value, name)):
            return lambda *args, **kwargs: self.create_proxy("call_method", name, (proxy, *args), kwargs)
        raise ExportError(f"the attribute '{name}' of a tensor is not supported, at {source_line()}")

    def reads_data(self, what: str) -> ExportError:
        return ExportError(
            f"the model {what}, so its path depends on the image and it has no graph, at {source_line()}"
        )

    # The work.

    def _placeholder(self, name: str, default: Sequence[Any]) -> Any:
        if name.startswith("*"):
            raise ExportError(f"forward takes {name}; give it named arguments to export it")
        if not self.examples:
            if default:
                return default[0]
            raise ExportError(f"forward's argument '{name}' has no example input")
        node = self.create_node("placeholder", name, (), {})
        self.values[node] = self.examples.pop(0)
        self.where[node] = f"forward's argument '{name}'"
        return self.proxy(node)

    def _record(self, kind: str, target: Any, args: Any, kwargs: Any, run: Callable[..., Any]) -> Any:
        where = source_line()
        node_args, node_kwargs = self.create_arg(tuple(args)), self.create_arg(dict(kwargs))
        values = map_aggregate((tuple(args), dict(kwargs)), self._value_of)
        versions = {node: [t._version for t in _tensors_of(value)] for node, value in self.values.items()}
        self._running = True
        try:
            result = run(*values[0], **values[1])
        except (RuntimeError, TypeError, ValueError, IndexError) as reason:
            text = str(reason).splitlines()[0] if str(reason) else type(reason).__name__
            raise ExportError(f"PyTorch itself fails at {operator_name(kind, target)}: {text}, at {where}") from None
        finally:
            self._running = False
        name = target if kind == "call_method" else getattr(target, "__name__", "")
        if not _tensors_of(result):
            if name in _METADATA_CALLS:
                return result
            raise self.reads_data(f"reads the data into Python with {operator_name(kind, target)}")
        if name in _FILLERS:
            return result
        node = self.create_node(kind, target, node_args, node_kwargs)
        self.values[node] = result
        self.where[node] = where
        self._redirect(node, kind, target, versions)
        return self.proxy(node)

    def _value_of(self, item: Any) -> Any:
        return self.values[item.node] if isinstance(item, Traced) else item

    def _constant_node(self, tensor: torch.Tensor) -> fx.Node:
        known = self._constant_nodes.get(id(tensor))
        if known is not None and known[2] == tensor._version:
            return known[0]
        name = self._constant_name(tensor)
        node = self.create_node("get_attr", name, (), {})
        self.constants[name] = tensor.detach().clone()
        self.values[node] = tensor
        self.where[node] = source_line()
        self._constant_nodes[id(tensor)] = (node, tensor, tensor._version)
        return node

    def _constant_name(self, tensor: torch.Tensor) -> str:
        name = self._state.get(id(tensor))
        if name is not None and name not in self.constants:
            return name
        number = 0
        while f"constant.{number}" in self.constants or f"constant.{number}" in self._state.values():
            number += 1
        return f"constant.{number}"

    def _current(self, node: fx.Node) -> fx.Node:
        while node in self._redirected:
            node = self._redirected[node]
        if node in self._overwritten:
            raise ExportError(
                f"'{node.name}' ({self.where[node]}) is used after {self._overwritten[node]} has overwritten a part "
                f"of it in place or its memory in another order; use a copy (.clone()), at {source_line()}"
            )
        return node

    def _redirect(self, node: fx.Node, kind: str, target: Any, versions: Dict[fx.Node, List[int]]) -> None:
        """Finds what `node` overwrote and points later uses of that memory at the new value."""
        written = [
            tensor
            for earlier, before in versions.items()
            for tensor, version in zip(_tensors_of(self.values[earlier]), before)
            if tensor._version != version
        ]
        if not written:
            return
        what = f"{operator_name(kind, target)} ({self.where[node]})"
        result = self.values[node]
        if not isinstance(result, torch.Tensor) or _storage(result) != _storage(written[0]):
            raise ExportError(f"{what} writes to its input and returns something else, which is not supported")
        places = _addresses(result)
        for earlier in versions:
            for tensor in _tensors_of(self.values[earlier]):
                if earlier in self._redirected or earlier in self._overwritten or tensor.numel() == 0:
                    continue
                if _storage(tensor) != _storage(result):
                    continue
                own = _addresses(tensor)
                if not bool(torch.isin(own, places).any()):
                    continue
                if id(tensor) in self._state:
                    raise ExportError(f"{what} changes the weight '{self._state[id(tensor)]}' while it runs")
                if isinstance(self.values[earlier], torch.Tensor) and torch.equal(own, places):
                    self._redirected[earlier] = self._same_elements(node, tensor)
                else:
                    self._overwritten[earlier] = what
        for key, (constant, tensor, _) in list(self._constant_nodes.items()):
            if constant in self._redirected:
                self._constant_nodes[key] = (constant, tensor, tensor._version)

    def _same_elements(self, node: fx.Node, alias: torch.Tensor) -> fx.Node:
        """`node`'s elements in the shape of a tensor that shares its memory in the same order."""
        if alias.shape == self.values[node].shape:
            return node
        reshape = self.create_node("call_method", "reshape", (node, tuple(alias.shape)), {})
        self.values[reshape] = alias
        self.where[reshape] = self.where[node]
        return reshape
