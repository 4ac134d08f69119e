#pragma once

#include <string>

#include "lprnet/image.hpp"

namespace lprnet::cli {

// The picture as a JPEG file's bytes. Throws Error for one that is too large for that.
std::string jpeg_of(const Image& image);

// The picture as a PNG file's bytes.
std::string png_of(const Image& image);

}  // namespace lprnet::cli
