#include "shell_completion.h"

#include <string_view>

#include "concat.h"

namespace lprnet::cli {
namespace {

// What can be typed where a value stands, told from how the help shows it: "text|json",
// "none|FILE".
struct Value {
  std::vector<std::string> words;
  bool takes_files = false;
  bool takes_folders = false;
};

Value value_of(const OptionDescription& option, bool is_positional) {
  Value value;
  std::string_view rest = option.value;
  if (is_positional && rest.empty()) rest = "FILE";
  const bool is_choice = rest.find('|') != std::string_view::npos;
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find('|'));
    rest.remove_prefix(word.size() < rest.size() ? word.size() + 1 : word.size());
    if (word == "FILE") {
      value.takes_files = true;
    } else if (word == "DIR") {
      value.takes_folders = true;
    } else if (is_choice && word != "NAME") {
      value.words.emplace_back(word);
    }
  }
  return value;
}

std::string joined(const std::vector<std::string>& words, const std::string& between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

// In single quotes, as every shell reads them; fish alone takes backslashes there, of which no help
// has any.
std::string in_shell_quotes(std::string_view text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

std::vector<std::string> names_of(const std::vector<OptionDescription>& options) {
  std::vector<std::string> names;
  for (const OptionDescription& option : options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

// Statements that complete $cur as a value.
std::string in_bash(const Value& value) {
  std::string code;
  if (!value.words.empty()) {
    code = concat(
        {" mapfile -t COMPREPLY < <(compgen -W '", joined(value.words, " "), "' -- \"$cur\");"});
  }
  if (value.takes_files) code += " _lprnet_paths -f;";
  if (value.takes_folders) code += " _lprnet_paths -d;";
  return code.empty() ? " :;" : code;
}

constexpr const char* kBashBegin = R"(_lprnet_paths() {
  compopt -o filenames 2>/dev/null
  local found
  mapfile -t found < <(compgen "$1" -- "$cur")
  COMPREPLY+=("${found[@]}")
}

_lprnet() {
  local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command='' names='' i
  COMPREPLY=()
  # Bash takes --option=value for three words.
  if [[ $cur == = ]]; then
    cur=''
  elif [[ $before == = ]]; then
    before=${COMP_WORDS[COMP_CWORD-2]}
  fi
  ((COMP_CWORD > 1)) && command=${COMP_WORDS[1]}
  for ((i = 2; i < COMP_CWORD; ++i)); do
    if [[ ${COMP_WORDS[i]} == -- ]]; then
      _lprnet_paths -f
      return
    fi
  done
  case "$command $before" in
)";

constexpr const char* kBashOptions = R"(  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$names" -- "$cur")
    return
  fi
  case $command in
)";

std::string bash(const ProgramDescription& program) {
  std::vector<std::string> commands;
  std::string values;
  std::string options;
  std::string positionals;
  for (const CommandDescription& command : program.commands) {
    commands.push_back(command.name);
    options += concat(
        {"    ", command.name, ") names='", joined(names_of(command.options), " "), "' ;;\n"});
    for (const OptionDescription& option : command.options) {
      if (option.value.empty()) continue;
      for (const std::string& name : option.names) {
        values += concat({"    '", command.name, " ", name, "')", in_bash(value_of(option, false)),
                          " return ;;\n"});
      }
    }
    if (command.positionals.empty()) continue;
    positionals += concat(
        {"    ", command.name, ")", in_bash(value_of(command.positionals.back(), true)), " ;;\n"});
  }
  return concat({kBashBegin, values, "  esac\n  if [[ -z $command && $cur != -* ]]; then\n",
                 "    mapfile -t COMPREPLY < <(compgen -W '", joined(commands, " "),
                 "' -- \"$cur\")\n    return\n  fi\n  case $command in\n    '') names='",
                 joined(names_of(program.options), " "), "' ;;\n", options, kBashOptions,
                 positionals, "  esac\n}\ncomplete -F _lprnet ", program.name, "\n"});
}

// Text inside a specification of zsh's _arguments, where brackets and colons mean something.
std::string zsh_text(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

// ":what:action"
std::string in_zsh(const std::string& shown, const Value& value) {
  const char* paths = value.takes_files ? "_files" : value.takes_folders ? "_files -/" : "";
  const std::string action =
      value.words.empty()
          ? std::string(paths)
          : concat({"{compadd - ", joined(value.words, " "), *paths == 0 ? "" : "; ", paths, "}"});
  return concat({":", zsh_text(shown), ":", action.empty() ? " " : action});
}

std::string zsh_options(const std::vector<OptionDescription>& options, const char* indent) {
  std::string code;
  for (const OptionDescription& option : options) {
    const bool is_flag = option.value.empty();
    const std::string value = is_flag ? "" : in_zsh(option.value, value_of(option, false));
    for (const std::string& name : option.names) {
      const char* sign = is_flag ? "" : name.starts_with("--") ? "=" : "+";
      code += concat({" \\\n", indent,
                      in_shell_quotes(concat({"(", joined(option.names, " "), ")", name, sign, "[",
                                              zsh_text(option.help), "]", value}))});
    }
  }
  return code;
}

std::string zsh(const ProgramDescription& program) {
  std::string commands;
  std::string cases;
  for (const CommandDescription& command : program.commands) {
    commands += concat(
        {"    ", in_shell_quotes(concat({command.name, ":", zsh_text(command.summary)})), "\n"});
    cases += concat(
        {"    ", command.name, ")\n      _arguments -s", zsh_options(command.options, "        ")});
    for (const OptionDescription& positional : command.positionals) {
      cases +=
          concat({" \\\n        ", in_shell_quotes(concat({positional.is_repeated ? "*" : "",
                                                           in_zsh(positional.names.front(),
                                                                  value_of(positional, true))}))});
    }
    cases += "\n      ;;\n";
  }
  return concat({"#compdef ", program.name, R"(
_lprnet() {
  local context state state_descr line curcontext=$curcontext
  typeset -A opt_args
  local -a commands
  commands=(
)",
                 commands, "  )\n  _arguments -C", zsh_options(program.options, "    "), R"( \
    '1:command:->command' \
    '*::argument:->argument' && return
  if [[ $state == command ]]; then
    _describe command commands
    return
  fi
  case $words[1] in
)",
                 cases, R"(  esac
}
# Loaded by compinit this is a function's body; read by source it defines it.
if [[ $funcstack[1] == _lprnet ]]; then
  _lprnet "$@"
else
  compdef _lprnet )",
                 program.name, "\nfi\n"});
}

