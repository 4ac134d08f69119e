#pragma once

#include <string>
#include <string_view>

namespace lprnet::cli {

// Sends what is printed from here on to a file, made anew, in place of standard output. Throws
// Error(kIo).
void print_to(const std::string& file);

// Standard output, buffered. When it cannot be written the program ends with a message and status
// 2; a reader that has gone ends it quietly, by SIGPIPE.
void print(std::string_view text);
void flush_output();

// One line on standard error, after the program's name; shown() guards the terminal.
void complain(std::string_view message);

// Shows a line on a terminal at standard error until the next one, or until a message needs its
// place; an empty one takes it away.
void show_passing_line(std::string_view line);

}  // namespace lprnet::cli
