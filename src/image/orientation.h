#pragma once

#include <cstdint>
#include <span>

#include "lprnet/image.hpp"

namespace lprnet::image {

// How a camera was held: EXIF's 1 (upright) to 8.
inline constexpr int kUpright = 1;

// The TIFF structure inside a JPEG file's first EXIF segment; empty when there is none.
std::span<const std::uint8_t> exif_of_jpeg(std::span<const std::uint8_t> jpeg);

// The Orientation tag of a TIFF structure's first directory; kUpright when it is absent or makes no
// sense. Reads nothing outside of `tiff` and follows no offset twice.
int orientation_of(std::span<const std::uint8_t> tiff);

// The picture turned and mirrored so that it is upright. REQUIRES: 1 <= orientation <= 8.
Image upright(Image stored, int orientation);

}  // namespace lprnet::image
