#pragma once

#include <cstdint>
#include <span>

#include "image/decoders.h"

namespace lprnet::image {

struct PngChunks {
  std::int64_t pixels_per_byte = 1;    // at most, as deflate packs pixels of this depth
  std::span<const std::uint8_t> exif;  // the content of eXIf; empty when there is none
};

// Walks a PNG file's chunks and compares their checksums, which stb_image does not; checks the
// size, for which stb_image has a lower limit without a clear message. Throws Error(kInvalidImage)
// for a damaged, truncated or too large file.
PngChunks check_png(const Encoded& file);

}  // namespace lprnet::image
