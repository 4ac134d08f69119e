#include "image/resize.h"

#include <gtest/gtest.h>

#include "tests/image/pictures.h"
#include "tests/image/resize_filters.h"

namespace lprnet::image {
namespace {

FileBytes resized(const ImageView& from, int width, int height, int channels, ResizeFilter filter) {
  FileBytes to(static_cast<std::size_t>(width * height * channels));
  Resizer(width, height, channels, filter).resize(from, to.data());
  return to;
}

// A pattern of so many columns and 4 rows, to 4x3.
FileBytes resized_pattern(int columns, ResizeFilter filter) {
  return resized(view_of(pattern(columns, 4, 3), columns, 4, PixelFormat::kBgr), 4, 3, 3, filter);
}

class Resize : public testing::TestWithParam<ResizeFilter> {};

INSTANTIATE_TEST_SUITE_P(Filters, Resize, testing::ValuesIn(kEveryFilter), filter_name);

// From OpenCV 4.6.0 (Debian, x86-64): cv::resize of pattern(5, 4, 3) to 4x3.
TEST(ResizeKnownAnswer, Bilinear) {
  const FileBytes expected = {
      40, 47,  145, 145, 197, 96,  162, 67,  172, 208, 19,  186, 97,  69,  190, 87,  179, 194,
      81, 168, 135, 101, 105, 184, 55,  195, 174, 126, 170, 135, 124, 111, 140, 163, 132, 201,
  };
  EXPECT_EQ(resized_pattern(5, ResizeFilter::kBilinear), expected);
}

TEST(ResizeKnownAnswer, Bicubic) {
  const FileBytes expected = {
      36, 43,  145, 159, 230, 79,  160, 56,  180, 212, 15,  186, 109, 54,  197, 74,  192, 222,
      64, 195, 115, 82,  110, 184, 52,  199, 174, 136, 172, 127, 121, 101, 134, 166, 134, 202,
  };
  EXPECT_EQ(resized_pattern(5, ResizeFilter::kBicubic), expected);
}

TEST(ResizeKnownAnswer, Area) {
  const FileBytes expected = {
      56, 70,  149, 143, 194, 109, 156, 74,  170, 190, 22,  188, 96,  80,  195, 88,  178, 191,
      81, 167, 134, 99,  111, 182, 62,  177, 166, 119, 169, 141, 118, 124, 139, 158, 133, 190,
  };
  EXPECT_EQ(resized_pattern(5, ResizeFilter::kArea), expected);
}

// Of means in one direction it makes bilinear ones, with positions of their own.
TEST(ResizeKnownAnswer, AreaThatGrows) {
  const FileBytes expected = {
      54,  6,  152, 140, 121, 94,  163, 162, 102, 124, 130, 175, 152, 127, 222, 189, 84,  176,
      170, 77, 172, 95,  105, 209, 55,  77,  227, 86,  44,  156, 92,  64,  156, 74,  137, 228,
  };
  EXPECT_EQ(resized_pattern(3, ResizeFilter::kArea), expected);
}

TEST(ResizeKnownAnswer, Lanczos) {
  const FileBytes expected = {
      35, 48,  148, 165, 238, 74,  158, 37,  189, 212, 10,  188, 112, 52,  203, 71,  189, 230,
      61, 195, 102, 77,  113, 188, 48,  196, 168, 140, 176, 128, 118, 101, 137, 172, 136, 199,
  };
  EXPECT_EQ(resized_pattern(5, ResizeFilter::kLanczos), expected);
}

TEST(ResizeArea, TakesTheMeanOfWholePixelsHalvesToEven) {
  // Six pixels each: 15 / 6 = 2.5 and 21 / 6 = 3.5.
  const FileBytes gray = {1, 2, 3, 4, 5, 0,  //
                          2, 3, 4, 4, 4, 4};
  EXPECT_EQ(resized(view_of(gray, 6, 2, PixelFormat::kGray), 2, 1, 1, ResizeFilter::kArea),
            (FileBytes{2, 4}));
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

TEST_P(Resize, OneResizerMakesPicturesOfDifferentSizes) {
  Resizer resizer(20, 10, 3, GetParam());
  const FileBytes bytes = pattern(40, 40, 3);
  for (const auto& [width, height] : {std::pair{20, 10}, {20, 3}, {1, 10}, {7, 7}, {20, 10}}) {
    FileBytes to(static_cast<std::size_t>(width * height * 3));
    resizer.set_size(width, height);
    for (const int size : {40, 9}) {
      const ImageView view = view_of(bytes, size, size, PixelFormat::kBgr);
      resizer.resize(view, to.data());
      EXPECT_EQ(to, resized(view, width, height, 3, GetParam())) << width << "x" << height;
    }
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
