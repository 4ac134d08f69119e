#pragma once

#include <string_view>

#include "command.h"

namespace lprnet::cli {

// A command that is a program of its own, since it needs libraries that the others do not.
struct SeparateProgram {
  const char* command;
  const char* program;  // beside this one, or in $PATH
  const char* package;  // Debian's, with which it is built
  const char* summary;
  const char* examples;
};

// nullptr: it is none of them.
const SeparateProgram* find_separate_program(std::string_view command);

// Becomes the program, with the arguments from the command on. Returns an ExitStatus where there is
// none, with a message.
int become(const SeparateProgram& separate, char* const* argv);

// Stand in the list of commands; a call of one does not come as far as its options.
Command serve_command();
Command watch_command();

}  // namespace lprnet::cli
