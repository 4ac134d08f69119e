#include <csignal>
#include <cstring>
#include <exception>
#include <new>

#include "command.h"
#include "command_line.h"
#include "heap.h"
#include "lprnet/error.hpp"
#include "output.h"
#include "serve.h"

int main(int argc, char** argv) {
  // A reader that goes away (`| head`) ends the program quietly, whatever the parent had set.
  std::signal(SIGPIPE, SIG_DFL);
  if (argc > 1 && std::strcmp(argv[1], "serve") == 0) return lprnet::cli::become_service(argv + 1);
  lprnet::cli::prepare_heap();
  int status = lprnet::cli::kUnusable;
  try {
    status = lprnet::cli::run_command_line(argc, argv, lprnet::cli::all_commands());
  } catch (const lprnet::Error& error) {
    lprnet::cli::complain(error.what());
  } catch (const std::bad_alloc&) {
    lprnet::cli::complain("out of memory");
  } catch (const std::exception& error) {
    lprnet::cli::complain(error.what());
  }
  lprnet::cli::flush_output();
  return status;
}
