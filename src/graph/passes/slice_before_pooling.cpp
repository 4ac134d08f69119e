#include "graph/passes/passes.h"
#include "graph/passes/rewriter.h"

namespace lprnet::graph {

ValidGraph slice_before_pooling(const ValidGraph& graph, PassNotes& notes) {
  Rewriter rewriter(graph);
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const auto& node = graph.nodes()[i];
    const auto* pool = std::get_if<MaxPool3d>(&node.op);
    const bool flat = pool != nullptr && node.shape.rank() == 4 && pool->kernel_size[0] == 1 &&
                      pool->padding[0] == 0;
    if (!flat) {
      rewriter.set(graph.value_of_node(i), rewriter.copy(node));
      continue;
    }
    auto value = rewriter.at(node.inputs[0]);
    if (pool->stride[0] > 1) {
      Slice slice;
      slice.dim = 1;
      slice.end = (node.shape[1] - 1) * pool->stride[0] + 1;
      slice.step = pool->stride[0];
      value = rewriter.add(node.name + ".slice", slice, {value});
    }
    MaxPool2d flat_pool;
    flat_pool.kernel_size = {pool->kernel_size[1], pool->kernel_size[2]};
    flat_pool.stride = {pool->stride[1], pool->stride[2]};
    flat_pool.padding = {pool->padding[1], pool->padding[2]};
    flat_pool.dilation = {pool->dilation[1], pool->dilation[2]};
    flat_pool.ceil_mode = pool->ceil_mode;
    rewriter.set(graph.value_of_node(i), rewriter.add(node.name, flat_pool, {value}));
    notes[node.name] = pool->stride[0] > 1
                           ? "pools every " + std::to_string(pool->stride[0]) + ". channel alone"
                           : "a pooling in two dimensions";
  }
  return std::move(rewriter).finish();
}

}  // namespace lprnet::graph
