#include "command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "arguments.h"
#include "lprnet/version.hpp"
#include "manual_page.h"
#include "output.h"
#include "program_description.h"
#include "shell_completion.h"
#include "similar_name.h"

namespace lprnet::cli {
namespace {

// CLI11 takes an argument like "[a,b]" apart as a list, and loses what follows "--" in a command.
// Such arguments travel through it behind this byte, which no command line begins an argument with.
constexpr char kShield = '\x01';

std::vector<std::string> shielded(int argc, const char* const* argv) {
  std::vector<std::string> arguments;
  bool literal = false;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (!literal && argument == "--") {
      literal = true;
    } else {
      const bool shield = literal || argument.starts_with('[');
      arguments.push_back(shield ? kShield + argument : argument);
    }
  }
  return {arguments.rbegin(), arguments.rend()};  // CLI11 reads from the back
}

std::string unshielded(const std::string& argument) {
  return argument.starts_with(kShield) ? argument.substr(1) : argument;
}

std::string without_safetensors_ending(const std::string& file) {
  const bool fits = file.ends_with(".safetensors");
  return fits ? "" : unshielded(file) + " does not end in .safetensors, which is what is written";
}

std::vector<std::string> names_of(const std::vector<Command>& commands) {
  std::vector<std::string> names;
  for (const Command& command : commands) names.push_back(command.name);
  return names;
}

int refuse_command(const std::string& name, const std::vector<Command>& commands) {
  const std::vector<std::string> names = names_of(commands);
  complain(name.empty() ? "which command?"
                        : "there is no command '" + name + "'" + did_you_mean(name, names));
  std::string list;
  for (const std::string& known : names) list += (list.empty() ? "" : ", ") + known;
  complain("the commands are " + list + "; see lprnet --help");
  return kUnusable;
}

// The message for the first long option that the command does not have; empty: there is none.
std::string unknown_option(const CLI::App& command, int argc, const char* const* argv) {
  for (int i = 2; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--") break;
    const std::string name = argument.substr(0, argument.find('='));
    if (!name.starts_with("--") || command.get_option_no_throw(name) != nullptr) continue;
    std::vector<std::string> names;
    for (const CLI::Option* option : command.get_options()) {
      for (const std::string& known : option->get_lnames()) names.push_back("--" + known);
    }
    return "there is no option '" + name + "'" + did_you_mean(name, names);
  }
  return "";
}

const std::vector<std::pair<std::string, std::string>>& exit_statuses() {
  static const std::vector<std::pair<std::string, std::string>> statuses = {
      {"0", "all done"},
      {"1", "some input failed, or a check did not hold"},
      {"2", "wrong usage, a model that cannot be used, output that cannot be written, no memory"},
      {"129", "ended by SIGHUP, 130 by SIGINT (Ctrl-C), 143 by SIGTERM, as a shell counts them"},
      {"141", "the reader of standard output has gone (SIGPIPE)"},
  };
  return statuses;
}

std::string footer() {
  std::string text =
      "Help of a command: lprnet help COMMAND, or lprnet COMMAND --help\nExit status:";
  for (const auto& [status, meaning] : exit_statuses()) {
    text += "\n  " + status + std::string(5 - status.size(), ' ') + meaning;
  }
  return text;
}

OptionDescription describe(const CLI::Option& option) {
  OptionDescription description;
  description.heading = option.get_group();
  if (option.get_positional()) description.names.push_back(option.get_name(true, false));
  for (const std::string& name : option.get_snames()) description.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) description.names.push_back("--" + name);
  if (option.get_items_expected_max() > 0) {
    description.value = option.get_type_name();
    description.standard = option.get_default_str();
  }
  description.help = option.get_description();
  description.is_required = option.get_required();
  description.is_repeated = option.get_items_expected_max() > 1;
  return description;
}

