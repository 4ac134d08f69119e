"""How each torch.nn module becomes nodes of the graph document: (builder, path, module, input) -> value."""

from functools import partial
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
    channel_shuffle,
    concat,
    conv2d,
    conv_transpose2d,
    dropout,
    elu,
    flatten,
    gelu,
    getitem,
    group_norm,
    hardsigmoid,
    hardswish,
    hardtanh,
    instance_norm,
    interpolate,
    layer_norm,
    leaky_relu,
    linear,
    log_softmax,
    max_pool2d,
    max_pool3d,
    mish,
    only,
    pad,
    pixel_shuffle,
    pixel_unshuffle,
    prelu,
    relu,
    relu6,
    reshape,
    sigmoid,
    silu,
    softmax,
    softplus,
    tanh,
    transpose,
    unsqueeze,
)
from .recurrent import last_state, recurrent, written_out


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


def _conv_transpose_module(b: Lowering, path: str, m: Any, input: Operand, output_size: Any = None) -> Value:
    only(output_size is None, "output_size is not supported; say output_padding")
    weight, bias = _weights(path, m, "weight", "bias")
    return conv_transpose2d(b, input, weight, bias, m.stride, m.padding, m.output_padding, m.groups, m.dilation)


def _instance_norm_module(b: Lowering, path: str, m: Any, input: Operand) -> Value:
    only(not m.training or not m.track_running_stats, "it learns statistics; export the network after .eval()")
    images = {nn.InstanceNorm1d: 3, nn.InstanceNorm2d: 4, nn.InstanceNorm3d: 5}
    only(input.tensor.dim() in (images.get(type(m)), None), "an input without a batch is not supported")
    weight, bias, mean_, var = _weights(path, m, "weight", "bias", "running_mean", "running_var")
    return instance_norm(b, input, mean_, var, weight, bias, mean_ is None, eps=m.eps)


def _layer_norm_module(b: Lowering, path: str, m: Any, input: Operand) -> Value:
    return layer_norm(b, input, m.normalized_shape, *_weights(path, m, "weight", "bias"), m.eps)


def _group_norm_module(b: Lowering, path: str, m: Any, input: Operand) -> Value:
    return group_norm(b, input, m.num_groups, *_weights(path, m, "weight", "bias"), m.eps)


def _upsample_module(b: Lowering, path: str, m: Any, input: Operand) -> Value:
    return interpolate(b, input, m.size, m.scale_factor, m.mode, m.align_corners, m.recompute_scale_factor)


def _recurrent_module(op: str) -> Handler:
    """The layers one behind the other, each one or two nodes; gives (output, last states) as PyTorch does."""

    def run(b: Lowering, path: str, m: Any, input: Operand, hx: Any = None) -> Any:
        only(not m.training or m.dropout == 0 or m.num_layers == 1, "it drops values; export the network after .eval()")
        batched = input.tensor.dim() == 3
        steps = b.as_value(input) if batched else b.emit("unsqueeze", [input], dim=1)
        turned = batched and m.batch_first
        if turned:
            steps = transpose(b, steps, 0, 1)
        projects = getattr(m, "proj_size", 0) > 0
        begun = projects or not _is_zero(hx)
        last: List[Any] = []  # of each layer's direction: hidden states, whether reversed, cell state
        for layer in range(m.num_layers):
            ways = []
            for suffix in ("", "_reverse") if m.bidirectional else ("",):
                names = [f"{name}_l{layer}{suffix}" for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
                weights = _weights(path, m, *names[:2]) + (_weights(path, m, *names[2:]) if m.bias else [None, None])
                given = hx if isinstance(hx, (tuple, list)) else [hx]
                starts = [_start(b, part, len(last), batched) for part in given]
                project = _weights(path, m, f"weight_hr_l{layer}{suffix}")[0] if projects else None
                run = partial(
                    written_out, b, op, steps, weights, suffix != "", *[*starts, None][:2], projection=project
                )
                if begun:
                    states, cell_state = run()
                    last.append((states, suffix != "", lambda cell_state=cell_state: cell_state))
                else:
                    states = recurrent(b, op, steps, weights, suffix != "")
                    last.append((states, suffix != "", lambda run=run: run()[1]))
                ways.append(states)
            steps = concat(b, ways, 2) if len(ways) > 1 else ways[0]
        result = transpose(b, steps, 0, 1) if turned else steps if batched else b.emit("squeeze", [steps], dim=1)

        def ends(values: List[Value]) -> Value:
            states = concat(b, values, 0)
            return states if batched else b.emit("squeeze", [states], dim=1)

        def hidden() -> Value:
            return ends([last_state(b, states, back) for states, back, _ in last])

        def cell() -> Value:
            return ends([cell_state() for _, _, cell_state in last])

        return b.finish(result), (hidden, cell) if op == "lstm" else hidden

    return run


def _is_zero(state: Any) -> bool:
    if state is None:
        return True
    if isinstance(state, (tuple, list)):
        return all(_is_zero(part) for part in state)
    return isinstance(state, Weight) and not bool(state.tensor.any())


def _start(b: Lowering, states: Any, number: int, batched: bool) -> Any:
    """What one layer's direction begins with, (1, batch, hidden), of the states of all."""
    if states is None:
        return None
    if isinstance(states, Weight):
        part = states.tensor[number : number + 1]
        return Weight(f"{states.name}.{number}", part if batched else part.unsqueeze(1))
    part = getitem(b, states, slice(number, number + 1))
    return part if batched else unsqueeze(b, part, 1)


MODULES: Dict[type, Handler] = {
    nn.Conv2d: _conv_module,
    nn.Linear: lambda b, path, m, input: linear(b, input, *_weights(path, m, "weight", "bias")),
    nn.BatchNorm1d: _batch_norm_module,
    nn.BatchNorm2d: _batch_norm_module,
    nn.BatchNorm3d: _batch_norm_module,
    nn.ConvTranspose2d: _conv_transpose_module,
    nn.LayerNorm: _layer_norm_module,
    nn.GroupNorm: _group_norm_module,
    nn.InstanceNorm1d: _instance_norm_module,
    nn.InstanceNorm2d: _instance_norm_module,
    nn.InstanceNorm3d: _instance_norm_module,
    nn.LSTM: _recurrent_module("lstm"),
    nn.GRU: _recurrent_module("gru"),
    nn.PixelShuffle: _simple(pixel_shuffle, "upscale_factor"),
    nn.PixelUnshuffle: _simple(pixel_unshuffle, "downscale_factor"),
    nn.ChannelShuffle: _simple(channel_shuffle, "groups"),
    nn.Upsample: _upsample_module,
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
