#include <cmath>
#include <limits>

#include "graph/batch_norm.h"
#include "graph/passes/passes.h"
#include "graph/passes/rewriter.h"

namespace lprnet::graph {
namespace {

float rounded(double value) {
  return std::abs(value) < std::numeric_limits<float>::min() ? 0.0F : static_cast<float>(value);
}

// weight (out, ...) and bias (out) scaled and shifted by output channel.
void scale_rows(Weight& weight, Weight& bias, const ScaleShift& change) {
  const auto rows = change.scale.size();
  const std::size_t row = weight.tensor.size() / rows;
  std::vector<float> weights(weight.tensor.size());
  std::vector<float> biases(rows);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t i = 0; i < row; ++i) {
      weights[r * row + i] = rounded(change.scale[r] * weight.tensor.data()[r * row + i]);
    }
    const double old_bias = bias.given() ? double{bias.tensor.data()[r]} : 0.0;
    biases[r] = rounded(change.scale[r] * old_bias + change.shift[r]);
  }
  weight.tensor = tensor::Tensor(weight.tensor.shape(), std::move(weights));
  bias.name = bias.given() ? bias.name : weight.name + ".bias";
  bias.tensor = tensor::Tensor(tensor::Shape{static_cast<std::int64_t>(rows)}, std::move(biases));
}

// The layer's own weights, with nothing but denormals changed.
void flush_denormals(Weight& weight, Weight& bias) {
  ScaleShift nothing;
  nothing.scale.assign(static_cast<std::size_t>(weight.tensor.shape()[0]), 1.0);
  nothing.shift.assign(nothing.scale.size(), 0.0);
  scale_rows(weight, bias, nothing);
}

}  // namespace

ValidGraph fold_batch_norm(const ValidGraph& graph, PassNotes& notes) {
  Rewriter rewriter(graph);
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const auto& node = graph.nodes()[i];
    const auto value = graph.value_of_node(i);
    const auto layer_of = [&](const ValidGraph::Node& producer) {
      return std::holds_alternative<Conv2d>(producer.op) ||
             (std::holds_alternative<Linear>(producer.op) && producer.shape.rank() == 2);
    };
    if (const auto* norm = std::get_if<BatchNorm>(&node.op)) {
      const auto before = node.inputs[0];
      // A convolution of one image without its batch has its channels elsewhere.
      if (!graph.is_input(before) && layer_of(graph.producer(before)) && rewriter.read_once(before) &&
          graph.shape_of(before).rank() != 3) {
        auto layer = graph.producer(before);
        std::visit(
            [&](auto& op) {
              if constexpr (requires { op.bias; op.weight; } &&
                            !std::is_same_v<std::decay_t<decltype(op)>, BatchNorm>) {
                scale_rows(op.weight, op.bias, scale_shift_of(*norm));
              }
            },
            layer.op);
        rewriter.set(value, rewriter.copy(layer));
        notes[node.name] = "folded into '" + layer.name + "'";
        continue;
      }
    }
    auto copy = node;
    if (auto* conv = std::get_if<Conv2d>(&copy.op)) flush_denormals(conv->weight, conv->bias);
    rewriter.set(value, rewriter.copy(copy));
  }
  return std::move(rewriter).finish();
}

}  // namespace lprnet::graph
