#pragma once

#include <cstdint>
#include <span>

#include "image/decoders.h"

namespace lprnet::image {

// What decoding needs of a PNG file; each chunk with its length, type and checksum.
struct PngChunks {
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::int64_t pixels_per_byte = 1;       // at most, as deflate packs pixels of this depth
  std::span<const std::uint8_t> header;   // IHDR
  std::span<const std::uint8_t> palette;  // PLTE; empty unless the pixels are indices
  std::span<const std::uint8_t> data;     // all IDAT, which follow each other
  std::span<const std::uint8_t> exif;     // the content of eXIf; empty when there is none
};

inline constexpr std::size_t kPngSignatureBytes = 8;

// Walks a PNG file's chunks, compares their checksums and checks the picture's size, so that a
// decoder sees no chunk but those above: colour spaces, transparency and texts change no pixel
// here. Throws Error: kInvalidImage for a damaged or truncated file, kLimit.
PngChunks check_png(const Encoded& file);

}  // namespace lprnet::image
