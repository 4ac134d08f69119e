// JPEG in a build without libjpeg-turbo.
#include "image/decoders.h"
#include "image/jpeg_segments.h"

namespace lprnet::image {

Image decode_jpeg(const Encoded& file) {
  check_jpeg_segments(file);
  return decode_with_stb(file, kJpegPixelsPerByte);
}

}  // namespace lprnet::image
