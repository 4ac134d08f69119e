#include "glyphs.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace lprnet::cli {
namespace {

// Of a code point of up to three bytes; 0 for longer ones.
char32_t code_of(std::string_view utf8) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(utf8[i]); };
  if (utf8.size() == 1) return byte(0);
  if (utf8.size() == 2) return ((byte(0) & 0x1FU) << 6) | (byte(1) & 0x3FU);
  if (utf8.size() == 3) {
    return ((byte(0) & 0x0FU) << 12) | ((byte(1) & 0x3FU) << 6) | (byte(2) & 0x3FU);
  }
  return 0;
}

}  // namespace

// In the order of their code points.
const Glyph Glyph::kGlyphs[] = {
#include "glyphs.inc"
};

int Glyph::ink(int x, int y) const noexcept {
  if (x < 0 || y < 0 || x >= width_ || y >= kHeight) return 0;
  const int pixel = y * width_ + x;
  const int both = pixels_[pixel / 2] - 'a';
  return pixel % 2 == 0 ? both / 4 : both % 4;
}

const Glyph& glyph_of(std::string_view character) {
  const auto find = [](char32_t code) {
    return std::lower_bound(
        std::begin(Glyph::kGlyphs), std::end(Glyph::kGlyphs), code,
        [](const Glyph& glyph, char32_t wanted) { return glyph.code_ < wanted; });
  };
  const char32_t code = code_of(character);
  const auto* found = find(code);
  if (found == std::end(Glyph::kGlyphs) || found->code_ != code) found = find(U'?');
  return *found;
}

}  // namespace lprnet::cli
