#include "utf8.h"

#include <algorithm>

namespace lprnet::cli {
namespace {

std::size_t length_of_lead(unsigned char lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 1;
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

std::vector<std::string> characters_of(std::string_view text) {
  std::vector<std::string> characters;
  while (!text.empty()) {
    std::size_t length = length_of_lead(static_cast<unsigned char>(text.front()));
    const bool whole =
        length <= text.size() &&
        std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(length),
                    is_continuation);
    if (!whole) length = 1;
    characters.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
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
