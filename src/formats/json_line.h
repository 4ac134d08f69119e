#pragma once

#include <string>
#include <string_view>

namespace lprnet::formats {

// The line, from 1, in which the value at a JSON pointer begins ("/patterns/0/is"), for messages; 0
// when there is none. REQUIRES: the text is valid JSON.
int line_of(std::string_view text, const std::string& pointer);

// One more step of a JSON pointer; RFC 6901 says how a key is written in it.
std::string pointer_to(const std::string& pointer, std::string_view key);
std::string pointer_to(const std::string& pointer, std::size_t index);

}  // namespace lprnet::formats
