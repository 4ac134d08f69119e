#include "tests/image/pictures.h"

#include <gtest/gtest.h>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#include <stb_image_write.h>

#include <cstdlib>

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

FileBytes raw_png(std::uint32_t width, std::uint32_t height, int bit_depth, int color_type,
                  const FileBytes& rows) {
  FileBytes header;
  append_big_endian(header, width);
  append_big_endian(header, height);
  header = header + FileBytes{static_cast<std::uint8_t>(bit_depth),
                              static_cast<std::uint8_t>(color_type), 0, 0, 0};
  FileBytes input = rows;
  int size = 0;
  unsigned char* deflated =
      stbi_zlib_compress(input.data(), static_cast<int>(input.size()), &size, 8);
  const FileBytes data(deflated, deflated + size);
  std::free(deflated);
  return bytes_of("\x89PNG\r\n\x1A\n") + chunk("IHDR", header) + chunk("IDAT", data) +
         chunk("IEND", {});
}

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

Image decode(const FileBytes& file) { return Image::decode(file.data(), file.size(), "picture"); }

FileBytes rgb_of(const Image& image) {
  const auto count =
      static_cast<std::size_t>(image.width()) * static_cast<std::size_t>(image.height()) * 3;
  FileBytes rgb(image.data(), image.data() + count);
  for (std::size_t i = 0; i < count; i += 3) std::swap(rgb[i], rgb[i + 2]);
  return rgb;
}

std::string decode_error(const FileBytes& file) {
  try {
    decode(file);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidImage);
    return error.what();
  }
  return "no error";
}

}  // namespace lprnet::image
