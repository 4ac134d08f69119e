#pragma once

#include "command.h"

namespace lprnet::watch {

cli::Command watch_command();

}  // namespace lprnet::watch
