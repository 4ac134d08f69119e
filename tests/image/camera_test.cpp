#include "lprnet/camera.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "tests/error_of.h"

namespace lprnet {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<int> pixels_of(const Image& image) {
  return {image.data(), image.data() + std::ptrdiff_t{3} * image.width() * image.height()};
}

// ITU-R BT.601: Y 16 is black, 235 white; blue is Y 41, U 240, V 110 and red Y 81, U 90, V 240.
TEST(Camera, ColoursAreThoseOfTheStandard) {
  const std::vector<std::uint8_t> frame{16,  235, 126, 0,   41,  41,  81, 81,  //
                                        16,  235, 126, 255, 41,  41,  81, 81,  //
                                        128, 128, 128, 128, 240, 110, 90, 240};
  const Image image = to_image({frame.data(), 8, 2, 8, CameraFormat::kNv12});
  EXPECT_THAT(pixels_of(to_image({frame.data(), 8, 2, 8, CameraFormat::kNv12}, {0, 0, 4, 1})),
              ElementsAre(0, 0, 0, 255, 255, 255, 128, 128, 128, 0, 0, 0));
  EXPECT_THAT(pixels_of(to_image({frame.data(), 8, 2, 8, CameraFormat::kNv12}, {3, 1, 4, 1})),
              ElementsAre(255, 255, 255, 255, 0, 0, 255, 0, 0, 0, 0, 254));
  EXPECT_EQ(image.width(), 8);
  EXPECT_EQ(image.height(), 2);
}

TEST(Camera, PlanesMayLieApartInRowsOfTheirOwn) {
  std::vector<std::uint8_t> together(4 * 4 * 3 / 2);
  std::iota(together.begin(), together.end(), std::uint8_t{60});
  std::vector<std::uint8_t> brightness(4 * 7, 1);
  std::vector<std::uint8_t> chroma(2 * 5, 2);
  for (std::size_t y = 0; y < 4; ++y) {
    std::copy_n(together.begin() + static_cast<std::ptrdiff_t>(4 * y), 4,
                brightness.begin() + static_cast<std::ptrdiff_t>(7 * y));
  }
  for (std::size_t y = 0; y < 2; ++y) {
    std::copy_n(together.begin() + static_cast<std::ptrdiff_t>(16 + 4 * y), 4,
                chroma.begin() + static_cast<std::ptrdiff_t>(5 * y));
  }
  for (const CameraFormat format : {CameraFormat::kNv12, CameraFormat::kNv21}) {
    EXPECT_EQ(pixels_of(to_image({brightness.data(), 4, 4, 7, format, chroma.data(), 5})),
              pixels_of(to_image({together.data(), 4, 4, 0, format})));
  }
}

TEST(Camera, TheNextFrameUsesTheSameMemory) {
  std::vector<std::uint8_t> frame(64, 200);
  const CameraView view{frame.data(), 8, 4, 16, CameraFormat::kYuyv};
  Image image;
  to_image(view, {0, 0, 6, 2}, image);
  const auto* const before = image.data();
  const auto bright = pixels_of(image);
  std::fill(frame.begin(), frame.end(), std::uint8_t{90});
  to_image(view, {2, 2, 6, 2}, image);
  EXPECT_EQ(image.data(), before);
  EXPECT_NE(pixels_of(image), bright);
}

TEST(Camera, FramesThatCannotBeAreRefused) {
  const std::vector<std::uint8_t> frame(64);
  const CameraView good{frame.data(), 4, 4, 0, CameraFormat::kNv12};
  const auto refusal = [](const CameraView& view) {
    return test::error_of([&] { to_image(view); }, ErrorCode::kInvalidArgument);
  };
  CameraView bad = good;
  bad.data = nullptr;
  EXPECT_THAT(refusal(bad), HasSubstr("without data"));
  for (const int side : {0, -2, 3, 1 << 30}) {
    bad = good;
    bad.width = side;
    EXPECT_THAT(refusal(bad), HasSubstr("x4 pixels, expected an even width and height"));
    bad = good;
    bad.height = side;
    EXPECT_THAT(refusal(bad), HasSubstr("a frame of 4x" + std::to_string(side)));
  }
  bad = good;
  bad.row_bytes = 3;
  EXPECT_THAT(refusal(bad), HasSubstr("rows of 3 and 3 bytes, expected at least 4"));
  bad = good;
  bad.chroma_row_bytes = -4;
  EXPECT_THAT(refusal(bad), HasSubstr("rows of 4 and -4 bytes"));
  bad = {frame.data(), 4, 3, 7, CameraFormat::kYuyv};
  EXPECT_THAT(refusal(bad), HasSubstr("rows of 7 bytes, expected at least 8"));
  bad.row_bytes = 8;
  EXPECT_EQ(to_image(bad).height(), 3);
}

TEST(Camera, PartsLieInTheFrame) {
  const std::vector<std::uint8_t> frame(64);
  Image image(2, 2);
  const auto* const before = image.data();
  for (const Region& part : {Region{-1, 0, 2, 2},
                             {0, -1, 2, 2},
                             {0, 0, 0, 2},
                             {0, 0, 2, 0},
                             {3, 0, 2, 2},
                             {0, 3, 2, 2},
                             {1, 0, 2147483647, 2}}) {
    EXPECT_THAT(test::error_of(
                    [&] {
                      to_image({frame.data(), 4, 4, 0, CameraFormat::kNv12}, part, image);
                    },
                    ErrorCode::kInvalidArgument),
                HasSubstr("of a frame of 4x4, expected one that lies in it"));
  }
  EXPECT_EQ(image.data(), before);
}

}  // namespace
}  // namespace lprnet
