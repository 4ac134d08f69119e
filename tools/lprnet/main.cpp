#include <csignal>

#include "command.h"
#include "command_line.h"
#include "heap.h"
#include "separate_program.h"

int main(int argc, char** argv) {
  // A reader that goes away (`| head`) ends the program quietly, whatever the parent had set.
  std::signal(SIGPIPE, SIG_DFL);
  if (argc > 1) {
    const auto* const separate = lprnet::cli::find_separate_program(argv[1]);
    if (separate != nullptr) return lprnet::cli::become(*separate, argv + 1);
  }
  lprnet::cli::prepare_heap();
  return lprnet::cli::run_program(argc, argv, lprnet::cli::all_commands);
}
