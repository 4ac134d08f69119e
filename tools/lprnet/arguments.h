#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace lprnet::cli {

// Declares the options of one command: a thin door to CLI11, whose header is slow to compile and so
// is included by one file alone. `names` is written "-o,--output"; without dashes it is a
// positional argument. `shown` stands for the value in the help. A variable holds the default, is
// set when the command line is read, and must live until the command has run.
class Arguments {
 public:
  explicit Arguments(CLI::App& app) : app_(app) {}

  enum class Presence { kOptional, kRequired };

  // What is declared from here on stands under `heading` in the help.
  void heading(const std::string& heading) { heading_ = heading; }

  void text(const std::string& names, const std::string& shown, std::string* value,
            const std::string& help, Presence presence = Presence::kOptional);
  // All positional arguments.
  void positionals(const std::string& name, std::vector<std::string>* values,
                   const std::string& help, Presence presence = Presence::kOptional);
  void choice(const std::string& names, std::string* value, const std::vector<std::string>& allowed,
              const std::string& help);
  // Refuses numbers outside minimum to maximum.
  void number(const std::string& names, const std::string& shown, int* value, int minimum,
              int maximum, const std::string& help);
  void number(const std::string& names, const std::string& shown, std::int64_t* value,
              std::int64_t minimum, std::int64_t maximum, const std::string& help);
  void number(const std::string& names, const std::string& shown, double* value, double minimum,
              double maximum, const std::string& help);
  void flag(const std::string& names, bool* value, const std::string& help);
  void flag(const std::string& names, std::function<void()> set, const std::string& help);
  // The required option -o for a .safetensors file to write; refuses names of other kinds of files.
  void output(std::string* value, const std::string& help);

 private:
  CLI::App& app_;
  std::string heading_ = "Options";
};

}  // namespace lprnet::cli
