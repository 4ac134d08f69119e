#pragma once

#include <string>
#include <string_view>

// Names may hold any byte but zero and '/', and a model's texts come from strangers. Here is what
// may go to a terminal or into a line: not control characters (U+0000 to U+001F, U+007F to U+009F),
// not those that reverse or break a line (U+2028 to U+202E, U+2066 to U+2069, U+200E, U+200F,
// U+061C), not bytes that are no UTF-8.
namespace lprnet::cli {

// Such bytes as \n, \t, \r or \xHH, and a backslash as \\: reversible.
std::string escaped(std::string_view text);

// As escaped(), but a backslash stays one: for messages, which are for people.
std::string shown(std::string_view text);

// Bytes that are no UTF-8, and control characters but for tab and the ends of lines, as U+FFFD: for
// a format that has no escapes.
std::string replaced(std::string_view text);

// JSON whose strings hold such characters with these as \uHHHH, which means the same.
std::string safe_json(std::string_view json);

}  // namespace lprnet::cli
