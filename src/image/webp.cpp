// libwebp, straight into the picture.
#include <webp/decode.h>

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string_view>
#include <utility>

#include "image/decoders.h"
#include "image/orientation.h"

namespace lprnet::image {
namespace {

std::uint32_t riff_size_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  std::uint32_t size = 0;
  for (std::size_t i = 4; i-- > 0;) size = size << 8U | bytes[at + i];
  return size;
}

std::string_view riff_name_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  return {reinterpret_cast<const char*>(bytes.data()) + at, 4};
}

// The TIFF structure of a file's first EXIF chunk; empty when there is none. Chunks have a name, a
// size and bytes, filled up to an even number.
std::span<const std::uint8_t> exif_of_riff(std::span<const std::uint8_t> riff) {
  std::size_t at = 12;
  while (riff.size() - at >= 8) {
    const std::size_t size = riff_size_at(riff, at + 4);
    const bool is_exif = riff_name_at(riff, at) == "EXIF";
    at += 8;
    if (size > riff.size() - at) break;
    if (is_exif) {
      const auto exif = riff.subspan(at, size);
      // Some programs write JPEG's heading before it.
      const bool has_heading = size >= 6 && riff_name_at(riff, at) == "Exif";
      return has_heading ? exif.subspan(6) : exif;
    }
    at += size;
    if (size % 2 != 0 && at < riff.size()) ++at;
  }
  return {};
}

}  // namespace

Image decode_webp(const Encoded& file) {
  constexpr std::size_t kHeading = 12;  // RIFF, size, WEBP
  if (file.bytes.size() < kHeading) refuse(file, kTruncated);
  const std::size_t size = std::size_t{riff_size_at(file.bytes, 4)} + 8;
  if (size > file.bytes.size()) refuse(file, kTruncated);
  if (size < kHeading) refuse(file, "is a WebP without a picture");
  const auto riff = file.bytes.first(size);

  WebPDecoderConfig config;
  if (WebPInitDecoderConfig(&config) == 0) refuse(file, "needs another version of libwebp");
  const auto check = [&](VP8StatusCode status) {
    if (status == VP8_STATUS_OK) return;
    if (status == VP8_STATUS_OUT_OF_MEMORY) throw std::bad_alloc();
    const bool ends = status == VP8_STATUS_NOT_ENOUGH_DATA || status == VP8_STATUS_SUSPENDED;
    refuse(file, ends ? kTruncated : "cannot be decoded as WebP: its bytes are damaged");
  };
  check(WebPGetFeatures(riff.data(), riff.size(), &config.input));
  if (config.input.has_animation != 0) {
    refuse(file, "is an animated WebP, expected one picture");
  }
  Image image = image_for(file, config.input.width, config.input.height, kWebpPixelsPerByte);
  const auto decode = [&] {
    WebPDecoderConfig fresh = config;
    fresh.output.colorspace = MODE_BGR;
    fresh.output.is_external_memory = 1;
    fresh.output.u.RGBA.rgba = image.data();
    fresh.output.u.RGBA.stride = 3 * image.width();
    fresh.output.u.RGBA.size =
        static_cast<std::size_t>(image.width()) * static_cast<std::size_t>(image.height()) * 3;
    return WebPDecode(riff.data(), riff.size(), &fresh);
  };
  VP8StatusCode status = decode();
  // An allocation that fails looks like a damaged file, unless the next one does not fail.
  if (status != VP8_STATUS_OK) status = decode();
  check(status);
  return upright(std::move(image), orientation_of(exif_of_riff(riff)));
}

}  // namespace lprnet::image