std::string fish_option(const OptionDescription& option) {
  std::string code;
  for (const std::string& name : option.names) {
    code += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (!option.value.empty()) {
    const Value value = value_of(option, false);
    code += value.takes_files ? " -r -F" : " -x";
    if (value.takes_folders) code += " -a '(__fish_complete_directories)'";
    if (!value.words.empty()) code += concat({" -a ", in_shell_quotes(joined(value.words, " "))});
  }
  return concat({code, " -d ", in_shell_quotes(option.help), "\n"});
}

std::string fish(const ProgramDescription& program) {
  const std::string complete = concat({"complete -c ", program.name});
  const std::string first = complete + " -n __fish_use_subcommand";
  std::string code = complete + " -f\n";
  for (const OptionDescription& option : program.options) code += first + fish_option(option);
  for (const CommandDescription& command : program.commands) {
    code += concat({first, " -a ", command.name, " -d ", in_shell_quotes(command.summary), "\n"});
    const std::string within =
        concat({complete, " -n 'contains -- ", command.name, " (commandline -opc)[2]'"});
    for (const OptionDescription& option : command.options) code += within + fish_option(option);
    if (command.positionals.empty()) continue;
    const Value value = value_of(command.positionals.back(), true);
    if (value.takes_files) code += within + " -F\n";
    if (!value.words.empty()) {
      code += concat({within, " -a ", in_shell_quotes(joined(value.words, " ")), "\n"});
    }
  }
  return code;
}

}  // namespace

const std::vector<std::string>& completed_shells() {
  static const std::vector<std::string> shells = {"bash", "zsh", "fish"};
  return shells;
}

std::string shell_completion(const ProgramDescription& program, const std::string& shell) {
  if (shell == "bash") return bash(program);
  return shell == "zsh" ? zsh(program) : fish(program);
}

}  // namespace lprnet::cli
