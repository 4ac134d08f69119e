// JPEG in a build without libjpeg-turbo.
#include "image/decoders.h"
#include "image/jpeg_segments.h"

namespace lprnet::image {

// stb_image does not tell whether data are missing, so that a missing end is always an error.
Image decode_jpeg(const Encoded& file, bool* lacks_end) {
  *lacks_end = false;
  check_jpeg_segments(file);
  return decode_with_stb(file, kJpegPixelsPerByte);
}

}  // namespace lprnet::image
