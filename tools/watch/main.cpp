#include <vector>

#include "command_line.h"
#include "watch_command.h"

// `lprnet-watch OPTIONS` is `lprnet watch OPTIONS`, with help and messages of that name.
int main(int argc, char** argv) {
  std::vector<const char*> arguments = {"lprnet", "watch"};
  arguments.insert(arguments.end(), argv + 1, argv + argc);
  return lprnet::cli::run_program(static_cast<int>(arguments.size()), arguments.data(), [] {
    return std::vector<lprnet::cli::Command>{lprnet::watch::watch_command()};
  });
}
