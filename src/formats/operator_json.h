#pragma once

#include "formats/json_object.h"
#include "formats/json_writer.h"
#include "graph/max_pool3d.h"

namespace lprnet::formats {

// The operator that a node of the graph document is: "op", its attributes and its weights' names.
// Throws Error: kUnsupported for an unknown operator, kFormat for an attribute of the wrong type.
// The caller asks `node` for the keys that every node has and then refuses all others.
graph::FileOp read_operator(ObjectReader& node);

// The same keys, defaults written out, put into `node`. Throws Error(kInvalidArgument), beginning
// with `where`, when a weight that the operator needs has no name or a number is not finite.
void write_operator(const graph::FileOp& op, ObjectWriter& node, const std::string& where);

}  // namespace lprnet::formats
