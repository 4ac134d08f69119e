#include "graph/passes/channel_facts.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "graph/batch_norm.h"
#include "graph/infer_shape.h"

namespace lprnet::graph {
namespace {

using Intervals = std::vector<Interval>;

constexpr Interval kAnything{-HUGE_VAL, HUGE_VAL};

// As the engine computes: denormals are zero.
constexpr double kSmallestNormal = std::numeric_limits<float>::min();
double flushed(double value) { return std::abs(value) < kSmallestNormal ? 0.0 : value; }

Interval hull(Interval a, Interval b) { return {std::min(a.low, b.low), std::max(a.high, b.high)}; }

Interval with_zero(Interval a) { return hull(a, {0, 0}); }

Interval scaled(Interval a, double factor) {
  if (factor == 0) return {0, 0};
  return factor > 0 ? Interval{a.low * factor, a.high * factor}
                    : Interval{a.high * factor, a.low * factor};
}

Interval sum(Interval a, Interval b) { return {a.low + b.low, a.high + b.high}; }

// By a function that never falls.
template <typename Function>
Intervals mapped(Intervals channels, Function function) {
  for (Interval& channel : channels) channel = {function(channel.low), function(channel.high)};
  return channels;
}

// What `op` gives for each channel of inputs[0], which is known.
class Transfer {
 public:
  Transfer(const ValidGraph& graph, const ValidGraph::Node& node, const ChannelFacts& facts)
      : graph_(graph), node_(node), facts_(facts) {}

  Intervals operator()(const Conv2d& op) const {
    if (node_.shape.rank() != 4) return {};
    const auto& weight = op.weight.tensor.shape();
    const auto out_channels = static_cast<std::size_t>(weight[0]);
    const auto per_group = static_cast<std::size_t>(weight[0] / op.groups);
    const auto in_per_group = static_cast<std::size_t>(weight[1]);
    const auto taps = static_cast<std::size_t>(weight[2] * weight[3]);
    const bool padded = op.padding != Pair{0, 0};
    const float* w = op.weight.tensor.data();
    // What one tap may see of a channel: beside the padding's zeros, a constant other than zero
    // varies.
    Intervals elements = input();
    for (Interval& x : elements) {
      if (x.is_constant()) x = {x.value(), x.value()};
      if (padded) x = with_zero(x);
    }
    Intervals result(out_channels);
    for (std::size_t out = 0; out < out_channels; ++out) {
      double low = op.bias.given() ? double{op.bias.tensor.data()[out]} : 0.0;
      double high = low;
      const Interval* x = elements.data() + out / per_group * in_per_group;
      for (std::size_t in = 0; in < in_per_group; ++in, ++x, w += taps) {
        if (x->low == 0 && x->high == 0) continue;
        double positive = 0;
        double negative = 0;
        for (std::size_t tap = 0; tap < taps; ++tap) {
          const double factor = flushed(double{w[tap]});
          positive += std::max(factor, 0.0);
          negative += std::min(factor, 0.0);
        }
        // Zero is no factor for an infinity.
        if (positive != 0) {
          low += positive * x->low;
          high += positive * x->high;
        }
        if (negative != 0) {
          low += negative * x->high;
          high += negative * x->low;
        }
      }
      result[out] = {low, high};
    }
    return result;
  }

  Intervals operator()(const BatchNorm& op) const {
    const ScaleShift change = scale_shift_of(op);
    Intervals result = input();
    for (std::size_t c = 0; c < result.size(); ++c) {
      result[c] =
          sum(scaled(result[c], flushed(change.scale[c])), {change.shift[c], change.shift[c]});
    }
    return result;
  }

  Intervals operator()(const Activation& op) const {
    const auto function = [&op](double x) { return tensor::activated(op, x); };
    const bool never_falls = tensor::facts_of(op.kind).never_falls && op.parameter >= 0;
    return never_falls ? mapped(input(), function) : constants_only(function);
  }

  Intervals operator()(const MaxPool2d& op) const {
    if (node_.shape.rank() != 4) return {};
    Intervals result = input();
    if (has_empty_window(op, graph_.shape_of(node_.inputs[0]), node_.shape)) {
      for (Interval& channel : result) channel.low = -HUGE_VAL;
    }
    return result;
  }
  Intervals operator()(const AvgPool2d& op) const {
    if (node_.shape.rank() != 4 || op.divisor_override) return {};
    Intervals result = input();
    // Padding counts as zero, and a window of padding alone is zero.
    if (op.padding != Pair{0, 0}) {
      for (Interval& channel : result) channel = with_zero(channel);
    }
    return result;
  }

  Intervals operator()(const Concat& op) const {
    const int axis = resolve_axis(op.dim, node_.shape.rank());
    Intervals result;
    for (std::size_t i = 0; i < node_.inputs.size(); ++i) {
      if (input(i).empty()) return {};
      if (axis == 1) {
        result.insert(result.end(), input(i).begin(), input(i).end());
      } else if (i == 0) {
        result = input(i);
      } else {
        for (std::size_t c = 0; c < result.size(); ++c) result[c] = hull(result[c], input(i)[c]);
      }
    }
    return result;
  }

