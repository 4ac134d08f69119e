#pragma once

#include <cstdint>
#include <span>

#include "image/decoders.h"

namespace lprnet::image {

struct PngChunks {
  std::span<const std::uint8_t> exif;  // the content of eXIf; empty when there is none
};

// Walks a PNG file's chunks and compares their checksums, which stb_image does not. Throws
// Error(kInvalidImage) for a damaged or truncated file.
PngChunks check_png(const Encoded& file);

}  // namespace lprnet::image
