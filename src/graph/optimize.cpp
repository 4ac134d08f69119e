#include "graph/optimize.h"

#include "graph/passes/passes.h"

namespace lprnet::graph {

const std::vector<Pass>& all_passes() {
  static const std::vector<Pass> passes = {
      {"drop_identities", &drop_identities},
      {"merge_identical", &merge_identical},
      {"slice_before_pooling", &slice_before_pooling},
      {"fold_batch_norm", &fold_batch_norm},
      {"mean_before_linear", &mean_before_linear},
      {"divide_after_linear", &divide_after_linear},
      {"split_average", &split_average},
      {"remove_channels", &remove_channels},
  };
  return passes;
}

ValidGraph optimize(const ValidGraph& graph, PassNotes& notes) {
  ValidGraph result = graph;
  for (const Pass& pass : all_passes()) result = pass.run(result, notes);
  return result;
}

}  // namespace lprnet::graph
