#pragma once

#include "image/decoders.h"

namespace lprnet::image {

// Walks a JPEG file's segments, counts its scans and checks its Huffman tables, which stb_image
// before version 2.28 reads past its own memory when they claim more than 256 symbols. Throws
// Error(kInvalidImage) when a table does, when there are more than kMaxJpegScans, and when segments
// do not follow each other up to the end of the image.
void check_jpeg_segments(const Encoded& file);

}  // namespace lprnet::image
