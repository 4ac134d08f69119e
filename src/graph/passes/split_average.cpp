#include "graph/passes/passes.h"
#include "graph/passes/rewriter.h"

namespace lprnet::graph {

ValidGraph split_average(const ValidGraph& graph, PassNotes& notes) {
  Rewriter rewriter(graph);
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const auto& node = graph.nodes()[i];
    const auto* pool = std::get_if<AvgPool2d>(&node.op);
    const bool splits = pool != nullptr && pool->padding == Pair{0, 0} && !pool->ceil_mode &&
                        !pool->divisor_override && pool->kernel_size[0] > 1 &&
                        pool->kernel_size[1] > pool->stride[1];
    if (!splits) {
      rewriter.set(graph.value_of_node(i), rewriter.copy(node));
      continue;
    }
    AvgPool2d rows = *pool;
    rows.kernel_size[1] = 1;
    rows.stride[1] = 1;
    AvgPool2d cols = *pool;
    cols.kernel_size[0] = 1;
    cols.stride[0] = 1;
    const auto partial = rewriter.add(node.name + ".rows", rows, {rewriter.at(node.inputs[0])});
    rewriter.set(graph.value_of_node(i), rewriter.add(node.name, cols, {partial}));
    notes[node.name] = "averages rows, then columns";
  }
  return std::move(rewriter).finish();
}

}  // namespace lprnet::graph
