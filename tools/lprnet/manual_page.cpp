#include "manual_page.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

#include "concat.h"

namespace lprnet::cli {
namespace {

// Text that reads as it stands here: groff would turn these characters into typographic ones, or
// take a line for a request.
std::string text(std::string_view words) {
  std::string page;
  for (const char c : words) {
    switch (c) {
      case '\\':
        page += "\\e";
        break;
      case '-':
        page += "\\-";
        break;
      case '\'':
        page += "\\(aq";
        break;
      case '`':
        page += "\\(ga";
        break;
      case '^':
        page += "\\(ha";
        break;
      case '~':
        page += "\\(ti";
        break;
      default:
        page += c;
    }
  }
  return page.starts_with('.') ? "\\&" + page : page;
}

std::string bold(std::string_view words) { return concat({"\\fB", text(words), "\\fR"}); }
std::string italic(std::string_view words) { return concat({"\\fI", text(words), "\\fR"}); }

std::string upper(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return word;
}

std::string lower_first(std::string words) {
  words[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(words[0])));
  return words;
}

// An entry of a list: what it is about, and below what there is to say.
std::string entry(std::string_view about, std::string_view said) {
  return concat({".TP\n", about, "\n", said, "\n"});
}

std::string said_of(const OptionDescription& option) {
  std::string said = text(option.help);
  if (!option.standard.empty()) said += concat({" (default: ", text(option.standard), ")"});
  if (option.is_required) said += " (required)";
  return said;
}

// Under their headings, in the order in which these appear first.
std::string options(const std::vector<OptionDescription>& all) {
  std::vector<std::string> headings;
  for (const OptionDescription& option : all) {
    if (std::find(headings.begin(), headings.end(), option.heading) == headings.end()) {
      headings.push_back(option.heading);
    }
  }
  std::string page = ".SH OPTIONS\n";
  for (const std::string& heading : headings) {
    if (heading != headings.front()) page += concat({".SS ", text(heading), "\n"});
    for (const OptionDescription& option : all) {
      if (option.heading != heading) continue;
      std::string names;
      for (const std::string& name : option.names) {
        names += concat({names.empty() ? "" : ", ", bold(name)});
      }
      if (!option.value.empty()) names += concat({" ", italic(option.value)});
      page += entry(names, said_of(option));
    }
  }
  return page;
}

std::string opening(const ProgramDescription& program, const std::string& name,
                    const std::string& summary) {
  return concat({".TH ", upper(text(name)), " 1 \"\" \"", program.name, " ", program.version,
                 "\" \"User Commands\"\n.SH NAME\n", text(name), " \\- ",
                 text(lower_first(summary)), "\n.SH SYNOPSIS\n"});
}

std::string exit_statuses(const ProgramDescription& program) {
  std::string page = ".SH EXIT STATUS\n";
  for (const auto& [status, meaning] : program.exit_statuses) {
    page += entry(bold(status), text(meaning));
  }
  return page;
}

constexpr const char* kEnvironment = R"(.SH ENVIRONMENT
.TP
\fBLPRNET_MODEL\fR
The model file that reads plates.
.TP
\fBLPRNET_DETECTOR\fR
The model file that finds plates in photographs.
.TP
\fBLPRNET_ISA\fR
The instruction set to compute with, one that the machine has.
.PP
Options go before variables.
Without both, the shipped models are looked for beside the program, in
.I ../share/lprnet
seen from there, and where they were installed.
)";

// The lines as they are typed.
std::string examples(std::string_view lines) {
  std::string page = ".SH EXAMPLES\n.nf\n";
  while (!lines.empty()) {
    std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    page += text(line) + "\n";
  }
  return page + ".fi\n";
}

}  // namespace

std::string manual_page(const ProgramDescription& program) {
  const std::string summary = program.summary.substr(0, program.summary.find_last_not_of('.') + 1);
  std::string page = concat({opening(program, program.name, summary), bold(program.name),
                             " \\fICOMMAND\\fR [\\fIOPTIONS\\fR] ...\n.SH DESCRIPTION\n",
                             text(program.summary), "\n.SH COMMANDS\n"});
  for (const CommandDescription& command : program.commands) {
    page += concat({entry(bold(command.name), text(command.summary) + "; see"), ".BR ",
                    text(program.name + "-" + command.name), " (1)\n"});
  }
  return concat({page, options(program.options), exit_statuses(program), kEnvironment});
}

std::string manual_page(const ProgramDescription& program, const CommandDescription& command) {
  std::string page = concat({opening(program, program.name + "-" + command.name, command.summary),
                             bold(program.name + " " + command.name), " [\\fIOPTIONS\\fR]"});
  for (const OptionDescription& positional : command.positionals) {
    const bool is_required = positional.is_required;
    page += concat({is_required ? " " : " [", italic(positional.names.front()),
                    positional.is_repeated ? "..." : "", is_required ? "" : "]"});
  }
  page += concat({"\n.SH DESCRIPTION\n", text(command.summary), ".\n"});
  for (const OptionDescription& positional : command.positionals) {
    page += entry(italic(positional.names.front()), said_of(positional));
  }
  return concat({page, options(command.options), examples(command.examples), exit_statuses(program),
                 ".SH SEE ALSO\n.BR ", text(program.name), " (1)\n"});
}

}  // namespace lprnet::cli
