#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "graph/graph.h"

namespace lprnet::graph {

// A value's elements, row-major.
using Values = std::vector<double>;

// What evaluate() tells about each value once it is known. It may change the elements; the nodes
// that follow then read the changed ones.
using Observer = std::function<void(ValidGraph::ValueId value, Values& elements)>;

// The graph's outputs, in their order: PyTorch 1.13's arithmetic as plain loops in double
// precision, one node after the other. It shares nothing with the planner and the kernels, so that
// it can prove them: it is the origin of self-tests and the reference of tests. Elements beyond
// float32's range become infinite, as they would in PyTorch. Slow: about a nanosecond for each
// multiply-add. REQUIRES: one vector for each graph input, of as many elements as its shape has.
std::vector<Values> evaluate(const ValidGraph& graph, std::vector<Values> inputs,
                             const Observer& observer = {});

// The most elements that evaluate() holds at once, at most kMaxNodes values of kMaxElements.
std::int64_t peak_elements(const ValidGraph& graph);

}  // namespace lprnet::graph
