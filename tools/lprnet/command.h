#pragma once

#include <functional>
#include <string>
#include <vector>

#include "arguments.h"

namespace lprnet::cli {

// What a command returns, and so the program's exit status.
enum ExitStatus {
  kAllDone = 0,
  kSomeFailed = 1,  // an input could not be read, or a check did not hold
  kUnusable = 2,    // wrong usage, a model that cannot be used, output that cannot be written
};

// One word after `lprnet`. A new one is a file that defines it and a line in commands.cpp.
struct Command {
  std::string name;
  std::string summary;   // one line
  std::string examples;  // shown at the end of its help
  // Declares the options; the function that it returns runs the command with them and gives an
  // ExitStatus. It may throw lprnet::Error, which is reported with kUnusable.
  std::function<std::function<int()>(Arguments&)> declare;
};

std::vector<Command> all_commands();

}  // namespace lprnet::cli
