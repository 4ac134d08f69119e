#include <exception>
#include <new>
#include <vector>

#include "command_line.h"
#include "lprnet/error.hpp"
#include "output.h"
#include "serve_command.h"

// `lprnet-serve OPTIONS` is `lprnet serve OPTIONS`, with help and messages of that name.
int main(int argc, char** argv) {
  std::vector<const char*> arguments = {"lprnet", "serve"};
  arguments.insert(arguments.end(), argv + 1, argv + argc);
  int status = lprnet::cli::kUnusable;
  try {
    status = lprnet::cli::run_command_line(static_cast<int>(arguments.size()), arguments.data(),
                                           {lprnet::serve::serve_command()});
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
