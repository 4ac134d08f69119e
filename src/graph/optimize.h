#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace lprnet::graph {

// What passes did to nodes, for people: node name to "removed 31 of 64 channels".
using PassNotes = std::map<std::string, std::string>;

// A rewriting of a graph into one that gives the same output with less work. Node names survive
// where the node's work does.
struct Pass {
  const char* name;
  ValidGraph (*run)(const ValidGraph& graph, PassNotes& notes);
};

// In the order in which they build on each other.
const std::vector<Pass>& all_passes();

// All of them, until nothing is left to do. Float results differ from the unoptimised graph's by
// rounding alone, as long as no input value is beyond 65536 in magnitude. Takes at most
// optimize_bytes().
ValidGraph optimize(const ValidGraph& graph, PassNotes& notes);

// Bytes that the passes may take beyond the nodes themselves: a graph's weights twice, and facts
// about channels.
std::int64_t optimize_bytes(const ValidGraph& graph);

}  // namespace lprnet::graph
