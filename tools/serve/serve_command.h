#pragma once

#include "command.h"

namespace lprnet::serve {

// `lprnet serve`.
cli::Command serve_command();

}  // namespace lprnet::serve
