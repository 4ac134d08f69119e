#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Text from files that nobody has checked yet.
namespace lprnet::base {

inline constexpr std::size_t kMaxNameBytes = 512;
inline constexpr std::size_t kMaxShownBytes = 96;

// Whether the text is well-formed UTF-8: no overlong forms, no surrogates.
bool is_utf8(std::string_view text);

bool has_control_characters(std::string_view text);

// Whether the text can name a value or a tensor: not empty, at most kMaxNameBytes, no control
// characters, so that it can stand in every later message as it is.
bool is_name(std::string_view text);

// The text for a message: at most `limit` bytes, cut between characters, control characters
// replaced.
std::string printable(std::string_view text, std::size_t limit);

// A name for a message: printable(name, kMaxShownBytes) in quotes.
std::string in_quotes(std::string_view name);

}  // namespace lprnet::base
