#include "image/png_chunks.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/text.h"

namespace lprnet::image {
namespace {

constexpr int kIndexColor = 3;

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value & 1U) != 0 ? 0xEDB88320U ^ (value >> 1) : value >> 1;
    }
    table[i] = value;
  }
  return table;
}
constexpr auto kCrcTable = make_crc_table();

std::uint32_t crc_of(std::span<const std::uint8_t> bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const std::uint8_t byte : bytes) crc = kCrcTable[(crc ^ byte) & 0xFFU] ^ (crc >> 8);
  return ~crc;
}

std::uint32_t big_endian(std::span<const std::uint8_t> bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
         std::uint32_t{bytes[2]} << 8 | std::uint32_t{bytes[3]};
}

// Samples in a pixel by colour type: grey, RGB, palette, grey and alpha, RGBA.
int samples_of(int color_type) {
  switch (color_type) {
    case 2:
      return 3;
    case 4:
      return 2;
    case 6:
      return 4;
    default:
      return 1;
  }
}

// A chunk whose name begins with a capital letter changes the picture.
bool is_critical(std::string_view type) { return (type[0] & 0x20) == 0; }

// Deflate makes its input at most 1032 times smaller.
std::int64_t pixels_per_byte_of(std::span<const std::uint8_t> header) {
  const std::int64_t bits = std::max<std::int64_t>(header[8], 1) * samples_of(header[9]);
  return std::int64_t{1032} * 8 / bits + 1;
}

}  // namespace

PngChunks check_png(const Encoded& file) {
  constexpr std::size_t kFrame = 12;  // length, type, checksum
  constexpr std::size_t kHeaderBytes = 13;
  PngChunks chunks;
  bool has_indices = false;
  std::string_view previous;
  auto left = file.bytes.subspan(kPngSignatureBytes);
  for (;;) {
    if (left.size() < kFrame || big_endian(left) > left.size() - kFrame) {
      refuse(file, kTruncated);
    }
    const std::size_t length = big_endian(left);
    const std::string_view type(reinterpret_cast<const char*>(left.data()) + 4, 4);
    if (crc_of(left.subspan(4, 4 + length)) != big_endian(left.subspan(8 + length))) {
      refuse(file, "is a damaged PNG: the checksum of a chunk is wrong");
    }
    const auto chunk = left.first(kFrame + length);
    const auto content = left.subspan(8, length);
    if (previous.empty() != (type == "IHDR") || (previous.empty() && length != kHeaderBytes)) {
      refuse(file, "is a damaged PNG: its header is not in its place");
    }
    if (type == "IHDR") {
      chunks.header = chunk;
      chunks.pixels_per_byte = pixels_per_byte_of(content);
      has_indices = content[9] == kIndexColor;
      chunks.width = big_endian(content);
      chunks.height = big_endian(content.subspan(4));
      check_size(file, chunks.width, chunks.height, chunks.pixels_per_byte);
    } else if (type == "PLTE") {
      if (!chunks.data.empty() || !chunks.palette.empty()) {
        refuse(file, "is a damaged PNG: its palette is not in its place");
      }
      if (has_indices) chunks.palette = chunk;
    } else if (type == "IDAT") {
      if (!chunks.data.empty() && previous != type) {
        refuse(file, "is a damaged PNG: its pixels are not in one place");
      }
      const std::uint8_t* first = chunks.data.empty() ? chunk.data() : chunks.data.data();
      chunks.data = {first, chunk.data() + chunk.size()};
    } else if (type == "eXIf") {
      chunks.exif = content;
    } else if (type == "IEND") {
      return chunks;
    } else if (is_critical(type)) {
      refuse(file, "is a PNG with a chunk that may not be skipped and is not known here: " +
                       base::in_quotes(type));
    }
    previous = type;
    left = left.subspan(chunk.size());
  }
}

}  // namespace lprnet::image
