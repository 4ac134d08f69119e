#pragma once

#include "arguments.h"
#include "lprnet/limits.hpp"

namespace lprnet::cli {

// The options --max-nodes, --max-operations, ...: one for each member of `limits`, for every
// command that loads a model.
void declare_limits(Arguments& arguments, Limits* limits);

}  // namespace lprnet::cli
