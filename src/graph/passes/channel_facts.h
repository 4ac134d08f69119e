#pragma once

#include <cstdint>
#include <vector>

#include "graph/graph.h"

namespace lprnet::graph {

// Passes take every element of an input to be at most this in magnitude.
inline constexpr double kInputBound = 65536;

// What a channel's elements can be, whatever the input: dimension 1 of a value.
struct Interval {
  double low = 0;
  double high = 0;

  // Whether float32 cannot tell the ends apart; then every element is value().
  bool is_constant() const;
  double value() const;
};

// By value and channel; empty for values whose dimension 1 is not known to be channels, about which
// nothing is said.
using ChannelFacts = std::vector<std::vector<Interval>>;

// Interval arithmetic through the graph, from inputs of up to kInputBound. Exact but for
// rounding.
ChannelFacts find_channel_facts(const ValidGraph& graph);

}  // namespace lprnet::graph
