#pragma once

#include "arguments.h"
#include "lprnet/image.hpp"
#include "lprnet/limits.hpp"

namespace lprnet::cli {

// The options --max-nodes, --max-operations, ...: one for each member of `limits`, for every
// command that loads a model.
void declare_limits(Arguments& arguments, Limits* limits);

// The options --max-pixels and --max-pixels-per-byte, for every command that reads pictures.
void declare_limits(Arguments& arguments, ImageOptions* options);

}  // namespace lprnet::cli
