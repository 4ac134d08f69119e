#include "graph/passes/passes.h"
#include "graph/passes/rewriter.h"

namespace lprnet::graph {
namespace {

bool only_reshapes(const Op& op) {
  return std::holds_alternative<Reshape>(op) || std::holds_alternative<Flatten>(op) ||
         std::holds_alternative<Squeeze>(op) || std::holds_alternative<Slice>(op);
}

}  // namespace

ValidGraph drop_identities(const ValidGraph& graph, PassNotes& /*notes*/) {
  Rewriter rewriter(graph);
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const auto& node = graph.nodes()[i];
    const bool gives_input =
        std::holds_alternative<Identity>(node.op) ||
        (only_reshapes(node.op) && node.shape == graph.shape_of(node.inputs[0]));
    rewriter.set(graph.value_of_node(i),
                 gives_input ? rewriter.at(node.inputs[0]) : rewriter.copy(node));
  }
  return std::move(rewriter).finish();
}

}  // namespace lprnet::graph
