#include "tests/image/pictures.h"

#include <gtest/gtest.h>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#include <stb_image_write.h>

#include <cstdlib>
#include <string_view>

#include "lprnet/error.hpp"

namespace lprnet::image {
namespace {

void append(void* file, void* data, int size) {
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  auto& out = *static_cast<FileBytes*>(file);
  out.insert(out.end(), bytes, bytes + size);
}

void append_big_endian(FileBytes& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

std::uint32_t crc_of(const FileBytes& bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? 0xEDB88320U ^ (crc >> 1) : crc >> 1;
  }
  return ~crc;
}

FileBytes chunk(const std::string& type, const FileBytes& content) {
  FileBytes out;
  append_big_endian(out, static_cast<std::uint32_t>(content.size()));
  const FileBytes body = bytes_of(type) + content;
  out = out + body;
  append_big_endian(out, crc_of(body));
  return out;
}

constexpr std::size_t kPngHeader = 8 + 25;  // signature and IHDR

}  // namespace

FileBytes pattern(int width, int height, int channels) {
  FileBytes bytes(static_cast<std::size_t>(width * height * channels));
  std::uint32_t state = 12345;
  for (std::uint8_t& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<std::uint8_t>(state >> 24);
  }
  return bytes;
}

ImageView view_of(const FileBytes& bytes, int width, int height, PixelFormat format) {
  return {bytes.data(), width, height, std::ptrdiff_t{width} * channels_of(format), format};
}

FileBytes png_of(int width, int height, int channels, const FileBytes& pixels) {
  FileBytes out;
  stbi_write_png_to_func(append, &out, width, height, channels, pixels.data(), width * channels);
  return out;
}

FileBytes bmp_of(int width, int height, int channels, const FileBytes& pixels) {
  FileBytes out;
  stbi_write_bmp_to_func(append, &out, width, height, channels, pixels.data());
  return out;
}

FileBytes jpeg_of(int width, int height, int channels, const FileBytes& pixels) {
  FileBytes out;
  stbi_write_jpg_to_func(append, &out, width, height, channels, pixels.data(), 90);
  return out;
}

namespace {

FileBytes from_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  FileBytes file;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    file.push_back(static_cast<std::uint8_t>(digit(hex[i]) << 4 | digit(hex[i + 1])));
  }
  return file;
}

}  // namespace

FileBytes lossless_webp() {
  return from_hex(
      "5249464630000000574542505650384c240000002f08400200b93244f43f76e58fe87f404ddb064c277fd4fd"
      "0a603826202600a059e1fc01");
}

FileBytes lossy_webp() {
  return from_hex(
      "5249464644000000574542505650382038000000f001009d012a09000a0002804225a8027400f4b9d17dd400"
      "00fefc09e2aeacac2ff0df920f7433230d7fb4efafffed304bb61b1ff8c60000");
}

FileBytes webp_with_alpha() {
  return from_hex(
      "524946466a00000057454250565038580a00000010000000080000090000414c50480a000000010750b28808"
      "4444ff03565038203a000000f001009d012a09000a0002403825a8027400f4b9d2960cc000fefdb74d5b3ef4"
      "294b87edd5f6dda9ce5ffe263f7b3ffee3813dc5f40fe7380000");
}

FileBytes webp_with_exif() {
  return from_hex(
      "524946466400000057454250565038580a000000080000000800000900005650384c240000002f08400200b9"
      "3244f43f76e58fe87f404ddb064c277fd4fd0a603826202600a059e1fc01455849461a0000004d4d002a0000"
      "0008000101120003000000010006000000000000");
}

FileBytes webp_header(unsigned width, unsigned height) {
  FileBytes file = bytes_of(std::string("RIFF\x12\0\0\0WEBPVP8L\x05\0\0\0\x2f", 21));
  const unsigned sides = (width - 1) | (height - 1) << 14U;
  for (unsigned shift = 0; shift < 32; shift += 8) {
    file.push_back(static_cast<std::uint8_t>(sides >> shift));
  }
  file.push_back(0);  // even
  return file;
}

