#include "utf8.h"

#include <cstdint>

namespace lprnet::cli {

std::size_t first_code_point(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80U) return 1;
  const std::size_t length = first < 0xC2U   ? 0
                             : first < 0xE0U ? 2
                             : first < 0xF0U ? 3
                             : first < 0xF5U ? 4
                                             : 0;
  if (length == 0 || length > text.size()) return 0;
  std::uint32_t code = first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
    code = (code << 6U) | (byte(i) & 0x3FU);
  }
  const bool is_overlong = (length == 3 && code < 0x800U) || (length == 4 && code < 0x10000U);
  const bool is_surrogate = code >= 0xD800U && code <= 0xDFFFU;
  return is_overlong || is_surrogate || code > 0x10FFFFU ? 0 : length;
}

std::vector<std::string> characters_of(std::string_view text) {
  std::vector<std::string> characters;
  while (!text.empty()) {
    const std::size_t length = first_code_point(text);
    characters.emplace_back(text.substr(0, length == 0 ? 1 : length));
    text.remove_prefix(characters.back().size());
  }
  return characters;
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  for (const std::string& character : characters_of(text)) {
    // The scripts of East Asia begin at U+3000, whose first byte is E3.
    const auto lead = static_cast<unsigned char>(character.front());
    const bool wide = character.size() == 4 || (character.size() == 3 && lead >= 0xE3);
    columns += wide ? 2 : 1;
  }
  return columns;
}

}  // namespace lprnet::cli
