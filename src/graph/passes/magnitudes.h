#pragma once

#include <vector>

#include "graph/graph.h"

namespace lprnet::graph {

// By value: what no element exceeds in magnitude, whatever the input of up to kInputBound; infinity
// where nothing is known. Coarser than find_channel_facts() and ten times as quick: passes that
// regroup sums ask it whether a sum that the file's graph does not have could overflow.
std::vector<double> find_magnitudes(const ValidGraph& graph);

// The largest sum of the magnitudes in a row of (rows, ...).
double largest_row(const tensor::Tensor& weight);

// Whether every float32 sum of such magnitudes is finite, with room for rounding.
bool is_far_from_overflow(double magnitude);

}  // namespace lprnet::graph