FileBytes tiff_of(unsigned width, unsigned height, unsigned samples, const FileBytes& data,
                  const TiffKind& kind) {
  FileBytes file;
  const auto number = [&](unsigned value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) {
      const unsigned shift = 8 * (kind.big_endian ? bytes - 1 - i : i);
      file.push_back(static_cast<std::uint8_t>(value >> shift));
    }
  };
  struct Entry {
    unsigned tag;
    std::vector<unsigned> values;
  };
  const auto number_of = [](int value) {
    return std::vector<unsigned>{static_cast<unsigned>(value)};
  };
  std::vector<Entry> entries = {
      {256, {width}},
      {257, {height}},
      {258, std::vector<unsigned>(samples, static_cast<unsigned>(kind.bits))},
      {259, number_of(kind.compression)},
      {262, number_of(kind.kind)}};
  const std::size_t data_size = data.size();
  const bool is_tiled = kind.tile > 0;
  const unsigned tile = is_tiled ? static_cast<unsigned>(kind.tile) : 1;
  const unsigned pieces = is_tiled ? ((width + tile - 1) / tile) * ((height + tile - 1) / tile) : 1;
  const auto piece_size = static_cast<unsigned>(data_size) / pieces;
  std::vector<unsigned> offsets(pieces);  // set below
  if (!is_tiled) entries.push_back({273, offsets});
  entries.push_back({274, number_of(kind.orientation)});
  entries.push_back({277, {samples}});
  if (!is_tiled) {
    entries.push_back({278, {height}});
    entries.push_back({279, {piece_size}});
  }
  if (kind.kind == 3) {
    std::vector<unsigned> map;  // red, then green, then blue, of 16 bits
    for (unsigned c = 0; c < 3; ++c) {
      for (unsigned i = 0; i < 1U << static_cast<unsigned>(kind.bits); ++i) {
        map.push_back(257 * ((7 * i + 50 * c) % 256));
      }
    }
    entries.push_back({320, map});
  }
  if (is_tiled) {
    entries.push_back({322, number_of(kind.tile)});
    entries.push_back({323, number_of(kind.tile)});
    entries.push_back({324, offsets});
    entries.push_back({325, std::vector<unsigned>(pieces, piece_size)});
  }
  if (samples == 4) entries.push_back({338, {2}});  // alpha
  const auto is_short = [](unsigned tag) { return tag == 258 || tag == 320; };
  const auto bytes_of_entry = [&](const Entry& entry) {
    return static_cast<unsigned>(entry.values.size()) * (is_short(entry.tag) ? 2 : 4);
  };
  unsigned end = 8 + 2 + 12 * static_cast<unsigned>(entries.size()) + 4;
  unsigned behind = end;
  for (const Entry& entry : entries) {
    if (bytes_of_entry(entry) > 4) end += bytes_of_entry(entry);
  }
  for (Entry& entry : entries) {
    if (entry.tag != 273 && entry.tag != 324) continue;
    for (unsigned i = 0; i < pieces; ++i) entry.values[i] = end + i * piece_size;
  }
  file = bytes_of(kind.big_endian ? std::string("MM\0*", 4) : std::string("II*\0", 4));
  number(8, 4);
  number(static_cast<unsigned>(entries.size()), 2);
  for (const Entry& entry : entries) {
    number(entry.tag, 2);
    number(is_short(entry.tag) ? 3 : 4, 2);
    number(static_cast<unsigned>(entry.values.size()), 4);
    if (bytes_of_entry(entry) > 4) {
      number(behind, 4);
      behind += bytes_of_entry(entry);
      continue;
    }
    for (const unsigned value : entry.values) number(value, is_short(entry.tag) ? 2 : 4);
    if (is_short(entry.tag) && entry.values.size() == 1) number(0, 2);
  }
  number(0, 4);
  for (const Entry& entry : entries) {
    if (bytes_of_entry(entry) <= 4) continue;
    for (const unsigned value : entry.values) number(value, is_short(entry.tag) ? 2 : 4);
  }
  return file + data;
}

FileBytes progressive_jpeg() {
  constexpr std::string_view kHex =
      "ffd8ffe000104a46494600010100000100010000ffdb004300100b0c0e0c0a100e0d0e1211101318281a1816"
      "16183123251d283a333d3c3933383740485c4e404457453738506d51575f626768673e4d71797064785c6567"
      "63ffc2000b08000a000901011100ffc400160001010100000000000000000000000000050206ffda00080101"
      "0000000185cecfff00ffc400191000020301000000000000000000000000000402031013ffda000801010001"
      "050252275a4533ffc4001810000203000000000000000000000000000002103392ffda0008010100063f022d"
      "4d4fffc40018100002030000000000000000000000000000103141f1ffda0008010100013f2188c9155fffda"
      "00080101000000106fffc40019100100020300000000000000000000000000011151c1f0ffda000801010001"
      "3f10c1713b41a7ffd9";
  return from_hex(kHex);
}

