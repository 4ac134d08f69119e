#pragma once

#include <cstdint>
#include <vector>

#include "lprnet/export.hpp"

namespace lprnet {

// What a model may cost at most: bounds that the host sets, so that a file from a stranger cannot
// take more. They are checked before the memory is allocated or the work is done; a model beyond
// one of them is refused with Error(kLimit), which names the limit, what was found, and the node.
// The shipped model stays below a hundredth of each default. A limit of 2^48 or more counts as
// 2^48; the format's own bounds (models/FORMAT.md) hold besides.
struct Limits {
  // Bytes of each file that loading reads.
  std::int64_t file_bytes = std::int64_t{1} << 29;
  // Nodes and inputs of the graph, as the file has it.
  std::int64_t nodes = 16384;
  // Elements of one value: an input or a node's output.
  std::int64_t value_elements = std::int64_t{1} << 27;
  // Elements of all weights. A weight counts again for each node that reads it.
  std::int64_t weight_elements = std::int64_t{1} << 27;
  // Bytes of the activations of one session, its threads' scratch memory included; also of a trace,
  // which keeps every value.
  std::int64_t arena_bytes = std::int64_t{1} << 30;
  // Operations of one run of the graph as the file has it: multiply-accumulates of convolutions and
  // linear layers, comparisons or additions of pools and reductions, one for each element that is
  // copied or computed otherwise, 16 where that takes an exponential or the like. See
  // NodeSummary::operations. The copies that the planner adds may take as many again.
  std::int64_t operations = 100'000'000'000;
  // Bytes that loading takes: the file, the document in it, the weights as floats and as the
  // kernels want them, what the passes work on, tables. Counted without what is freed on the way,
  // so that the peak is lower.
  std::int64_t load_bytes = std::int64_t{1} << 30;
};

// One member of Limits.
struct LimitField {
  const char* name;  // as the member's: "arena_bytes"
  const char* what;  // what is counted, in words: "bytes of a session's arena"
  std::int64_t Limits::*member;
};

// All of them, in the order above. Valid until the program ends; thread safe.
LPRNET_API const std::vector<LimitField>& limit_fields();

}  // namespace lprnet
