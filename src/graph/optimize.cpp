#include "graph/optimize.h"

#include <algorithm>

#include "graph/cost.h"
#include "graph/passes/passes.h"

namespace lprnet::graph {

const std::vector<Pass>& all_passes() {
  static const std::vector<Pass> passes = {
      {"drop_identities", &drop_identities},         {"merge_identical", &merge_identical},
      {"fold_batch_norm", &fold_batch_norm},         {"mean_before_linear", &mean_before_linear},
      {"divide_after_linear", &divide_after_linear}, {"split_average", &split_average},
      {"remove_channels", &remove_channels},
  };
  return passes;
}

ValidGraph optimize(const ValidGraph& graph, PassNotes& notes) {
  ValidGraph result = graph;
  for (const Pass& pass : all_passes()) result = pass.run(result, notes);
  return result;
}

std::int64_t optimize_bytes(const ValidGraph& graph) {
  // By channel of a value: an interval, three flags, a number, and copies of them on the way.
  constexpr std::int64_t kChannelBytes = 64;
  std::int64_t bytes = 0;
  std::int64_t channels = 0;
  for (const auto& node : graph.nodes()) {
    bytes += 2 * static_cast<std::int64_t>(sizeof(float)) * weight_elements_of(node);
    if (node.shape.rank() >= 2) channels += node.shape[1];
  }
  return bytes + kChannelBytes * std::min(channels, kMaxChannels);
}

}  // namespace lprnet::graph
