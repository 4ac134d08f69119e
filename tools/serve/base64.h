#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lprnet::serve {

// What the text stands for in RFC 4648's base64, with or without padding; spaces and ends of lines
// are passed over. No value for anything else.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace lprnet::serve
