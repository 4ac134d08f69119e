#include "command.h"
#include "separate_program.h"

namespace lprnet::cli {

Command read_command();
Command recognize_command();
Command inspect_command();
Command verify_command();
Command trace_command();
Command features_command();
Command eval_command();
Command bench_command();
Command convert_command();
Command profiles_command();
Command plot_activations_command();

std::vector<Command> all_commands() {
  return {
      read_command(),
      recognize_command(),
      inspect_command(),
      verify_command(),
      trace_command(),
      features_command(),
      eval_command(),
      bench_command(),
      convert_command(),
      profiles_command(),
      plot_activations_command(),
      serve_command(),
      watch_command(),
  };
}

}  // namespace lprnet::cli
