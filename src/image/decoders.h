#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "lprnet/image.hpp"

namespace lprnet::image {

// The bytes of one picture file, the name that it has in messages, and what it may cost.
struct Encoded {
  std::span<const std::uint8_t> bytes;
  const std::string& name;
  const ImageOptions& options;
};

struct PngChunks;

// Each decodes one type of file to BGR as the file stores it, before any EXIF orientation. Memory
// grows with the file's size and with the picture's, which is checked before anything is allocated
// for it. Throws Error(kInvalidImage), for a truncated or damaged file too: half a picture is never
// returned.
//
// A JPEG that lacks nothing but its end marker sets `lacks_end`.
Image decode_jpeg(const Encoded& file, bool* lacks_end);
Image decode_png(const Encoded& file, const PngChunks& chunks);
Image decode_pnm(const Encoded& file);
// These two turn the picture upright. In builds with LPRNET_WITH_WEBP and LPRNET_WITH_TIFF.
Image decode_webp(const Encoded& file);
Image decode_tiff(const Encoded& file);
// BMP; PNG and JPEG in a build without libpng or libjpeg-turbo. `pixels_per_byte` as in
// check_size().
Image decode_with_stb(const Encoded& file, std::int64_t pixels_per_byte);

// Checks the size that a file claims against its options and its bytes. `pixels_per_byte` bounds
// what its type can compress: a file that claims more than its bytes can hold is refused. Throws
// Error: kLimit, kInvalidImage.
void check_size(const Encoded& file, std::int64_t width, std::int64_t height,
                std::int64_t pixels_per_byte);
// The same, and a black image of that size.
Image image_for(const Encoded& file, std::int64_t width, std::int64_t height,
                std::int64_t pixels_per_byte);

// 32x32 pixels in a unit of nine blocks, each of which takes at least one bit.
inline constexpr std::int64_t kJpegPixelsPerByte = 1024;
inline constexpr std::int64_t kBmpPixelsPerByte = 8;
// A picture of one colour has the same few bytes in any size.
inline constexpr std::int64_t kWebpPixelsPerByte = Image::kMaxPixels;
// LZW's longest strings, 4096 bytes of eight pixels, for 12 bits.
inline constexpr std::int64_t kTiffPixelsPerByte = 32768;

// Progressive files have about ten scans. Each one costs time in proportion to the picture however
// few bytes it has, 0.2 ms for each megapixel of each colour, so their number bounds the work.
inline constexpr int kMaxJpegScans = 40;
inline constexpr char kTooManyJpegScans[] = "is a JPEG of more than 40 scans";

// Throws Error(kInvalidImage) with the file's name and the reason.
[[noreturn]] void refuse(const Encoded& file, const std::string& reason);

// What a decoder says about a file that ends too early.
inline constexpr char kTruncated[] = "is truncated: its bytes end before the picture does";

}  // namespace lprnet::image
