#pragma once

#include <vector>

#include "command.h"

namespace lprnet::cli {

// Reads the command line and runs the command that it names; prints help, version and usage errors
// itself. Returns the exit status.
int run_command_line(int argc, const char* const* argv, const std::vector<Command>& commands);

// The same as all of a program: says what went wrong, and writes what waits to be written.
int run_program(int argc, const char* const* argv, std::vector<Command> (*commands)());

}  // namespace lprnet::cli