FileBytes raw_png(std::uint32_t width, std::uint32_t height, int bit_depth, int color_type,
                  const FileBytes& rows, bool interlaced) {
  FileBytes header;
  append_big_endian(header, width);
  append_big_endian(header, height);
  header = header + FileBytes{static_cast<std::uint8_t>(bit_depth),
                              static_cast<std::uint8_t>(color_type), 0, 0,
                              static_cast<std::uint8_t>(interlaced ? 1 : 0)};
  FileBytes input = rows;
  int size = 0;
  unsigned char* deflated =
      stbi_zlib_compress(input.data(), static_cast<int>(input.size()), &size, 8);
  const FileBytes data(deflated, deflated + size);
  std::free(deflated);
  return bytes_of("\x89PNG\r\n\x1A\n") + chunk("IHDR", header) + chunk("IDAT", data) +
         chunk("IEND", {});
}

FileBytes png_rows(int width, int height, int bit_depth, int color_type, bool interlaced) {
  // First column and row, and the distances between them, of Adam7's passes.
  constexpr int kPasses[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                 {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
  constexpr int kSamples[7] = {1, 0, 3, 1, 2, 0, 4};
  const int bits = bit_depth * kSamples[color_type];
  FileBytes rows;
  const auto append_pass = [&](int columns, int lines) {
    if (columns <= 0 || lines <= 0) return;
    const int row_bytes = (columns * bits + 7) / 8;
    FileBytes pass = pattern(row_bytes + 1, lines, 1);
    for (int y = 0; y < lines; ++y) pass[static_cast<std::size_t>(y * (row_bytes + 1))] %= 5;
    rows.insert(rows.end(), pass.begin(), pass.end());
  };
  if (!interlaced) append_pass(width, height);
  for (const auto& [x, y, dx, dy] : kPasses) {
    if (interlaced) append_pass((width - x + dx - 1) / dx, (height - y + dy - 1) / dy);
  }
  return rows;
}

FileBytes palette_of(int count) { return pattern(count, 1, 3); }

FileBytes with_chunk(const FileBytes& png, const std::string& type, const FileBytes& content) {
  const auto at = png.begin() + kPngHeader;
  return FileBytes(png.begin(), at) + chunk(type, content) + FileBytes(at, png.end());
}

FileBytes with_segment(const FileBytes& jpeg, std::uint8_t marker, const FileBytes& content) {
  const std::size_t length = content.size() + 2;
  const FileBytes head = {0xFF, marker, static_cast<std::uint8_t>(length >> 8),
                          static_cast<std::uint8_t>(length)};
  return FileBytes(jpeg.begin(), jpeg.begin() + 2) + head + content +
         FileBytes(jpeg.begin() + 2, jpeg.end());
}

FileBytes exif_of(int orientation, bool big_endian) {
  FileBytes out = bytes_of(big_endian ? "MM" : "II");
  const auto number = [&](std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i) {
      const int shift = 8 * (big_endian ? count - 1 - i : i);
      out.push_back(static_cast<std::uint8_t>(value >> shift));
    }
  };
  number(42, 2);
  number(8, 4);  // the directory's offset
  number(2, 2);  // its entries: tag, type, count, value
  number(0x0100, 2);
  number(3, 2);
  number(1, 4);
  number(99, 2);
  number(0, 2);
  number(0x0112, 2);
  number(3, 2);
  number(1, 4);
  number(static_cast<std::uint32_t>(orientation), 2);
  number(0, 2);
  number(0, 4);  // no next directory
  return out;
}

FileBytes exif_segment(int orientation, bool big_endian) {
  return bytes_of(std::string("Exif\0\0", 6)) + exif_of(orientation, big_endian);
}

FileBytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

FileBytes operator+(FileBytes left, const FileBytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Image decode(const FileBytes& file, const ImageOptions& options) {
  return Image::decode(file.data(), file.size(), "picture", options);
}

FileBytes rgb_of(const Image& image) {
  const auto count =
      static_cast<std::size_t>(image.width()) * static_cast<std::size_t>(image.height()) * 3;
  FileBytes rgb(image.data(), image.data() + count);
  for (std::size_t i = 0; i < count; i += 3) std::swap(rgb[i], rgb[i + 2]);
  return rgb;
}

std::string decode_error(const FileBytes& file, const ImageOptions& options) {
  try {
    decode(file, options);
  } catch (const Error& error) {
    EXPECT_TRUE(error.code() == ErrorCode::kInvalidImage || error.code() == ErrorCode::kLimit);
    return error.what();
  }
  return "no error";
}

}  // namespace lprnet::image
