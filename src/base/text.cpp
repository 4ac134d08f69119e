#include "base/text.h"

#include <algorithm>
#include <cstdint>

namespace lprnet::base {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7F; }
bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t length = first < 0x80U ? 1 : first < 0xE0U ? 2 : first < 0xF0U ? 3 : 4;
    if ((first >= 0x80U && first < 0xC2U) || first > 0xF4U || length > text.size() - i) {
      return false;
    }
    std::uint32_t code = length == 1 ? first : first & (0x7FU >> length);
    for (std::size_t j = 1; j < length; ++j) {
      const auto next = static_cast<unsigned char>(text[i + j]);
      if ((next & 0xC0U) != 0x80U) return false;
      code = (code << 6) | (next & 0x3FU);
    }
    if ((length == 3 && (code < 0x800U || (code >= 0xD800U && code <= 0xDFFFU))) ||
        (length == 4 && (code < 0x10000U || code > 0x10FFFFU))) {
      return false;
    }
    i += length;
  }
  return true;
}

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_control);
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes && !has_control_characters(text);
}

std::string printable(std::string_view text, std::size_t limit) {
  const bool cut = text.size() > limit;
  if (cut) {
    while (limit > 0 && continues_character(text[limit])) --limit;
    text = text.substr(0, limit);
  }
  std::string shown(text);
  std::replace_if(shown.begin(), shown.end(), is_control, '?');
  return cut ? shown + "..." : shown;
}

std::string in_quotes(std::string_view name) {
  return std::string("'").append(printable(name, kMaxShownBytes)).append("'");
}

}  // namespace lprnet::base
