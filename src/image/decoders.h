#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "lprnet/image.hpp"

namespace lprnet::image {

// The bytes of one picture file, and the name that it has in messages.
struct Encoded {
  std::span<const std::uint8_t> bytes;
  const std::string& name;
};

// Each decodes one type of file to BGR as the file stores it, before any EXIF orientation. Memory
// grows with the file's size and with the picture's, which is checked before anything is allocated
// for it. Throws Error(kInvalidImage), for a truncated or damaged file too: half a picture is never
// returned.
Image decode_jpeg(const Encoded& file);
Image decode_pnm(const Encoded& file);
// PNG and BMP; JPEG in a build without libjpeg-turbo.
Image decode_with_stb(const Encoded& file);

// A black image of the size that a file claims. `pixels_per_byte` bounds what the type can
// compress: a file that claims more than its bytes can hold is refused, so that memory follows the
// file's size. Throws Error(kInvalidImage).
Image image_for(const Encoded& file, std::int64_t width, std::int64_t height,
                std::int64_t pixels_per_byte);

// The message starts with the file's name.
[[noreturn]] void refuse(const Encoded& file, const std::string& reason);

}  // namespace lprnet::image
