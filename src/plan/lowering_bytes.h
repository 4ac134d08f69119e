#pragma once

#include <cstdint>

#include "graph/graph.h"

namespace lprnet::plan {

// Bytes that lowering the node takes at most: packed weights, tables of windows, tiles and runs,
// the steps themselves. Not the values, which lie in a session's arena. `lanes`: floats of the
// kernels' vectors.
std::int64_t lowering_bytes(const graph::ValidGraph& graph, const graph::ValidGraph::Node& node,
                            std::int64_t lanes);

}  // namespace lprnet::plan
