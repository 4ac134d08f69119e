#include <algorithm>
#include <optional>

#include "graph/infer_shape.h"
#include "graph/passes/magnitudes.h"
#include "graph/passes/passes.h"
#include "graph/passes/rewriter.h"

namespace lprnet::graph {
namespace {

using ValueId = ValidGraph::ValueId;
using Node = ValidGraph::Node;

bool is_pointwise(const Conv2d& conv) {
  const auto& weight = conv.weight.tensor.shape();
  return weight[2] == 1 && weight[3] == 1 && conv.groups == 1 && conv.stride == Pair{1, 1} &&
         conv.padding == Pair{0, 0};
}

// x / s with one s for the whole value.
bool divides_by_one_number(const ValidGraph& graph, const Node& node) {
  const auto* binary = std::get_if<Binary>(&node.op);
  return binary != nullptr && binary->kind == BinaryKind::kDiv && node.inputs.size() == 2 &&
         graph.shape_of(node.inputs[0]) == node.shape &&
         graph.shape_of(node.inputs[1]).elements() == 1;
}

// The columns of a 1x1 convolution's weights that belong to `count` input channels from `first`.
tensor::Tensor columns(const tensor::Tensor& weight, std::int64_t first, std::int64_t count) {
  std::vector<float> values;
  for (std::int64_t row = 0; row < weight.shape()[0]; ++row) {
    const float* begin = weight.data() + row * weight.shape()[1] + first;
    values.insert(values.end(), begin, begin + count);
  }
  return {weight.shape().with(1, count), std::move(values)};
}

}  // namespace

ValidGraph divide_after_linear(const ValidGraph& graph, PassNotes& notes) {
  Rewriter rewriter(graph);
  const auto is_divided = [&](ValueId value) {
    return !graph.is_input(value) && rewriter.read_once(value) &&
           divides_by_one_number(graph, graph.producer(value));
  };
  // Found when first asked for.
  std::vector<double> magnitudes;
  // Whether the convolution of what is not divided yet could be infinite: a quotient may be small
  // where its numerator is not.
  const auto overflows = [&](const Conv2d& conv, const Node& concat) {
    if (magnitudes.empty()) magnitudes = find_magnitudes(graph);
    double most = 0;
    for (const ValueId part : concat.inputs) {
      if (!is_divided(part)) continue;
      const ValueId numerator = graph.producer(part).inputs[0];
      most = std::max(most, magnitudes[static_cast<std::size_t>(numerator)]);
    }
    return !is_far_from_overflow(most * largest_row(conv.weight.tensor));
  };
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const Node& node = graph.nodes()[i];
    const auto* conv = std::get_if<Conv2d>(&node.op);
    const bool after_concat = conv != nullptr && is_pointwise(*conv) &&
                              !graph.is_input(node.inputs[0]) &&
                              rewriter.read_once(node.inputs[0]) && node.shape.rank() == 4 &&
                              std::holds_alternative<Concat>(graph.producer(node.inputs[0]).op);
    const Node* concat = after_concat ? &graph.producer(node.inputs[0]) : nullptr;
    if (concat == nullptr || resolve_axis(std::get<Concat>(concat->op).dim, 4) != 1 ||
        std::none_of(concat->inputs.begin(), concat->inputs.end(), is_divided) ||
        overflows(*conv, *concat)) {
      rewriter.set(graph.value_of_node(i), rewriter.copy(node));
      continue;
    }
    // One convolution for each part; the bias goes with the last.
    std::optional<ValueId> sum;
    std::int64_t first = 0;
    for (std::size_t part = 0; part < concat->inputs.size(); ++part) {
      const ValueId input = concat->inputs[part];
      const bool last = part + 1 == concat->inputs.size();
      const std::int64_t channels = graph.shape_of(input)[1];
      const std::string name = node.name + "." + std::to_string(part);
      Conv2d piece = *conv;
      piece.weight.tensor = columns(conv->weight.tensor, first, channels);
      const bool divided = is_divided(input);
      // A bias must not be divided.
      if (!last || divided) piece.bias = {};
      const ValueId from = divided ? graph.producer(input).inputs[0] : input;
      ValueId value = rewriter.add(last && !divided ? node.name : name, piece, {rewriter.at(from)});
      if (divided) {
        const Node& division = graph.producer(input);
        value = rewriter.add(division.name, division.op, {value, rewriter.at(division.inputs[1])});
      }
      sum = sum ? rewriter.add(last ? node.name + ".sum" : name + ".sum", Binary{}, {*sum, value})
                : value;
      if (last && divided && conv->bias.given()) {
        Constant bias{conv->bias};
        bias.value.tensor = tensor::Tensor({1, node.shape[1], 1, 1}, conv->bias.tensor.to_vector());
        sum = rewriter.add(node.name + ".bias", Binary{},
                           {*sum, rewriter.add(name + ".bias", bias, {})});
      }
      first += channels;
    }
    notes[node.name] = "divided after it, not before";
    rewriter.set(graph.value_of_node(i), *sum);
  }
  return std::move(rewriter).finish();
}

}  // namespace lprnet::graph
