#include <csignal>
#include <cstring>

#include "command.h"
#include "command_line.h"
#include "heap.h"
#include "serve.h"

int main(int argc, char** argv) {
  // A reader that goes away (`| head`) ends the program quietly, whatever the parent had set.
  std::signal(SIGPIPE, SIG_DFL);
  if (argc > 1 && std::strcmp(argv[1], "serve") == 0) return lprnet::cli::become_service(argv + 1);
  lprnet::cli::prepare_heap();
  return lprnet::cli::run_program(argc, argv, lprnet::cli::all_commands);
}
