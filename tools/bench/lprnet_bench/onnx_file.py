"""Writes a network as ONNX: standard operators of opset 13, one file for each batch size."""

from pathlib import Path
from typing import List, Optional, Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .network import CHAIN, FEATURE_POOLS, FEATURES, NORM_EPS, POOLS_BEHIND, Network, padding_of


class _Graph:
    def __init__(self) -> None:
        self.nodes: List[onnx.NodeProto] = []
        self.weights: List[onnx.TensorProto] = []

    def weight(self, name: str, values: object, dtype: type = np.float32) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values, dtype=dtype), name))
        return name

    def node(self, op: str, inputs: Sequence[str], output: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(op, list(inputs), [output], name=output, **attributes))
        return output


def _convolution(graph: _Graph, network: Network, name: str, x: str) -> str:
    c = network.convolutions[name]
    height, width = padding_of(name)
    path = f"conv{name}"
    x = graph.node(
        "Conv",
        [x, graph.weight(path + ".weight", c.weight), graph.weight(path + ".bias", c.bias)],
        path,
        kernel_shape=list(c.weight.shape[2:]),
        pads=[height, width, height, width],
    )
    if c.norm is not None:
        parts = (c.norm.gamma, c.norm.beta, c.norm.mean, c.norm.variance)
        names = [graph.weight(f"{path}.norm{i}", part) for i, part in enumerate(parts)]
        x = graph.node("BatchNormalization", [x, *names], path + ".normed", epsilon=NORM_EPS)
    return graph.node("Relu", [x], path + ".relu")


def _surviving(graph: _Graph, survivors: Optional[np.ndarray], channels: int, name: str, x: str) -> str:
    """The channels that a max pool over channels keeps: a slice where they are evenly spaced."""
    if survivors is None or survivors.size == channels:
        return x
    step = int(survivors[1] - survivors[0]) if survivors.size > 1 else 1
    if not np.array_equal(survivors, survivors[0] + step * np.arange(survivors.size)):
        return graph.node("Gather", [x, graph.weight(name + ".at", survivors, np.int64)], name + ".kept", axis=1)
    ends = min(int(survivors[-1]) + 1, channels)
    bounds = [[int(survivors[0])], [ends], [1], [step]]
    names = [graph.weight(f"{name}.slice{i}", bound, np.int64) for i, bound in enumerate(bounds)]
    return graph.node("Slice", [x, *names], name + ".kept")


def write_onnx(path: Path, network: Network, batch: int) -> None:
    graph = _Graph()
    x = "input"
    found = {}
    for name, _, _ in CHAIN:
        x = _convolution(graph, network, name, x)
        found[name] = x
        if name in POOLS_BEHIND:
            strides = list(POOLS_BEHIND[name])
            x = graph.node("MaxPool", [x], f"pool{name}", kernel_shape=[3, 3], strides=strides)
            channels = network.convolutions[name].bias.size
            x = _surviving(graph, network.survivors.get(name), channels, f"pool{name}", x)
    context: List[str] = []
    terms: List[str] = []
    for k, (name, pool, feature) in enumerate(zip(FEATURES, FEATURE_POOLS, network.features)):
        f = found[name]
        if pool is not None:
            f = graph.node("AveragePool", [f], f"feature{k}", kernel_shape=list(pool[0]), strides=list(pool[1]))
        squares = graph.node("Mul", [f, f], f"squares{k}")
        mean = graph.node("ReduceMean", [squares], f"mean{k}", axes=[1, 2, 3], keepdims=1)
        live = network.convolutions[name].bias.size
        if live != feature.channels_before:
            share = graph.weight(f"share{k}", np.full((1, 1, 1, 1), live / feature.channels_before))
            rest = feature.constant_squares / network.mean_square_count(k)
            constant = graph.weight(f"rest{k}", np.full((1, 1, 1, 1), rest))
            mean = graph.node("Add", [graph.node("Mul", [mean, share], f"shared{k}"), constant], f"whole{k}")
        context.append(graph.node("Div", [f, mean], f"scaled{k}"))
        if np.any(feature.constant_term):
            term = graph.weight(f"term{k}", feature.constant_term.reshape(1, -1, 1, 1))
            terms.append(graph.node("Div", [term, mean], f"added{k}"))
    x = graph.node("Concat", context, "context", axis=1)
    weight = np.concatenate([feature.weight for feature in network.features], axis=1)[:, :, None, None]
    names = [graph.weight("container.weight", weight), graph.weight("container.bias", network.container_bias)]
    x = graph.node("Conv", [x, *names], "container", kernel_shape=[1, 1])
    if terms:
        # After the mean: it has fewer steps, and OpenCV takes an addition behind a convolution for a residual.
        x = graph.node("ReduceMean", [x], "row", axes=[2], keepdims=1)
        for k, term in enumerate(terms):
            x = graph.node("Add", [x, term], f"sum{k}")
        graph.node("Squeeze", [x, graph.weight("row.axis", [2], np.int64)], "logits")
    else:
        graph.node("ReduceMean", [x], "logits", axes=[2], keepdims=0)
    document = helper.make_graph(
        graph.nodes,
        "LPRNet",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [batch, 3, 24, 94])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [batch, network.classes, 18])],
        graph.weights,
    )
    model = helper.make_model(document, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))

