#pragma once

#include "formats/model_file.h"
#include "graph/graph.h"
#include "lprnet/description.hpp"
#include "lprnet/limits.hpp"

namespace lprnet {

// A self-test for a graph that came without one: noise from a fixed seed, as a picture's pixels
// would arrive, and the answer of graph::evaluate() to the graph as written, said so in `origin`.
// It shows that passes, planner and kernels compute what the graph says, not that the graph is
// right. REQUIRES: the graph has one input. Throws Error(kInvalidModel) when the answer is not
// finite, Error(kLimit) when finding it takes more than the limits.
formats::SelfTest make_self_test(const graph::ValidGraph& graph, const Description& description,
                                 const std::string& where, const Limits& limits);

}  // namespace lprnet
