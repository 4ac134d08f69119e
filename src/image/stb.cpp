#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string>

#include "image/decoders.h"

namespace lprnet::image {
namespace {

// What one allocation of stb_image may ask for in this thread: a deflate stream could otherwise
// grow to a thousand times its file, whatever size the picture has.
thread_local std::size_t allocation_limit = 0;
thread_local bool limit_was_hit = false;
thread_local bool out_of_memory = false;

void* limited_realloc(void* old, std::size_t size) {
  if (size > allocation_limit) {
    limit_was_hit = true;
    return nullptr;
  }
  void* const memory = std::realloc(old, size);
  out_of_memory = out_of_memory || memory == nullptr;
  return memory;
}

}  // namespace
}  // namespace lprnet::image

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#ifndef LPRNET_WITH_LIBJPEG
#define STBI_ONLY_JPEG
#endif
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_FAILURE_USERMSG
#define STBI_ASSERT(condition) (static_cast<void>(0))
#define STBI_MALLOC(size) lprnet::image::limited_realloc(nullptr, size)
#define STBI_REALLOC(old, size) lprnet::image::limited_realloc(old, size)
#define STBI_FREE(memory) std::free(memory)
#include <stb_image.h>

namespace lprnet::image {
namespace {

// stb_image reads zeros past the end of its memory and calls that a picture; through callbacks it
// can be seen.
struct Reader {
  std::span<const std::uint8_t> left;
  bool past_end = false;

  static int read(void* self, char* out, int size) {
    auto& reader = *static_cast<Reader*>(self);
    const std::size_t count = std::min(reader.left.size(), static_cast<std::size_t>(size));
    reader.past_end = reader.past_end || count == 0;
    if (count > 0) std::memcpy(out, reader.left.data(), count);
    reader.left = reader.left.subspan(count);
    return static_cast<int>(count);
  }
  static void skip(void* self, int size) {
    auto& reader = *static_cast<Reader*>(self);
    const std::size_t wanted = static_cast<std::size_t>(std::max(size, 0));
    reader.past_end = reader.past_end || wanted > reader.left.size();
    reader.left = reader.left.subspan(std::min(reader.left.size(), wanted));
  }
  static int eof(void* self) { return static_cast<Reader*>(self)->left.empty() ? 1 : 0; }
};

constexpr stbi_io_callbacks kCallbacks = {Reader::read, Reader::skip, Reader::eof};

struct Free {
  void operator()(std::uint8_t* pixels) const noexcept { std::free(pixels); }
};

}  // namespace

Image decode_with_stb(const Encoded& file, std::int64_t pixels_per_byte) {
  allocation_limit = std::size_t{1} << 23;  // tables, and rows padded to whole blocks
  limit_was_hit = false;
  out_of_memory = false;
  int width = 0;
  int height = 0;
  int channels = 0;
  Reader header{file.bytes};
  if (stbi_info_from_callbacks(&kCallbacks, &header, &width, &height, &channels) == 0) {
    if (out_of_memory) throw std::bad_alloc();
    if (header.past_end) refuse(file, kTruncated);
    // Among what BMP can be but stb_image does not read is run-length compression.
    refuse(file, "has a header that is damaged or of an unsupported kind");
  }
  const std::int64_t rows = std::abs(std::int64_t{height});  // negative in a BMP from top to bottom
  check_size(file, width, rows, pixels_per_byte);

  // The largest buffers: 16-bit RGBA with a filter byte for each row and pass, doubled when a
  // buffer grows; the compressed data, doubled too.
  const std::int64_t pixels = width * rows;
  allocation_limit += 2 * (static_cast<std::size_t>(pixels * 8 + rows * 8) + file.bytes.size());
  Reader body{file.bytes};
  const std::unique_ptr<std::uint8_t, Free> rgb(
      stbi_load_from_callbacks(&kCallbacks, &body, &width, &height, &channels, 3));
  if (out_of_memory) throw std::bad_alloc();  // stb_image gives no reason, or an older one
  if (body.past_end) refuse(file, kTruncated);
  if (rgb == nullptr) {
    if (limit_was_hit) refuse(file, "holds more data than a picture of its size");
    const char* const reason = stbi_failure_reason();
    refuse(file, std::string("cannot be decoded: ") + (reason == nullptr ? "damaged" : reason));
  }
  if (std::int64_t{width} * height != pixels) refuse(file, "has two sizes");
  Image image(width, height);
  const std::uint8_t* from = rgb.get();
  std::uint8_t* to = image.data();
  for (std::int64_t i = 0; i < pixels; ++i, from += 3, to += 3) {
    to[0] = from[2];
    to[1] = from[1];
    to[2] = from[0];
  }
  return image;
}

}  // namespace lprnet::image
