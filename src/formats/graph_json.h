#pragma once

#include <optional>
#include <string>
#include <vector>

#include "formats/json_object.h"
#include "graph/graph.h"
#include "lprnet/description.hpp"
#include "lprnet/limits.hpp"

namespace lprnet::formats {

inline constexpr std::size_t kMaxGraphText = std::size_t{1} << 24;

// A graph document, models/FORMAT.md: all of a model file but its tensors.
struct GraphDocument {
  // Tensors by name.
  struct SelfTest {
    std::string input;
    std::vector<std::string> outputs;  // as the graph's
    std::string origin;
    double tolerance = 0;
  };
  graph::Graph graph;
  Description description;
  std::optional<SelfTest> self_test;
};

// `where` begins every message. Throws Error: kFormat (unknown or missing keys, wrong types, values
// that contradict each other), kUnsupported (a newer version, an unknown operator, beyond
// the format's limits), kLimit (too many nodes). Names of values and tensors are not resolved:
// graph::validate() does that.
GraphDocument read_graph_json(const Json& document, const std::string& where,
                              const Limits& limits = {});

// The object "preprocess" of a document. Throws as read_graph_json().
Preprocessing read_preprocess(const Json& json, const std::string& where, OtherKeys others);

// The document as UTF-8 text without white space, keys sorted. Throws Error(kInvalidArgument) for
// what it cannot say: an operator without a weight that it needs, a number that is not finite, text
// that is not UTF-8.
std::string write_graph_json(const GraphDocument& document, const std::string& where);

}  // namespace lprnet::formats
