#pragma once

#include <cstdint>
#include <string>

#include "base/ledger.h"
#include "graph/graph.h"

namespace lprnet::graph {

// What a node's work comes to in one run: multiply-accumulates of a convolution or linear layer,
// comparisons or additions of pools and reductions, one for each element that is copied or computed
// otherwise, kFunctionCost where that takes an exponential or the like. An upper bound: windows
// count whole at the border too, and a view counts as a copy. The largest number where the sum does
// not fit.
std::int64_t operations_of(const ValidGraph& graph, const ValidGraph::Node& node);

inline constexpr std::int64_t kFunctionCost = 16;

// Multiply-accumulates of a convolution or linear layer; 0 for the rest.
std::int64_t macs_of(const ValidGraph& graph, const ValidGraph::Node& node);

// Elements of the node's weights.
std::int64_t weight_elements_of(const ValidGraph::Node& node);

// Throws Error(kLimit) for elements of a value, elements of all weights, or operations beyond the
// limits. `where` begins the message: the file's name.
void expect_within_limits(const ValidGraph& graph, const Limits& limits, const std::string& where);

}  // namespace lprnet::graph
