// Pictures that once cost too much, or read memory that was never written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "lprnet/error.hpp"
#include "lprnet/image.hpp"
#include "tests/shared_data.h"

namespace lprnet::image {
namespace {

namespace fs = std::filesystem;

const fs::path kCases = fs::path(LPRNET_SHARED_DIR) / "cases" / "hostile";

TEST(HostileShared, PngOfOneBitIsRefusedByItsSize) {
  const fs::path file = kCases / "png_1bit_16384.png";
  LPRNET_NEED_SHARED(file);
  ImageOptions options;
  for (const char* limit : {"more than the limit of 134217728 pixels", "more than 64 pixels"}) {
    try {
      Image::load(file, options);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kLimit);
      EXPECT_THAT(error.what(), testing::HasSubstr(limit));
    }
    options.max_pixels = Image::kMaxPixels;
  }
}

TEST(HostileShared, PngWithABadIndexHasDefinedPixels) {
  const fs::path file = kCases / "png_palette_bad_index.png";
  LPRNET_NEED_SHARED(file);
  const Image first = Image::load(file);
  const auto bytes = static_cast<std::size_t>(first.width() * first.height() * 3);
  int black = 0;
  for (std::size_t i = 0; i < bytes; i += 3) {
    black += (first.data()[i] | first.data()[i + 1] | first.data()[i + 2]) == 0 ? 1 : 0;
  }
  EXPECT_GT(black, 0);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(std::memcmp(Image::load(file).data(), first.data(), bytes), 0);
  }
}

}  // namespace
}  // namespace lprnet::image
