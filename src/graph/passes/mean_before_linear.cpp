#include <algorithm>
#include <cmath>
#include <optional>

#include "graph/infer_shape.h"
#include "graph/passes/magnitudes.h"
#include "graph/passes/passes.h"
#include "graph/passes/rewriter.h"

namespace lprnet::graph {
namespace {

using ValueId = ValidGraph::ValueId;

class MeanMover {
  static constexpr int kMaxDepth = 64;

 public:
  explicit MeanMover(const ValidGraph& graph) : graph_(graph), rewriter_(graph) {}

  ValidGraph run(PassNotes& notes) {
    for (std::size_t i = 0; i < graph_.nodes().size(); ++i) {
      const auto& node = graph_.nodes()[i];
      const auto value = graph_.value_of_node(i);
      if (!is_spatial_mean(node)) {
        rewriter_.set(value, rewriter_.copy(node));
        continue;
      }
      const auto& mean = std::get<Reduce>(node.op);
      axes_ = reduced_axes(mean, 4);
      name_ = node.name;
      const auto moved = moved_before(node.inputs[0]);
      if (!moved) {
        rewriter_.set(value, rewriter_.copy(node));
        continue;
      }
      notes[node.name] = "moved before the linear operators that it followed";
      rewriter_.set(value, mean.keepdim ? *moved : squeezed(*moved, node));
    }
    return std::move(rewriter_).finish();
  }

 private:
  bool is_spatial_mean(const ValidGraph::Node& node) const {
    const auto* reduce = std::get_if<Reduce>(&node.op);
    if (reduce == nullptr || reduce->kind != ReduceKind::kMean) return false;
    if (graph_.shape_of(node.inputs[0]).rank() != 4 || reduce->dim.empty()) return false;
    const auto axes = reduced_axes(*reduce, 4);
    return axes.front() >= 2;
  }

  ValueId squeezed(ValueId value, const ValidGraph::Node& node) {
    Reshape reshape;
    reshape.shape = node.shape.to_vector();
    return rewriter_.add(node.name, reshape, {value});
  }

  // The mean of an old value as a new one, its axes kept with size 1.
  ValueId mean_of(ValueId old_value) {
    if (const auto moved = moved_before(old_value)) return *moved;
    const auto name = name_ + "." + graph_.name_of(old_value);
    std::int64_t count = 1;
    for (const int axis : axes_) count *= graph_.shape_of(old_value)[axis];
    ValueId value = rewriter_.at(old_value);
    // A mean is a sum first, and that of what comes before small weights may be infinite where that
    // of their results is not. A power of two less costs no digit.
    const bool is_scaled = !has_finite_sum(old_value, count);
    const double power = std::exp2(std::ceil(std::log2(static_cast<double>(count))));
    if (is_scaled) value = times(name + ".scaled", value, 1 / power);
    Reduce mean;
    mean.kind = ReduceKind::kMean;
    mean.dim.assign(axes_.begin(), axes_.end());
    mean.keepdim = true;
    value = rewriter_.add(name, mean, {value});
    return is_scaled ? times(name + ".unscaled", value, power) : value;
  }

  ValueId times(const std::string& name, ValueId value, double factor) {
    Binary binary;
    binary.kind = BinaryKind::kMul;
    binary.other = factor;
    return rewriter_.add(name, binary, {value});
  }

  bool has_finite_sum(ValueId of, std::int64_t count) {
    if (magnitudes_.empty()) magnitudes_ = find_magnitudes(graph_);
    return is_far_from_overflow(magnitudes_[static_cast<std::size_t>(of)] *
                                static_cast<double>(count));
  }

  // The same where the value's producer lets the mean pass.
  std::optional<ValueId> moved_before(ValueId old_value) {
    if (graph_.is_input(old_value) || !rewriter_.read_once(old_value)) return std::nullopt;
    // The stack is not for a file to fill.
    if (depth_ == kMaxDepth) return std::nullopt;
    ++depth_;
    const auto moved = moved_before_producer(old_value);
    --depth_;
    return moved;
  }

  std::optional<ValueId> moved_before_producer(ValueId old_value) {
    const auto& node = graph_.producer(old_value);
    if (const auto* conv = std::get_if<Conv2d>(&node.op)) {
      const auto& weight = conv->weight.tensor.shape();
      if (weight[2] != 1 || weight[3] != 1 || conv->stride != Pair{1, 1} ||
          conv->padding != Pair{0, 0}) {
        return std::nullopt;
      }
      return rewriter_.add(node.name, *conv, {mean_of(node.inputs[0])});
    }
    if (const auto* concat = std::get_if<Concat>(&node.op)) {
      if (resolve_axis(concat->dim, 4) != 1) return std::nullopt;
      std::vector<ValueId> parts;
      for (const ValueId input : node.inputs) parts.push_back(mean_of(input));
      return rewriter_.add(node.name, *concat, std::move(parts));
    }
    if (const auto* binary = std::get_if<Binary>(&node.op)) return before_binary(node, *binary);
    if (const auto* pool = std::get_if<AvgPool2d>(&node.op)) return before_pool(node, *pool);
    return std::nullopt;
  }

  // x / s and x * s, s the same wherever the mean runs.
  std::optional<ValueId> before_binary(const ValidGraph::Node& node, const Binary& op) {
    if (op.kind != BinaryKind::kDiv && op.kind != BinaryKind::kMul) return std::nullopt;
    if (op.input || graph_.shape_of(node.inputs[0]).rank() != 4) return std::nullopt;
    std::vector<ValueId> inputs;
    if (node.inputs.size() == 2) {
      const auto& scale = graph_.shape_of(node.inputs[1]);
      if (graph_.shape_of(node.inputs[0]) != node.shape || scale.rank() > 4) return std::nullopt;
      for (const int axis : axes_) {
        const int at = axis - (4 - scale.rank());
        if (at >= 0 && scale[at] != 1) return std::nullopt;
      }
    }
    inputs.push_back(mean_of(node.inputs[0]));
    if (node.inputs.size() == 2) inputs.push_back(rewriter_.at(node.inputs[1]));
    return rewriter_.add(node.name, op, std::move(inputs));
  }

  // Averages over rows that touch are one average over all of them.
  std::optional<ValueId> before_pool(const ValidGraph::Node& node, const AvgPool2d& op) {
    if (op.padding != Pair{0, 0} || op.ceil_mode || op.divisor_override) return std::nullopt;
    AvgPool2d pool = op;
    for (const int axis : axes_) {
      const auto i = static_cast<std::size_t>(axis - 2);
      if (node.shape[axis] > 1 && op.kernel_size[i] != op.stride[i]) return std::nullopt;
      pool.kernel_size[i] = node.shape[axis] * op.kernel_size[i];
      pool.stride[i] = graph_.shape_of(node.inputs[0])[axis];  // one window
    }
    if (!has_finite_sum(node.inputs[0], pool.kernel_size[0] * pool.kernel_size[1])) {
      return std::nullopt;
    }
    return rewriter_.add(node.name, pool, {rewriter_.at(node.inputs[0])});
  }

  const ValidGraph& graph_;
  Rewriter rewriter_;
  std::vector<int> axes_;
  std::string name_;
  std::vector<double> magnitudes_;  // found when first asked for
  int depth_ = 0;                   // linear operators that the mean is moving past
};

}  // namespace

ValidGraph mean_before_linear(const ValidGraph& graph, PassNotes& notes) {
  return MeanMover(graph).run(notes);
}

}  // namespace lprnet::graph
