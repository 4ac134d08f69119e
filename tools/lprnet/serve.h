#pragma once

#include "command.h"

namespace lprnet::cli {

// Becomes the program lprnet-serve, which lies beside this one or in $PATH, with the arguments
// after `serve`. Returns an ExitStatus where there is none, with a message.
int become_service(char* const* argv);

// Stands in the list of commands; a call of it does not come as far as its options.
Command serve_command();

}  // namespace lprnet::cli