ProgramDescription describe(const CLI::App& app, const std::vector<Command>& commands) {
  ProgramDescription program;
  program.name = app.get_name();
  program.version = LPRNET_VERSION_STRING;
  program.summary = app.get_description();
  program.exit_statuses = exit_statuses();
  for (const CLI::Option* option : app.get_options()) program.options.push_back(describe(*option));
  for (const Command& command : commands) {
    CommandDescription described{command.name, command.summary, command.examples, {}, {}};
    for (const CLI::Option* option : app.get_subcommand(command.name)->get_options()) {
      (option->get_positional() ? described.positionals : described.options)
          .push_back(describe(*option));
    }
    program.commands.push_back(std::move(described));
  }
  return program;
}

struct HelpOptions {
  std::string command;
  bool manual = false;
  std::string shell;
};

int help(const CLI::App& app, const std::vector<Command>& commands, const HelpOptions& options) {
  const auto found = std::find_if(commands.begin(), commands.end(), [&](const Command& command) {
    return command.name == options.command;
  });
  if (found == commands.end() && !options.command.empty()) {
    return refuse_command(options.command, commands);
  }
  const ProgramDescription program = describe(app, commands);
  if (!options.shell.empty()) {
    print(shell_completion(program, options.shell));
  } else if (options.command.empty()) {
    // Asked itself, the program would give the help of the command that it was called with: this.
    const std::string own =
        app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal);
    print(options.manual ? manual_page(program) : own);
  } else if (options.manual) {
    print(
        manual_page(program, program.commands[static_cast<std::size_t>(found - commands.begin())]));
  } else {
    print(app.get_subcommand(options.command)->help(app.get_name()));
  }
  return kAllDone;
}

// `commands` must live as long as the command runs, with this one among them.
Command help_command(const CLI::App& app, const std::vector<Command>& commands) {
  return {"help", "Show the help of a command",
          "  lprnet help recognize\n"
          "  source <(lprnet help --completion bash)     in ~/.bashrc, where it is not installed\n"
          "  lprnet help --man recognize > lprnet-recognize.1",
          [&](Arguments& arguments) -> std::function<int()> {
            auto options = std::make_shared<HelpOptions>();
            arguments.flag("--man", &options->manual, "As a page of the manual, in man's macros");
            arguments.choice("--completion", &options->shell, completed_shells(),
                             "Instead, what completes the command line in this shell");
            std::string shown;
            for (const std::string& name : names_of(commands)) {
              shown += (shown.empty() ? "" : "|") + name;
            }
            arguments.text("COMMAND", shown, &options->command, "Else the program's own help");
            return [&app, &commands, options] { return help(app, commands, *options); };
          }};
}

}  // namespace

void Arguments::text(const std::string& names, const std::string& shown, std::string* value,
                     const std::string& help, Presence presence) {
  auto set = [value](const std::string& argument) { *value = unshielded(argument); };
  app_.add_option_function<std::string>(names, set, help)
      ->type_name(shown)
      ->required(presence == Presence::kRequired)
      ->group(heading_);
}

void Arguments::positionals(const std::string& name, std::vector<std::string>* values,
                            const std::string& help, Presence presence) {
  auto set = [values](const std::vector<std::string>& arguments) {
    for (const std::string& argument : arguments) values->push_back(unshielded(argument));
  };
  app_.add_option_function<std::vector<std::string>>(name, set, help)
      ->type_name("")
      ->required(presence == Presence::kRequired);
}

void Arguments::choice(const std::string& names, std::string* value,
                       const std::vector<std::string>& allowed, const std::string& help) {
  std::string shown;
  for (const std::string& word : allowed) shown += (shown.empty() ? "" : "|") + word;
  app_.add_option(names, *value, help)
      ->check(CLI::IsMember(allowed).description(""))
      ->type_name(shown)
      ->group(heading_)
      ->capture_default_str();
}

void Arguments::number(const std::string& names, const std::string& shown, int* value, int minimum,
                       int maximum, const std::string& help) {
  app_.add_option(names, *value, help)
      ->check(CLI::Range(minimum, maximum).description(""))
      ->type_name(shown)
      ->group(heading_)
      ->capture_default_str();
}

