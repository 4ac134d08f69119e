#pragma once

#include <string>
#include <utility>
#include <vector>

namespace lprnet::cli {

// What the program's help says, as data: manual pages and completions are made of it.

struct OptionDescription {
  std::string heading;             // that it stands under
  std::vector<std::string> names;  // "-o", "--output"; of a positional argument its one name
  std::string value;               // stands for the value: "FILE", "text|json"; empty: a flag
  std::string standard;            // the default; empty: none that can be shown
  std::string help;
  bool is_required = false;
  bool is_repeated = false;  // a positional argument that takes all that follow
};

struct CommandDescription {
  std::string name;
  std::string summary;
  std::string examples;  // lines as they are typed, each indented by two spaces
  std::vector<OptionDescription> options;
  std::vector<OptionDescription> positionals;
};

struct ProgramDescription {
  std::string name;
  std::string version;
  std::string summary;
  std::vector<OptionDescription> options;  // without a command
  std::vector<CommandDescription> commands;
  std::vector<std::pair<std::string, std::string>> exit_statuses;  // and their meaning
};

}  // namespace lprnet::cli
