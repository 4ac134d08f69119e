#include "graph/passes/magnitudes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "graph/batch_norm.h"
#include "graph/infer_shape.h"
#include "graph/passes/channel_facts.h"

namespace lprnet::graph {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::infinity();

// Several sums side by side, which a compiler can keep in one register.
double sum_of_magnitudes(const float* values, std::size_t count) {
  constexpr std::size_t kSums = 8;
  std::array<float, kSums> sums{};
  std::size_t i = 0;
  for (; i + kSums <= count; i += kSums) {
    for (std::size_t k = 0; k < kSums; ++k) sums[k] += std::abs(values[i + k]);
  }
  double sum = 0;
  for (; i < count; ++i) sum += std::abs(values[i]);
  for (const float part : sums) sum += part;
  return sum;
}

double largest(const tensor::Tensor& values) {
  double most = 0;
  for (const float value : values) most = std::max(most, std::abs(double{value}));
  return most;
}

double largest(const Weight& weight) { return weight.given() ? largest(weight.tensor) : 0; }

// What `op` gives for inputs of at most these magnitudes.
class Bound {
 public:
  Bound(const ValidGraph& graph, const ValidGraph::Node& node, const std::vector<double>& known)
      : graph_(graph), node_(node), known_(known) {}

  double operator()(const Conv2d& op) const { return linear(op.weight, op.bias); }
  double operator()(const Linear& op) const { return linear(op.weight, op.bias); }
  double operator()(const BatchNorm& op) const {
    const ScaleShift change = scale_shift_of(op);
    double most = 0;
    for (std::size_t c = 0; c < change.scale.size(); ++c) {
      most = std::max(most, std::abs(change.scale[c]) * input() + std::abs(change.shift[c]));
    }
    return most;
  }
  double operator()(const LayerNorm& op) const {
    double count = 1;
    for (const std::int64_t size : op.normalized_shape) count *= static_cast<double>(size);
    return normalised(count, op.weight, op.bias);
  }
  double operator()(const GroupNorm& op) const {
    const auto& shape = node_.shape;
    const std::int64_t count = shape.elements(1, shape.rank()) / op.num_groups;
    return normalised(static_cast<double>(count), op.weight, op.bias);
  }
  double operator()(const MatMul&) const {
    const auto& first = graph_.shape_of(node_.inputs[0]);
    const bool zero = input() == 0 || input(1) == 0;
    return zero ? 0 : input() * input(1) * static_cast<double>(first[first.rank() - 1]);
  }
  double operator()(const Recurrent&) const { return 1; }
  // Each is between 0 and x, or between its values at the ends.
  double operator()(const Activation& op) const {
    const double low = std::abs(tensor::activated(op, -input()));
    const double high = std::abs(tensor::activated(op, input()));
    const double ends = std::max(std::isnan(low) ? 0 : low, std::isnan(high) ? 0 : high);
    return tensor::facts_of(op.kind).never_falls && op.parameter >= 0
               ? ends
               : std::max({ends, input(), 1.0});
  }
  double operator()(const PRelu& op) const { return input() * std::max(1.0, largest(op.weight)); }
  double operator()(const Softmax& op) const { return op.log ? kUnknown : 1; }
  double operator()(const MaxPool2d& op) const {
    const bool empty = has_empty_window(op, graph_.shape_of(node_.inputs[0]), node_.shape);
    return empty ? kUnknown : input();
  }
  double operator()(const AvgPool2d& op) const { return op.divisor_override ? kUnknown : input(); }
  double operator()(const Concat& /*op*/) const {
    double most = 0;
    for (std::size_t i = 0; i < node_.inputs.size(); ++i) most = std::max(most, input(i));
    return most;
  }
  double operator()(const Binary& op) const {
    const double a = node_.inputs.size() == 2 || op.other ? input() : std::abs(*op.input);
    const double b = node_.inputs.size() == 2 ? input(1) : op.other ? std::abs(*op.other) : input();
    switch (op.kind) {
      case BinaryKind::kAdd:
      case BinaryKind::kSub:
        return a + b;
      case BinaryKind::kMul:
        return a == 0 || b == 0 ? 0 : a * b;
      case BinaryKind::kDiv:
        return op.other && b > 0 ? a / b : kUnknown;
      case BinaryKind::kPow:
        return op.other && *op.other >= 0 ? std::pow(std::max(a, 1.0), *op.other) : kUnknown;
      case BinaryKind::kMaximum:
      case BinaryKind::kMinimum:
        return std::max(a, b);
    }
    return kUnknown;
  }
  double operator()(const Reduce& op) const {
    if (op.kind != ReduceKind::kSum) return input();
    return input() * static_cast<double>(graph_.shape_of(node_.inputs[0]).elements());
  }
  double operator()(const Constant& op) const { return largest(op.value); }
  double operator()(const AffineGrid& /*op*/) const { return kUnknown; }

  // Weighted means and rearrangements.
  template <typename Other>
  double operator()(const Other&) const {
    static_assert(kIsOneOf<Other, AdaptivePool2d, Slice, Reshape, Flatten, Permute, Squeeze,
                           Unsqueeze, GridSample, Interpolate, Identity>);
    return input();
  }

 private:
  double input(std::size_t index = 0) const {
    return known_[static_cast<std::size_t>(node_.inputs[index])];
  }
  // What is `count` values' mean away from it is at most sqrt(count) times their deviation.
  static double normalised(double count, const Weight& weight, const Weight& bias) {
    return std::sqrt(count) * (weight.given() ? largest(weight) : 1) + largest(bias);
  }
  double linear(const Weight& weight, const Weight& bias) const {
    const double row = largest_row(weight.tensor);
    return (row == 0 ? 0 : row * input()) + largest(bias);
  }

  const ValidGraph& graph_;
  const ValidGraph::Node& node_;
  const std::vector<double>& known_;
};

}  // namespace

double largest_row(const tensor::Tensor& weight) {
  const auto rows = static_cast<std::size_t>(weight.shape()[0]);
  const std::size_t columns = weight.size() / rows;
  double most = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    const double sum = sum_of_magnitudes(weight.data() + row * columns, columns);
    if (std::isnan(sum)) return kUnknown;
    most = std::max(most, sum);
  }
  return most;
}

bool is_far_from_overflow(double magnitude) {
  return magnitude < double{std::numeric_limits<float>::max()} / 16;
}

std::vector<double> find_magnitudes(const ValidGraph& graph) {
  std::vector<double> magnitudes(static_cast<std::size_t>(graph.value_count()), kInputBound);
  for (int value = graph.input_count(); value < graph.value_count(); ++value) {
    const auto& node = graph.producer(value);
    double bound = std::visit(Bound(graph, node, magnitudes), node.op);
    if (std::isnan(bound)) bound = kUnknown;
    magnitudes[static_cast<std::size_t>(value)] = bound;
  }
  return magnitudes;
}

}  // namespace lprnet::graph