  Intervals operator()(const Slice& op) const {
    if (resolve_axis(op.dim, node_.shape.rank()) != 1) return input();
    const auto range = resolve_slice(op, static_cast<std::int64_t>(input().size()));
    Intervals result;
    for (std::int64_t i = 0; i < range.count; ++i) {
      result.push_back(input()[static_cast<std::size_t>(range.start + i * op.step)]);
    }
    return result;
  }

  Intervals operator()(const Binary& op) const {
    if (node_.inputs.size() == 1) return with_number(op);
    // A constant zero, divided by or multiplied with what is the same for all channels, stays zero.
    const auto& other = graph_.shape_of(node_.inputs[1]);
    const bool scales = op.kind == BinaryKind::kMul || op.kind == BinaryKind::kDiv;
    if (!scales || graph_.shape_of(node_.inputs[0]) != node_.shape ||
        (other.rank() == node_.shape.rank() ? other[1] : other.elements()) != 1) {
      return unknown();
    }
    Intervals result = input();
    for (Interval& channel : result) {
      if (!(channel.is_constant() && channel.value() == 0)) channel = kAnything;
    }
    return result;
  }

  Intervals operator()(const Reduce& op) const {
    if (op.kind == ReduceKind::kSum) return unknown();
    const auto axes = reduced_axes(op, graph_.shape_of(node_.inputs[0]).rank());
    return !axes.empty() && axes.front() >= 2 ? input() : unknown();
  }

  // Reshapes that keep dimensions 0 and 1 keep the channels.
  Intervals operator()(const Reshape&) const { return reshaped(); }
  Intervals operator()(const Flatten&) const { return reshaped(); }
  Intervals operator()(const Squeeze&) const { return reshaped(); }
  Intervals operator()(const Unsqueeze&) const { return reshaped(); }

  template <typename Other>
  Intervals operator()(const Other&) const {
    static_assert(
        kIsOneOf<Other, Linear, LayerNorm, GroupNorm, MatMul, Recurrent, PRelu, Softmax,
                 AdaptivePool2d, Permute, AffineGrid, GridSample, Interpolate, Constant, Identity>);
    return unknown();
  }

 private:
  const Intervals& input(std::size_t index = 0) const {
    return facts_[static_cast<std::size_t>(node_.inputs[index])];
  }
  Intervals unknown() const {
    const auto& shape = node_.shape;
    return shape.rank() >= 2 ? Intervals(static_cast<std::size_t>(shape[1]), kAnything)
                             : Intervals{};
  }
  template <typename Function>
  Intervals constants_only(Function function) const {
    Intervals result = input();
    for (Interval& channel : result) {
      const double value = function(channel.value());
      channel = channel.is_constant() ? Interval{value, value} : kAnything;
    }
    return result;
  }
  Intervals with_number(const Binary& op) const {
    if (!op.other) return unknown();
    const double number = *op.other;
    return constants_only([&op, number](double x) {
      switch (op.kind) {
        case BinaryKind::kAdd:
          return x + number;
        case BinaryKind::kSub:
          return x - number;
        case BinaryKind::kMul:
          return x * number;
        case BinaryKind::kDiv:
          return x / number;
        case BinaryKind::kPow:
          return std::pow(x, number);
        case BinaryKind::kMaximum:
          return std::max(x, number);
        case BinaryKind::kMinimum:
          return std::min(x, number);
      }
      return x;
    });
  }
  Intervals reshaped() const {
    const auto& from = graph_.shape_of(node_.inputs[0]);
    const bool keeps =
        node_.shape.rank() >= 2 && node_.shape[0] == from[0] && node_.shape[1] == from[1];
    return keeps ? input() : unknown();
  }

  const ValidGraph& graph_;
  const ValidGraph::Node& node_;
  const ChannelFacts& facts_;
};

}  // namespace

bool Interval::is_constant() const {
  return std::isfinite(low) && std::isfinite(high) &&
         static_cast<float>(flushed(low)) == static_cast<float>(flushed(high));
}

double Interval::value() const { return flushed(low / 2 + high / 2); }

ChannelFacts find_channel_facts(const ValidGraph& graph) {
  ChannelFacts facts(static_cast<std::size_t>(graph.value_count()));
  for (int value = 0; value < graph.value_count(); ++value) {
    auto& channels = facts[static_cast<std::size_t>(value)];
    const auto& shape = graph.shape_of(value);
    if (graph.is_input(value)) {
      if (shape.rank() >= 2) {
        channels.assign(static_cast<std::size_t>(shape[1]), {-kInputBound, kInputBound});
      }
      continue;
    }
    const auto& node = graph.producer(value);
    const bool known =
        !node.inputs.empty() && !facts[static_cast<std::size_t>(node.inputs[0])].empty();
    if (known) channels = std::visit(Transfer(graph, node, facts), node.op);
    // An interval that arithmetic on infinities has spoilt says nothing.
    for (Interval& channel : channels) {
      if (std::isnan(channel.low) || std::isnan(channel.high)) channel = kAnything;
    }
    if (channels.empty() && shape.rank() >= 2) {
      channels.assign(static_cast<std::size_t>(shape[1]), kAnything);
    }
  }
  return facts;
}

}  // namespace lprnet::graph
