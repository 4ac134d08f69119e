// The picture decoders when memory runs out, and how much of it they take. malloc and its like are
// this program's own, so that those of libpng, libjpeg-turbo and stb_image count too.
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstdlib>
#include <functional>
#include <new>

#include "lprnet/error.hpp"
#include "tests/image/pictures.h"

namespace {

bool watching = false;
int left_until_failure = 0;  // counts down while `watching`
int failures_left = 0;
std::size_t held = 0;  // bytes, of what was allocated while watching
std::size_t most_held = 0;
long blocks = 0;

// Whether this allocation fails.
bool fails() {
  if (!watching || left_until_failure-- > 0 || failures_left == 0) return false;
  --failures_left;
  return true;
}

void count(void* memory) {
  if (!watching || memory == nullptr) return;
  held += malloc_usable_size(memory);
  most_held = held > most_held ? held : most_held;
  ++blocks;
}

void discount(void* memory) {
  if (!watching || memory == nullptr) return;
  held -= malloc_usable_size(memory);
  --blocks;
}

}  // namespace

// Seen by the standard library as well, whatever the visibility of the program's other functions.
#pragma GCC visibility push(default)
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void __libc_free(void* memory);

void* malloc(std::size_t size) {
  void* memory = fails() ? nullptr : __libc_malloc(size);
  count(memory);
  return memory;
}
void* calloc(std::size_t number, std::size_t size) {
  void* memory = fails() ? nullptr : __libc_calloc(number, size);
  count(memory);
  return memory;
}
void* realloc(void* old, std::size_t size) {
  if (fails()) return nullptr;
  discount(old);
  void* memory = __libc_realloc(old, size);
  count(memory == nullptr ? old : memory);
  return memory;
}
void free(void* memory) {
  discount(memory);
  __libc_free(memory);
}
}
#pragma GCC visibility pop

namespace lprnet::image {
namespace {

struct Sample {
  const char* name;
  std::function<FileBytes()> file;
};

FileBytes indices() {
  return with_chunk(raw_png(60, 50, 4, 3, png_rows(60, 50, 4, 3, false)), "PLTE", palette_of(9));
}

const Sample kSamples[] = {
    {"Png", [] { return png_of(60, 50, 3, pattern(60, 50, 3)); }},
    {"PngOfIndices", indices},
    {"PngInterlaced", [] { return raw_png(60, 50, 16, 6, png_rows(60, 50, 16, 6, true), true); }},
    {"PngTurned", [] { return with_chunk(indices(), "eXIf", exif_of(6, true)); }},
    {"Bmp", [] { return bmp_of(60, 50, 3, pattern(60, 50, 3)); }},
    {"Ppm", [] { return bytes_of("P6 60 50 255 ") + pattern(60, 50, 3); }},
    {"Jpeg", [] { return jpeg_of(60, 50, 3, pattern(60, 50, 3)); }},
    {"JpegProgressive", progressive_jpeg},
#ifdef LPRNET_WITH_WEBP
    // Not the lossless one: libwebp 1.2.4 itself crashes there when its memory ends.
    {"WebpLossy", lossy_webp},
    {"WebpAlpha", webp_with_alpha},
#endif
#ifdef LPRNET_WITH_TIFF
    {"Tiff", [] { return tiff_of(60, 50, 3, pattern(60, 50, 3)); }},
    {"TiffTiled", [] { return tiff_of(18, 5, 3, pattern(32, 16, 3), {.tile = 16}); }},
    {"TiffOfIndices", [] { return tiff_of(6, 5, 1, FileBytes(15, 0x1e), {.bits = 4, .kind = 3}); }},
#endif
};

class Memory : public testing::TestWithParam<Sample> {};

// What decoding does with the n-th allocation failing, and all of them behind it or none.
enum class Outcome { kPicture, kBadAlloc, kOther };

Outcome decode_with_failure(const FileBytes& file, const std::string& name, int at, int count) {
  Outcome outcome = Outcome::kOther;
  left_until_failure = at;
  failures_left = count;
  blocks = 0;
  watching = true;
  try {
    Image::decode(file.data(), file.size(), name);
    outcome = Outcome::kPicture;
  } catch (const std::bad_alloc&) {
    outcome = Outcome::kBadAlloc;
  } catch (const Error&) {
  }
  watching = false;
  return outcome;
}

TEST_P(Memory, EveryAllocationThatFailsIsBadAlloc) {
  const FileBytes file = GetParam().file();
  const std::string name = "picture";
  for (const int count : {1, 1 << 30}) {
    int at = 0;
    for (;; ++at) {
      ASSERT_LT(at, 1000);
      const Outcome outcome = decode_with_failure(file, name, at, count);
      ASSERT_EQ(blocks, 0) << "leaks when allocation " << at << " fails";
      if (outcome == Outcome::kPicture) break;
      ASSERT_EQ(outcome, Outcome::kBadAlloc) << "allocation " << at;
    }
    EXPECT_GT(at, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Types, Memory, testing::ValuesIn(kSamples),
                         [](const auto& test) { return std::string(test.param.name); });

std::size_t most_held_by(const FileBytes& file) {
  held = most_held = 0;
  left_until_failure = 1 << 30;
  watching = true;
  Image::decode(file.data(), file.size());
  watching = false;
  return most_held;
}

// The picture itself, and rows beside it.
TEST(MemoryOfPictures, PngAndPnmAreDecodedInPlace) {
  constexpr std::size_t kImage = std::size_t{500} * 400 * 3;
  constexpr std::size_t kRows = 150000;
  EXPECT_LT(most_held_by(bytes_of("P5 500 400 255 ") + FileBytes(200000, 7)), kImage + kRows);
#ifdef LPRNET_WITH_LIBPNG
  for (const bool interlaced : {false, true}) {
    for (const auto& [depth, type] : {std::pair{1, 0}, {16, 0}, {8, 2}, {16, 6}}) {
      const FileBytes file =
          raw_png(500, 400, depth, type, png_rows(500, 400, depth, type, interlaced), interlaced);
      EXPECT_LT(most_held_by(file), kImage + kRows) << depth << " bits, type " << type;
    }
  }
#endif
}

}  // namespace
}  // namespace lprnet::image
