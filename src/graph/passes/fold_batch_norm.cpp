#include <algorithm>
#include <cmath>
#include <limits>

#include "graph/batch_norm.h"
#include "graph/passes/passes.h"
#include "graph/passes/rewriter.h"

namespace lprnet::graph {
namespace {

constexpr float kSmallestNormalWeight = std::numeric_limits<float>::min();

float flushed_weight(float value) { return std::abs(value) < kSmallestNormalWeight ? 0.0F : value; }

// weight (out, ...) and bias (out) scaled and shifted by output channel. Gives whether all of them
// are finite: a large scale may stand behind a layer whose results are small.
bool scale_rows(Weight& weight, Weight& bias, const ScaleShift& change) {
  const auto rows = change.scale.size();
  const std::size_t row = weight.tensor.size() / rows;
  std::vector<float> weights(weight.tensor.size());
  std::vector<float> biases(rows);
  for (std::size_t r = 0; r < rows; ++r) {
    const float* from = weight.tensor.data() + r * row;
    float* to = weights.data() + r * row;
    const double scale = change.scale[r];
    for (std::size_t i = 0; i < row; ++i)
      to[i] = flushed_weight(static_cast<float>(scale * double{from[i]}));
    const double old_bias = bias.given() ? double{bias.tensor.data()[r]} : 0.0;
    biases[r] = flushed_weight(static_cast<float>(scale * old_bias + change.shift[r]));
  }
  weight.tensor = tensor::Tensor(weight.tensor.shape(), std::move(weights));
  bias.name = bias.given() ? bias.name : weight.name + ".bias";
  bias.tensor = tensor::Tensor(tensor::Shape{static_cast<std::int64_t>(rows)}, std::move(biases));
  const auto is_finite = [](float x) { return std::isfinite(x); };
  return std::all_of(weight.tensor.begin(), weight.tensor.end(), is_finite) &&
         std::all_of(bias.tensor.begin(), bias.tensor.end(), is_finite);
}

// The same values with denormals as zero; shared where there are none.
void flush_denormals(Weight& weight) {
  if (!weight.given()) return;
  const auto is_denormal = [](float x) { return x != 0 && std::abs(x) < kSmallestNormalWeight; };
  if (std::none_of(weight.tensor.begin(), weight.tensor.end(), is_denormal)) return;
  std::vector<float> values = weight.tensor.to_vector();
  std::transform(values.begin(), values.end(), values.begin(), flushed_weight);
  weight.tensor = tensor::Tensor(weight.tensor.shape(), std::move(values));
}

}  // namespace

ValidGraph fold_batch_norm(const ValidGraph& graph, PassNotes& notes) {
  Rewriter rewriter(graph);
  // Its weights are folded when the normalisation behind a layer comes: they need no copy before.
  std::vector<bool> is_folded(static_cast<std::size_t>(graph.value_count()));
  for (const auto& reader : graph.nodes()) {
    if (std::holds_alternative<BatchNorm>(reader.op)) {
      is_folded[static_cast<std::size_t>(reader.inputs[0])] = true;
    }
  }
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
      if (!graph.is_input(before) && layer_of(graph.producer(before)) &&
          rewriter.read_once(before) && graph.shape_of(before).rank() != 3) {
        auto layer = graph.producer(before);
        const ScaleShift change = scale_shift_of(*norm);
        bool is_finite = false;
        if (auto* conv = std::get_if<Conv2d>(&layer.op)) {
          is_finite = scale_rows(conv->weight, conv->bias, change);
        } else {
          auto& linear = std::get<Linear>(layer.op);
          is_finite = scale_rows(linear.weight, linear.bias, change);
        }
        if (is_finite) {
          rewriter.set(value, rewriter.copy(layer));
          notes[node.name] = "folded into '" + layer.name + "'";
          continue;
        }
      }
    }
    auto copy = node;
    if (!is_folded[static_cast<std::size_t>(value)]) {
      for (Weight* weight : weights_of(copy.op)) flush_denormals(*weight);
    }
    rewriter.set(value, rewriter.copy(copy));
  }
  return std::move(rewriter).finish();
}

}  // namespace lprnet::graph
