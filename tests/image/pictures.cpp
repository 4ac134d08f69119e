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
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  FileBytes file;
  for (std::size_t i = 0; i < kHex.size(); i += 2) {
    file.push_back(static_cast<std::uint8_t>(digit(kHex[i]) << 4 | digit(kHex[i + 1])));
  }
  return file;
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
