#include "command.h"

namespace lprnet::cli {

Command recognize_command();
Command inspect_command();
Command verify_command();

std::vector<Command> all_commands() {
  return {
      recognize_command(),
      inspect_command(),
      verify_command(),
  };
}

}  // namespace lprnet::cli
