#include "image/resize.h"

#include <gtest/gtest.h>

#include "tests/image/pictures.h"

namespace lprnet::image {
namespace {

FileBytes resized(const ImageView& from, int width, int height, int channels, ResizeFilter filter) {
  FileBytes to(static_cast<std::size_t>(width * height * channels));
  Resizer(width, height, channels, filter).resize(from, to.data());
  return to;
}

class Resize : public testing::TestWithParam<ResizeFilter> {};

INSTANTIATE_TEST_SUITE_P(Filters, Resize,
                         testing::Values(ResizeFilter::kBilinear, ResizeFilter::kBicubic),
                         [](const auto& test) {
                           return test.param == ResizeFilter::kBilinear ? "Bilinear" : "Bicubic";
                         });

// From OpenCV 4.6.0 (Debian, x86-64): cv::resize of pattern(5, 4, 3) to 4x3.
TEST(ResizeKnownAnswer, Bilinear) {
  const FileBytes expected = {
      40, 47,  145, 145, 197, 96,  162, 67,  172, 208, 19,  186, 97,  69,  190, 87,  179, 194,
      81, 168, 135, 101, 105, 184, 55,  195, 174, 126, 170, 135, 124, 111, 140, 163, 132, 201,
  };
  EXPECT_EQ(
      resized(view_of(pattern(5, 4, 3), 5, 4, PixelFormat::kBgr), 4, 3, 3, ResizeFilter::kBilinear),
      expected);
}

TEST(ResizeKnownAnswer, Bicubic) {
  const FileBytes expected = {
      36, 43,  145, 159, 230, 79,  160, 56,  180, 212, 15,  186, 109, 54,  197, 74,  192, 222,
      64, 195, 115, 82,  110, 184, 52,  199, 174, 136, 172, 127, 121, 101, 134, 166, 134, 202,
  };
  EXPECT_EQ(
      resized(view_of(pattern(5, 4, 3), 5, 4, PixelFormat::kBgr), 4, 3, 3, ResizeFilter::kBicubic),
      expected);
}

TEST_P(Resize, RightSizeIsNotTouched) {
  const FileBytes pixels = pattern(9, 4, 3);
  EXPECT_EQ(resized(view_of(pixels, 9, 4, PixelFormat::kRgb), 9, 4, 3, GetParam()), pixels);
}

TEST_P(Resize, OnePixelFillsTheWhole) {
  const FileBytes expected = [] {
    FileBytes all;
    for (int i = 0; i < 94 * 24; ++i) all.insert(all.end(), {7, 130, 255});
    return all;
  }();
  EXPECT_EQ(resized(view_of({7, 130, 255}, 1, 1, PixelFormat::kBgr), 94, 24, 3, GetParam()),
            expected);
}

TEST_P(Resize, EvenColorStaysAtAnySize) {
  for (const auto& [width, height] : {std::pair{1, 50}, {50, 1}, {187, 47}, {31, 9}, {600, 400}}) {
    const FileBytes gray(static_cast<std::size_t>(width * height), 255);
    EXPECT_EQ(resized(view_of(gray, width, height, PixelFormat::kGray), 94, 24, 1, GetParam()),
              FileBytes(94 * 24, 255))
        << width << "x" << height;
  }
}

TEST(ResizeBilinear, HalvingTakesTheMeanOfFour) {
  const FileBytes gray = {0, 1, 10, 20,  //
                          2, 3, 30, 41};
  EXPECT_EQ(resized(view_of(gray, 4, 2, PixelFormat::kGray), 2, 1, 1, ResizeFilter::kBilinear),
            (FileBytes{2, 25}));
}

TEST_P(Resize, AlphaIsDropped) {
  const FileBytes rgb = pattern(13, 7, 3);
  FileBytes rgba;
  for (std::size_t i = 0; i < rgb.size(); ++i) {
    rgba.push_back(rgb[i]);
    if (i % 3 == 2) rgba.push_back(static_cast<std::uint8_t>(i));
  }
  for (const auto& [width, height] : {std::pair{13, 7}, {20, 5}, {94, 24}}) {
    EXPECT_EQ(resized(view_of(rgba, 13, 7, PixelFormat::kBgra), width, height, 3, GetParam()),
              resized(view_of(rgb, 13, 7, PixelFormat::kBgr), width, height, 3, GetParam()));
  }
  const FileBytes double_size = pattern(8, 4, 4);
  FileBytes without;
  for (std::size_t i = 0; i < double_size.size(); ++i) {
    if (i % 4 != 3) without.push_back(double_size[i]);
  }
  EXPECT_EQ(resized(view_of(double_size, 8, 4, PixelFormat::kRgba), 4, 2, 3, GetParam()),
            resized(view_of(without, 8, 4, PixelFormat::kRgb), 4, 2, 3, GetParam()));
}

TEST_P(Resize, GrayIsRepeatedForThreeChannels) {
  const FileBytes gray = pattern(14, 8, 1);
  FileBytes bgr;
  for (const std::uint8_t value : gray) bgr.insert(bgr.end(), 3, value);
  for (const auto& [width, height] : {std::pair{14, 8}, {7, 4}, {20, 5}, {94, 24}}) {
    EXPECT_EQ(resized(view_of(gray, 14, 8, PixelFormat::kGray), width, height, 3, GetParam()),
              resized(view_of(bgr, 14, 8, PixelFormat::kBgr), width, height, 3, GetParam()));
  }
}

TEST_P(Resize, FollowsTheRowStride) {
  const FileBytes dense = pattern(11, 6, 3);
  FileBytes padded;
  for (std::size_t y = 0; y < 6; ++y) {
    padded.insert(padded.end(), dense.begin() + static_cast<std::ptrdiff_t>(y * 33),
                  dense.begin() + static_cast<std::ptrdiff_t>(y * 33 + 33));
    padded.insert(padded.end(), 5, 0xEE);
  }
  const ImageView view = {padded.data(), 11, 6, 38, PixelFormat::kBgr};
  for (const auto& [width, height] : {std::pair{11, 6}, {5, 9}, {94, 24}}) {
    EXPECT_EQ(resized(view, width, height, 3, GetParam()),
              resized(view_of(dense, 11, 6, PixelFormat::kBgr), width, height, 3, GetParam()));
  }
}

TEST_P(Resize, OneResizerTakesImagesOfDifferentSizesAndFormats) {
  Resizer resizer(20, 10, 3, GetParam());
  FileBytes to(600);
  const FileBytes bytes = pattern(40, 40, 4);
  for (const auto& [width, height, format] : {std::tuple{7, 9, PixelFormat::kBgr},
                                              {7, 9, PixelFormat::kBgra},
                                              {40, 20, PixelFormat::kBgr},
                                              {7, 9, PixelFormat::kGray},
                                              {20, 10, PixelFormat::kBgr},
                                              {39, 2, PixelFormat::kRgb}}) {
    const ImageView view = view_of(bytes, width, height, format);
    resizer.resize(view, to.data());
    EXPECT_EQ(to, resized(view, 20, 10, 3, GetParam())) << width << "x" << height;
  }
}

}  // namespace
}  // namespace lprnet::image
