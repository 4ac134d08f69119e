#pragma once

#include <cstdint>
#include <string_view>

namespace lprnet::cli {

// The bitmap of a character.
class Glyph {
 public:
  static constexpr int kHeight = 24;  // pixels

  int width() const noexcept { return width_; }
  // How much of a pixel is ink, 0 to 3; 0 outside.
  int ink(int x, int y) const noexcept;

 private:
  friend const Glyph& glyph_of(std::string_view character);
  constexpr Glyph(char32_t code, int width, const char* pixels)
      : code_(code), width_(width), pixels_(pixels) {}
  static const Glyph kGlyphs[];

  char32_t code_;
  int width_;
  const char* pixels_;  // two in a letter of 'a' to 'p', row by row
};

// Of one code point in UTF-8; a question mark for characters that no Chinese plate has.
const Glyph& glyph_of(std::string_view character);

}  // namespace lprnet::cli