void Arguments::number(const std::string& names, const std::string& shown, std::int64_t* value,
                       std::int64_t minimum, std::int64_t maximum, const std::string& help) {
  app_.add_option(names, *value, help)
      ->check(CLI::Range(minimum, maximum).description(""))
      ->type_name(shown)
      ->group(heading_)
      ->capture_default_str();
}

void Arguments::number(const std::string& names, const std::string& shown, double* value,
                       double minimum, double maximum, const std::string& help) {
  // No comparison says of NaN that it lies outside a range.
  const auto is_number = [](const std::string& text) {
    double number = 0;
    const bool is_nan = CLI::detail::lexical_cast(text, number) && std::isnan(number);
    return is_nan ? "expected a number, found " + text : std::string();
  };
  app_.add_option(names, *value, help)
      ->check(CLI::Validator(is_number, ""))
      ->check(CLI::Range(minimum, maximum).description(""))
      ->type_name(shown)
      ->group(heading_);
}

void Arguments::flag(const std::string& names, bool* value, const std::string& help) {
  app_.add_flag(names, *value, help)->group(heading_);
}

void Arguments::flag(const std::string& names, std::function<void()> set, const std::string& help) {
  app_.add_flag_callback(names, std::move(set), help)->group(heading_);
}

void Arguments::output(std::string* value, const std::string& help) {
  auto set = [value](const std::string& argument) { *value = unshielded(argument); };
  app_.add_option_function<std::string>("-o,--output", set, help + " (.safetensors)")
      ->check(CLI::Validator(without_safetensors_ending, ""))
      ->type_name("FILE")
      ->required()
      ->group(heading_);
}

int run_command_line(int argc, const char* const* argv, const std::vector<Command>& declared) {
  CLI::App app("Reads license plates with LPRNet.", "lprnet");
  app.set_version_flag("-V,--version", std::string("lprnet ") + LPRNET_VERSION_STRING);
  app.require_subcommand(1);
  app.get_formatter()->label("SUBCOMMAND", "COMMAND");
  app.footer(footer());

  std::vector<Command> commands = declared;
  commands.push_back(help_command(app, commands));
  std::vector<std::pair<CLI::App*, std::function<int()>>> runners;
  for (const Command& command : commands) {
    CLI::App* sub = app.add_subcommand(command.name, command.summary);
    sub->group("Commands");
    sub->footer("Examples:\n" + command.examples);
    Arguments arguments(*sub);
    runners.emplace_back(sub, command.declare(arguments));
  }

  const auto find = [&](const std::string& name) {
    const auto found = std::find_if(runners.begin(), runners.end(), [&](const auto& runner) {
      return runner.first->get_name() == name;
    });
    return found == runners.end() ? nullptr : found->first;
  };
  const std::string first = argc > 1 ? argv[1] : "";
  const CLI::App* const command = find(first);
  if (command == nullptr && !first.starts_with('-')) return refuse_command(first, commands);

  try {
    app.parse(shielded(argc, argv));
  } catch (const CLI::CallForVersion& version) {
    print(std::string(version.what()) + "\n");
    return kAllDone;
  } catch (const CLI::Success&) {  // a call for help
    print(app.help());
    return kAllDone;
  } catch (const CLI::ParseError& error) {
    const std::string unknown = command == nullptr ? "" : unknown_option(*command, argc, argv);
    complain(unknown.empty() ? error.what() : unknown);
    complain("see lprnet " + (command == nullptr ? "" : command->get_name() + " ") + "--help");
    return kUnusable;
  }
  for (const auto& [sub, run] : runners) {
    if (sub->parsed()) return run();
  }
  return kUnusable;
}

int run_program(int argc, const char* const* argv, std::vector<Command> (*commands)()) {
  int status = kUnusable;
  try {
    status = run_command_line(argc, argv, commands());
  } catch (const std::bad_alloc&) {
    complain("out of memory");
  } catch (const std::exception& error) {
    complain(error.what());
  }
  flush_output();
  return status;
}

}  // namespace lprnet::cli
