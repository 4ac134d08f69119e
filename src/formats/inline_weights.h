#pragma once

#include <string>

#include "formats/json_document.h"
#include "graph/weight_map.h"

namespace lprnet::formats {

// Weights written as numbers in a .json model file: {NAME: {"dtype", "shape", "data"}}. Throws
// Error: kFormat, or kUnsupported for an element type that JSON numbers are not read as (F16, BF16)
// and for shapes beyond the limits. `where` begins every message.
graph::WeightMap read_inline_weights(const Json& tensors, const std::string& where,
                                     const base::Ledger& ledger = base::Ledger());

}  // namespace lprnet::formats
