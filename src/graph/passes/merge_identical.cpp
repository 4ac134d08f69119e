#include <bit>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "graph/passes/passes.h"
#include "graph/passes/rewriter.h"

namespace lprnet::graph {
namespace {

// A node's operator, attributes, weights and inputs as numbers: two nodes with the same ones do the
// same. Operators of LPRNet's kinds, those that public code writes twice, have one.
class Work {
 public:
  bool describe(const Op& op) {
    add(op.index());
    return std::visit([this](const auto& typed) { return attributes(typed); }, op);
  }
  void add_input(ValidGraph::ValueId input) { add(input); }
  friend bool operator<(const Work& a, const Work& b) { return a.numbers_ < b.numbers_; }

 private:
  bool attributes(const Activation& op) { return all(op.kind, op.parameter); }
  bool attributes(const Slice& op) { return all(op.dim, op.start, op.end, op.step); }
  bool attributes(const Binary& op) { return all(op.kind, op.other, op.input); }
  bool attributes(const Reduce& op) { return all(op.kind, op.dim, op.keepdim); }
  bool attributes(const AvgPool2d& op) {
    return all(op.kernel_size, op.stride, op.padding, op.ceil_mode, op.count_include_pad,
               op.divisor_override);
  }
  bool attributes(const MaxPool2d& op) {
    return all(op.kernel_size, op.stride, op.padding, op.dilation, op.ceil_mode);
  }
  bool attributes(const Conv2d& op) {
    return all(op.weight, op.bias, op.stride, op.padding, op.dilation, op.groups);
  }
  template <typename Other>
  bool attributes(const Other&) {
    static_assert(kIsOneOf<Other, Linear, BatchNorm, LayerNorm, GroupNorm, MatMul, Recurrent, PRelu,
                           Softmax, AdaptivePool2d, Concat, Reshape, Flatten, Permute, Squeeze,
                           Unsqueeze, AffineGrid, GridSample, Interpolate, Constant, Identity>);
    return false;
  }

  template <typename... Attributes>
  bool all(const Attributes&... attributes) {
    (add(attributes), ...);
    return true;
  }
  template <typename Number>
  requires std::is_integral_v<Number> || std::is_enum_v<Number>
  void add(Number number) { numbers_.push_back(static_cast<std::uint64_t>(number)); }
  void add(double number) { numbers_.push_back(std::bit_cast<std::uint64_t>(number)); }
  void add(const Pair& pair) { all(pair[0], pair[1]); }
  template <typename T>
  void add(const std::optional<T>& value) {
    add(value.has_value());
    if (value) add(*value);
  }
  void add(const std::vector<std::int64_t>& values) {
    add(values.size());
    for (const std::int64_t value : values) add(value);
  }
  // Its place and shape: the values are not looked at.
  void add(const Weight& weight) {
    add(reinterpret_cast<std::uintptr_t>(weight.tensor.data()));
    add(weight.tensor.shape().to_vector());
  }

  std::vector<std::uint64_t> numbers_;
};

}  // namespace

ValidGraph merge_identical(const ValidGraph& graph, PassNotes& notes) {
  Rewriter rewriter(graph);
  struct Kept {
    const ValidGraph::Node* node;
    ValidGraph::ValueId value;
  };
  std::map<Work, Kept> kept;
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const auto& node = graph.nodes()[i];
    Work work;
    if (!work.describe(node.op)) {
      rewriter.set(graph.value_of_node(i), rewriter.copy(node));
      continue;
    }
    // The new inputs, so that merging one node merges its readers.
    for (const auto input : node.inputs) work.add_input(rewriter.at(input));
    const auto twin = kept.find(work);
    if (twin != kept.end()) {
      rewriter.set(graph.value_of_node(i), twin->second.value);
      notes[node.name] = "the same as '" + twin->second.node->name + "'";
      continue;
    }
    const auto value = rewriter.copy(node);
    rewriter.set(graph.value_of_node(i), value);
    kept.emplace(std::move(work), Kept{&node, value});
  }
  return std::move(rewriter).finish();
}

}  // namespace lprnet::graph
