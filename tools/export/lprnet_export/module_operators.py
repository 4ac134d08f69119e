"""How each torch.nn module becomes nodes of the graph document: (builder, path, module, input) -> value."""

from typing import Any, Dict, List

from torch import nn

from .graph_builder import Operand, Value, Weight
from .operators import (
    Handler,
    Lowering,
    adaptive_avg_pool2d,
    adaptive_max_pool2d,
    avg_pool2d,
    batch_norm,
    conv2d,
    dropout,
    elu,
    flatten,
    gelu,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    linear,
    log_softmax,
    max_pool2d,
    max_pool3d,
    mish,
    only,
    pad,
    prelu,
    relu,
    relu6,
    reshape,
    sigmoid,
    silu,
    softmax,
    softplus,
    tanh,
)


def _conv_module(b: Lowering, path: str, m: Any, input: Operand) -> Value:
    only(m.padding_mode == "zeros", f"padding_mode '{m.padding_mode}' has no counterpart")
    weight, bias = _weights(path, m, "weight", "bias")
    return conv2d(b, input, weight, bias, m.stride, m.padding, m.dilation, m.groups)


def _weights(path: str, m: nn.Module, *names: str) -> List[Any]:
    tensors = [getattr(m, name) for name in names]
    return [None if t is None else Weight(f"{path}.{name}", t) for name, t in zip(names, tensors)]


def _batch_norm_module(b: Lowering, path: str, m: Any, input: Operand) -> Value:
    weight, bias, mean_, var = _weights(path, m, "weight", "bias", "running_mean", "running_var")
    return batch_norm(b, input, mean_, var, weight, bias, m.training, None, m.eps)


def _pool_module(handler: Handler) -> Handler:
    def run(b: Lowering, path: str, m: Any, input: Operand) -> Value:
        return handler(
            b, input, m.kernel_size, m.stride, m.padding, m.dilation, m.ceil_mode, return_indices=m.return_indices
        )

    return run


def _avg_pool_module(b: Lowering, path: str, m: Any, input: Operand) -> Value:
    return avg_pool2d(
        b, input, m.kernel_size, m.stride, m.padding, m.ceil_mode, m.count_include_pad, m.divisor_override
    )


def _simple(handler: Handler, *attributes: str) -> Handler:
    """A module whose arguments are attributes of the same names."""
    return lambda b, path, m, input: handler(b, input, **{name: getattr(m, name) for name in attributes})


def _dropout_module(b: Lowering, path: str, m: Any, input: Operand) -> Value:
    return dropout(b, input, m.p, m.training)


def _unflatten_module(b: Lowering, path: str, m: Any, input: Operand) -> Value:
    return reshape(b, input)


MODULES: Dict[type, Handler] = {
    nn.Conv2d: _conv_module,
    nn.Linear: lambda b, path, m, input: linear(b, input, *_weights(path, m, "weight", "bias")),
    nn.BatchNorm1d: _batch_norm_module,
    nn.BatchNorm2d: _batch_norm_module,
    nn.BatchNorm3d: _batch_norm_module,
    nn.ReLU: _simple(relu),
    nn.Mish: _simple(mish),
    nn.Sigmoid: _simple(sigmoid),
    nn.Tanh: _simple(tanh),
    nn.LeakyReLU: _simple(leaky_relu, "negative_slope"),
    nn.PReLU: lambda b, path, m, input: prelu(b, input, *_weights(path, m, "weight")),
    nn.ELU: _simple(elu, "alpha"),
    nn.GELU: _simple(gelu, "approximate"),
    nn.SiLU: _simple(silu),
    nn.ReLU6: _simple(relu6),
    nn.Hardtanh: _simple(hardtanh, "min_val", "max_val"),
    nn.Hardsigmoid: _simple(hardsigmoid),
    nn.Hardswish: _simple(hardswish),
    nn.Softplus: _simple(softplus, "beta", "threshold"),
    nn.Softmax: _simple(softmax, "dim"),
    nn.LogSoftmax: _simple(log_softmax, "dim"),
    nn.Softmax2d: lambda b, path, m, input: softmax(b, input, -3),
    nn.MaxPool2d: _pool_module(max_pool2d),
    nn.MaxPool3d: _pool_module(max_pool3d),
    nn.AvgPool2d: _avg_pool_module,
    nn.AdaptiveAvgPool2d: _simple(adaptive_avg_pool2d, "output_size"),
    nn.AdaptiveMaxPool2d: _simple(adaptive_max_pool2d, "output_size", "return_indices"),
    nn.Dropout: _dropout_module,
    nn.Dropout2d: _dropout_module,
    nn.Dropout3d: _dropout_module,
    nn.AlphaDropout: _dropout_module,
    nn.Identity: lambda b, path, m, input: b.emit("identity", [input]),
    nn.Flatten: _simple(flatten, "start_dim", "end_dim"),
    nn.Unflatten: _unflatten_module,
    nn.ConstantPad2d: lambda b, path, m, input: pad(b, input, m.padding, value=m.value),
    nn.ZeroPad2d: lambda b, path, m, input: pad(b, input, m.padding),
}
