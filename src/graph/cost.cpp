#include "graph/cost.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "base/checked.h"
#include "base/error_text.h"

namespace lprnet::graph {
namespace {

using base::saturating_add;
using base::saturating_mul;
using tensor::Shape;

struct CountOperations {
  const ValidGraph& graph;
  const ValidGraph::Node& node;

  const Shape& input(std::size_t index = 0) const { return graph.shape_of(node.inputs[index]); }
  std::int64_t outputs() const { return node.shape.elements(); }

  // Each output looks at a window, of the last dimensions, that reaches over the input at most.
  std::int64_t windows(const Pair& kernel) const {
    std::int64_t count = outputs();
    for (std::size_t i = 0; i < kernel.size(); ++i) {
      const std::int64_t size = input()[input().rank() - 2 + static_cast<int>(i)];
      count = saturating_mul(count, std::min(kernel[i], size));
    }
    return count;
  }

  std::int64_t operator()(const Conv2d& op) const {
    return saturating_mul(outputs(), op.weight.tensor.shape().elements(1, 4));
  }
  std::int64_t operator()(const Linear&) const {
    return saturating_mul(outputs(), input()[input().rank() - 1]);
  }
  std::int64_t operator()(const BatchNorm&) const { return outputs(); }
  // The mean, the variance, the normalised values.
  std::int64_t operator()(const LayerNorm&) const { return saturating_mul(outputs(), 4); }
  std::int64_t operator()(const GroupNorm&) const { return saturating_mul(outputs(), 4); }
  std::int64_t operator()(const MatMul&) const {
    return saturating_mul(outputs(), input()[input().rank() - 1]);
  }
  // A product and a function for each gate.
  std::int64_t operator()(const Recurrent&) const {
    return saturating_mul(input().elements(), node.shape[2] + kFunctionCost);
  }
  std::int64_t operator()(const Activation& op) const {
    return saturating_mul(outputs(), tensor::facts_of(op.kind).is_cheap ? 1 : kFunctionCost);
  }
  std::int64_t operator()(const PRelu&) const { return outputs(); }
  // The maximum, the sum of exponentials, the quotient.
  std::int64_t operator()(const Softmax&) const {
    return saturating_mul(outputs(), kFunctionCost + 2);
  }
  std::int64_t operator()(const MaxPool2d& op) const { return windows(op.kernel_size); }
  std::int64_t operator()(const AvgPool2d& op) const { return windows(op.kernel_size); }
  // Windows from floor(i * in / out) to ceil((i + 1) * in / out): neighbours share an element where
  // the quotient is no whole number.
  std::int64_t operator()(const AdaptivePool2d&) const {
    const int rank = node.shape.rank();
    std::int64_t count = node.shape.elements(0, rank - 2);
    for (int axis = rank - 2; axis < rank; ++axis) {
      const std::int64_t in = input()[axis];
      const std::int64_t out = node.shape[axis];
      count = saturating_mul(count, in + out - std::gcd(in, out));
    }
    return count;
  }
  std::int64_t operator()(const Concat&) const { return outputs(); }
  std::int64_t operator()(const Slice&) const { return outputs(); }
  std::int64_t operator()(const Reshape&) const { return outputs(); }
  std::int64_t operator()(const Flatten&) const { return outputs(); }
  std::int64_t operator()(const Permute&) const { return outputs(); }
  std::int64_t operator()(const Squeeze&) const { return outputs(); }
  std::int64_t operator()(const Unsqueeze&) const { return outputs(); }
  std::int64_t operator()(const Binary& op) const {
    return saturating_mul(outputs(), op.kind == BinaryKind::kPow ? kFunctionCost : 1);
  }
  std::int64_t operator()(const Reduce&) const { return input().elements(); }
  // Three multiplications for each coordinate.
  std::int64_t operator()(const AffineGrid&) const { return saturating_mul(outputs(), 3); }
  // The grid's coordinates become pixels; an output is weighed from up to four of them.
  std::int64_t operator()(const GridSample& op) const {
    const std::int64_t taps = op.mode == GridMode::kBilinear ? 4 : 1;
    return saturating_add(saturating_mul(input(1).elements(), kFunctionCost),
                          saturating_mul(outputs(), taps));
  }
  std::int64_t operator()(const Interpolate& op) const {
    return saturating_mul(outputs(), op.mode == InterpolateMode::kBilinear ? 4 : 1);
  }
  // Written once, when a session begins.
  std::int64_t operator()(const Constant&) const { return 0; }
  std::int64_t operator()(const Identity&) const { return outputs(); }
};

}  // namespace

std::int64_t operations_of(const ValidGraph& graph, const ValidGraph::Node& node) {
  return std::visit(CountOperations{graph, node}, node.op);
}

std::int64_t macs_of(const ValidGraph& graph, const ValidGraph::Node& node) {
  if (std::holds_alternative<Recurrent>(node.op)) {
    return saturating_mul(graph.shape_of(node.inputs[0]).elements(), node.shape[2]);
  }
  const bool multiplies = std::holds_alternative<Conv2d>(node.op) ||
                          std::holds_alternative<Linear>(node.op) ||
                          std::holds_alternative<MatMul>(node.op);
  return multiplies ? operations_of(graph, node) : 0;
}

std::int64_t weight_elements_of(const ValidGraph::Node& node) {
  std::int64_t sum = 0;
  for (const Weight* weight : weights_of(node.op)) {
    if (weight->given()) sum += weight->tensor.shape().elements();
  }
  return sum;
}

void expect_within_limits(const ValidGraph& graph, const Limits& limits, const std::string& where) {
  for (const auto& input : graph.inputs()) {
    base::expect_within(limits, &Limits::value_elements, input.shape.elements(),
                        base::cat(where, ": input '", input.name, "'"));
  }
  std::int64_t weights = 0;
  std::int64_t operations = 0;
  for (const auto& node : graph.nodes()) {
    weights = saturating_add(weights, weight_elements_of(node));
    operations = saturating_add(operations, operations_of(graph, node));
    if (node.shape.elements() <= limits.value_elements && weights <= limits.weight_elements &&
        operations <= limits.operations) {
      continue;
    }
    const std::string at = base::cat(where, ": node '", node.name, "' (", name_of(node.op), ")");
    base::expect_within(limits, &Limits::value_elements, node.shape.elements(), at);
    base::expect_within(limits, &Limits::weight_elements, weights, at + ", counted up to it");
    base::expect_within(limits, &Limits::operations, operations, at + ", counted up to it");
  }
}

}  // namespace lprnet::graph
