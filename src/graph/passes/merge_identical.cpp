#include <algorithm>

#include "graph/passes/passes.h"
#include "graph/passes/rewriter.h"

namespace lprnet::graph {
namespace {

bool same(const Weight& a, const Weight& b) {
  return a.name == b.name && a.tensor.data() == b.tensor.data();
}

// Whether two operators of LPRNet's kinds, those that public code writes twice, do the same.
struct SameWork {
  const Op& other;

  bool operator()(const Unary& a) const { return a.kind == std::get<Unary>(other).kind; }
  bool operator()(const Slice& a) const {
    const auto& b = std::get<Slice>(other);
    return a.dim == b.dim && a.start == b.start && a.end == b.end && a.step == b.step;
  }
  bool operator()(const Binary& a) const {
    const auto& b = std::get<Binary>(other);
    return a.kind == b.kind && a.other == b.other && a.input == b.input;
  }
  bool operator()(const Reduce& a) const {
    const auto& b = std::get<Reduce>(other);
    return a.kind == b.kind && a.dim == b.dim && a.keepdim == b.keepdim;
  }
  bool operator()(const AvgPool2d& a) const {
    const auto& b = std::get<AvgPool2d>(other);
    return a.kernel_size == b.kernel_size && a.stride == b.stride && a.padding == b.padding &&
           a.ceil_mode == b.ceil_mode && a.count_include_pad == b.count_include_pad &&
           a.divisor_override == b.divisor_override;
  }
  bool operator()(const MaxPool2d& a) const {
    const auto& b = std::get<MaxPool2d>(other);
    return a.kernel_size == b.kernel_size && a.stride == b.stride && a.padding == b.padding &&
           a.dilation == b.dilation && a.ceil_mode == b.ceil_mode;
  }
  bool operator()(const Conv2d& a) const {
    const auto& b = std::get<Conv2d>(other);
    return same(a.weight, b.weight) && same(a.bias, b.bias) && a.stride == b.stride &&
           a.padding == b.padding && a.dilation == b.dilation && a.groups == b.groups;
  }
  template <typename Other>
  bool operator()(const Other&) const {
    return false;
  }
};

}  // namespace

ValidGraph merge_identical(const ValidGraph& graph, PassNotes& notes) {
  Rewriter rewriter(graph);
  struct Kept {
    const ValidGraph::Node* node;
    std::vector<ValidGraph::ValueId>
        inputs;  // new ones, so that merging one node merges its readers
    ValidGraph::ValueId value;
  };
  std::vector<Kept> kept;
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const auto& node = graph.nodes()[i];
    std::vector<ValidGraph::ValueId> inputs;
    for (const auto input : node.inputs) inputs.push_back(rewriter.at(input));
    const auto twin = std::find_if(kept.begin(), kept.end(), [&](const Kept& other) {
      return other.inputs == inputs && other.node->op.index() == node.op.index() &&
             std::visit(SameWork{other.node->op}, node.op);
    });
    if (twin != kept.end()) {
      rewriter.set(graph.value_of_node(i), twin->value);
      notes[node.name] = "the same as '" + twin->node->name + "'";
      continue;
    }
    const auto value = rewriter.copy(node);
    rewriter.set(graph.value_of_node(i), value);
    kept.push_back({&node, std::move(inputs), value});
  }
  return std::move(rewriter).finish();
}

}  // namespace lprnet::graph
