#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "image/decoders.h"

namespace lprnet::image {
namespace {

// The memory that stb_image holds in this thread. It does not look at every allocation that it
// makes, so a failing one leaves it as an exception, and what it held is freed here.
class Memory {
 public:
  // `limit` bounds each single allocation: a deflate stream could otherwise grow to a thousand
  // times its file, whatever size the picture has.
  explicit Memory(std::size_t limit) : limit_(limit) { current = this; }
  ~Memory() {
    while (first_ != nullptr) release(first_ + 1);
    current = nullptr;
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  struct LimitReached {};

  // Throws LimitReached, std::bad_alloc.
  void* reallocate(void* old, std::size_t size) {
    if (size > limit_) throw LimitReached();
    Block* block = old == nullptr ? nullptr : static_cast<Block*>(old) - 1;
    auto* grown = static_cast<Block*>(std::realloc(block, sizeof(Block) + size));
    if (grown == nullptr) throw std::bad_alloc();
    if (block == nullptr) {
      grown->previous = nullptr;
      grown->next = first_;
    }
    (grown->previous == nullptr ? first_ : grown->previous->next) = grown;
    if (grown->next != nullptr) grown->next->previous = grown;
    return grown + 1;
  }

  void release(void* memory) noexcept {
    if (memory == nullptr) return;
    Block* block = static_cast<Block*>(memory) - 1;
    (block->previous == nullptr ? first_ : block->previous->next) = block->next;
    if (block->next != nullptr) block->next->previous = block->previous;
    std::free(block);
  }

  static thread_local Memory* current;

 private:
  struct alignas(std::max_align_t) Block {
    Block* previous;
    Block* next;
  };

  std::size_t limit_;
  Block* first_ = nullptr;
};
thread_local Memory* Memory::current = nullptr;

}  // namespace
}  // namespace lprnet::image

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_BMP
#ifndef LPRNET_WITH_LIBPNG
#define STBI_ONLY_PNG
#endif
#ifndef LPRNET_WITH_LIBJPEG
#define STBI_ONLY_JPEG
#endif
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_FAILURE_USERMSG
#define STBI_ASSERT(condition) (static_cast<void>(0))
#define STBI_MALLOC(size) lprnet::image::Memory::current->reallocate(nullptr, size)
#define STBI_REALLOC(old, size) lprnet::image::Memory::current->reallocate(old, size)
#define STBI_FREE(memory) lprnet::image::Memory::current->release(memory)
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

// The picture's size from its header, checked.
struct Size {
  std::int64_t width;
  std::int64_t height;
};

// Tables, and rows padded to whole blocks.
constexpr std::size_t kSmallMemory = std::size_t{1} << 23;

Size read_size(const Encoded& file, std::int64_t pixels_per_byte) {
  Memory memory(kSmallMemory);
  int width = 0;
  int height = 0;
  int channels = 0;
  Reader header{file.bytes};
  if (stbi_info_from_callbacks(&kCallbacks, &header, &width, &height, &channels) == 0) {
    if (header.past_end) refuse(file, kTruncated);
    // Among what BMP can be but stb_image does not read is run-length compression.
    refuse(file, "has a header that is damaged or of an unsupported kind");
  }
  const std::int64_t rows = std::abs(std::int64_t{height});  // negative in a BMP from top to bottom
  check_size(file, width, rows, pixels_per_byte);
  return {width, rows};
}

}  // namespace

Image decode_with_stb(const Encoded& file, std::int64_t pixels_per_byte) try {
  const Size size = read_size(file, pixels_per_byte);
  // The largest buffers: 16-bit RGBA with a filter byte for each row and pass, doubled when a
  // buffer grows; the compressed data, doubled too.
  const std::int64_t largest = size.width * size.height * 8 + size.height * 8;
  Memory memory(kSmallMemory + 2 * (static_cast<std::size_t>(largest) + file.bytes.size()));
  Reader body{file.bytes};
  int width = 0;
  int height = 0;
  int channels = 0;
  stbi__g_failure_reason = nullptr;
  const std::uint8_t* rgb =
      stbi_load_from_callbacks(&kCallbacks, &body, &width, &height, &channels, 3);
  if (body.past_end) refuse(file, kTruncated);
  if (rgb == nullptr) {
    const char* reason = stbi_failure_reason();
    refuse(file, std::string("cannot be decoded: ") + (reason == nullptr ? "unknown" : reason));
  }
  if (width != size.width || height != size.height) refuse(file, "has two sizes");
  Image image(width, height);
  const std::uint8_t* end = rgb + size.width * size.height * 3;
  for (std::uint8_t* to = image.data(); rgb < end; rgb += 3, to += 3) {
    to[0] = rgb[2];
    to[1] = rgb[1];
    to[2] = rgb[0];
  }
  return image;
} catch (const Memory::LimitReached&) {
  refuse(file, "holds more data than a picture of its size");
}

}  // namespace lprnet::image
