#include "encoded_picture.h"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "lprnet/error.hpp"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb_image_write.h>
#pragma GCC diagnostic pop

namespace lprnet::cli {
namespace {

void append_bytes(void* to, void* bytes, int size) {
  static_cast<std::string*>(to)->append(static_cast<const char*>(bytes),
                                        static_cast<std::size_t>(size));
}

// stb takes RGB.
std::vector<std::uint8_t> rgb_of(const Image& image) {
  std::vector<std::uint8_t> rgb(image.data(),
                                image.data() + std::ptrdiff_t{3} * image.width() * image.height());
  for (std::size_t i = 0; i < rgb.size(); i += 3) std::swap(rgb[i], rgb[i + 2]);
  return rgb;
}

}  // namespace

std::string jpeg_of(const Image& image) {
  constexpr int kMostPixels = 65535;
  if (image.width() > kMostPixels || image.height() > kMostPixels) {
    throw Error(ErrorCode::kInvalidArgument,
                "is " + std::to_string(image.width()) + "x" + std::to_string(image.height()) +
                    ", more than the 65535 pixels a side that a JPEG file can have");
  }
  const std::vector<std::uint8_t> rgb = rgb_of(image);
  constexpr int kQuality = 92;
  std::string bytes;
  stbi_write_jpg_to_func(append_bytes, &bytes, image.width(), image.height(), 3, rgb.data(),
                         kQuality);
  return bytes;
}

std::string png_of(const Image& image) {
  const std::vector<std::uint8_t> rgb = rgb_of(image);
  std::string bytes;
  stbi_write_png_to_func(append_bytes, &bytes, image.width(), image.height(), 3, rgb.data(),
                         3 * image.width());
  return bytes;
}

}  // namespace lprnet::cli
