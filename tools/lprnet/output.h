#pragma once

#include <string_view>

namespace lprnet::cli {

// Standard output, buffered. When it cannot be written the program ends with a message and status
// 2; a reader that has gone ends it quietly, by SIGPIPE.
void print(std::string_view text);
void flush_output();

// One line on standard error, after the program's name; shown() guards the terminal.
void complain(std::string_view message);

}  // namespace lprnet::cli
