// Resizer and the grey conversion against OpenCV: the same bytes.
#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <random>

#include "image/preprocess.h"
#include "image/resize.h"
#include "tests/image/pictures.h"
#include "tests/image/resize_filters.h"

namespace lprnet::image {
namespace {

int interpolation_of(ResizeFilter filter) {
  switch (filter) {
    case ResizeFilter::kBilinear:
      return cv::INTER_LINEAR;
    case ResizeFilter::kBicubic:
      return cv::INTER_CUBIC;
    case ResizeFilter::kArea:
      return cv::INTER_AREA;
    case ResizeFilter::kLanczos:
      return cv::INTER_LANCZOS4;
  }
  return -1;
}

// The number of bytes that differ, as text; empty when none does.
std::string difference(const cv::Mat& from, int width, int height, ResizeFilter filter) {
  cv::Mat expected;
  cv::resize(from, expected, cv::Size(width, height), 0, 0, interpolation_of(filter));
  const int channels = from.channels();
  FileBytes to(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
               static_cast<std::size_t>(channels));
  Resizer(width, height, channels, filter)
      .resize({from.data, from.cols, from.rows, static_cast<std::ptrdiff_t>(from.step[0]),
               channels == 1 ? PixelFormat::kGray : PixelFormat::kBgr},
              to.data());
  std::size_t different = 0;
  for (std::size_t i = 0; i < to.size(); ++i) different += to[i] != expected.data[i] ? 1 : 0;
  if (different == 0) return "";
  return std::to_string(from.cols) + "x" + std::to_string(from.rows) + " to " +
         std::to_string(width) + "x" + std::to_string(height) + ", " + std::to_string(channels) +
         " channels: " + std::to_string(different) + " bytes differ";
}

cv::Mat random_picture(std::mt19937& random, int width, int height, bool extremes) {
  cv::Mat mat(height, width, random() % 2 == 0 ? CV_8UC1 : CV_8UC3);
  const std::size_t count = mat.total() * mat.elemSize();
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = static_cast<std::uint8_t>(random());
    mat.data[i] = extremes ? static_cast<std::uint8_t>(value < 128 ? 0 : 255) : value;
  }
  return mat;
}

class ResizeAsOpenCv : public testing::TestWithParam<ResizeFilter> {};

INSTANTIATE_TEST_SUITE_P(Filters, ResizeAsOpenCv, testing::ValuesIn(kEveryFilter), filter_name);

TEST_P(ResizeAsOpenCv, RandomSizes) {
  std::mt19937 random(2);
  const auto size = [&](int most) {
    return 1 + static_cast<int>(random() % static_cast<unsigned>(most));
  };
  for (int i = 0; i < 1000; ++i) {
    const cv::Mat from = random_picture(random, size(90), size(60), i % 5 == 0);
    EXPECT_EQ(difference(from, size(110), size(50), GetParam()), "");
  }
}

TEST_P(ResizeAsOpenCv, PlatesOfAnySizeToTheNetworks) {
  std::mt19937 random(3);
  const auto size = [&](int most) {
    return 1 + static_cast<int>(random() % static_cast<unsigned>(most));
  };
  for (int i = 0; i < 200; ++i) {
    const cv::Mat from = random_picture(random, size(500), size(200), i % 5 == 0);
    EXPECT_EQ(difference(from, 94, 24, GetParam()), "");
  }
}

TEST_P(ResizeAsOpenCv, SmallestLargestAndExactRatios) {
  std::mt19937 random(4);
  const std::pair<int, int> sizes[] = {{1, 1},    {1, 24},   {94, 1},   {2, 2},    {94, 24},
                                       {47, 12},  {188, 24}, {94, 48},  {188, 48}, {282, 72},
                                       {376, 96}, {187, 48}, {1, 3000}, {3000, 1}, {2500, 1700}};
  for (const auto& [width, height] : sizes) {
    for (int i = 0; i < 4; ++i) {
      const cv::Mat from = random_picture(random, width, height, i % 2 == 0);
      EXPECT_EQ(difference(from, 94, 24, GetParam()), "");
      EXPECT_EQ(difference(from, 1, 1, GetParam()), "");
    }
  }
}

TEST_P(ResizeAsOpenCv, WholeRatios) {
  std::mt19937 random(5);
  for (int columns = 1; columns <= 60; ++columns) {
    for (const int rows : {1, 2, 3, columns}) {
      const cv::Mat from = random_picture(random, 7 * columns, 5 * rows, columns % 3 == 0);
      EXPECT_EQ(difference(from, 7, 5, GetParam()), "");
    }
  }
}

TEST(GrayAsOpenCv, EveryBlueGreenAndRed) {
  // All multiples of 3 and 255 in each channel: 86^3 colours.
  cv::Mat colors(86, 86 * 86, CV_8UC3);
  for (int blue = 0; blue < 86; ++blue) {
    for (int i = 0; i < 86 * 86; ++i) {
      colors.at<cv::Vec3b>(blue, i) =
          cv::Vec3b(static_cast<std::uint8_t>(3 * blue), static_cast<std::uint8_t>(3 * (i / 86)),
                    static_cast<std::uint8_t>(3 * (i % 86)));
    }
  }
  cv::Mat expected;
  cv::cvtColor(colors, expected, cv::COLOR_BGR2GRAY);
  Preprocessing preprocessing;
  preprocessing.channel_order = ChannelOrder::kGray;
  preprocessing.scale = {1.0F, 1.0F, 1.0F};
  std::vector<float> to(colors.total());
  Preprocessor(preprocessing, colors.cols, colors.rows)
      .run({colors.data, colors.cols, colors.rows, static_cast<std::ptrdiff_t>(colors.step[0]),
            PixelFormat::kBgr},
           to.data(), colors.cols, 1, 1);
  EXPECT_TRUE(std::equal(to.begin(), to.end(), expected.data));
}

}  // namespace
}  // namespace lprnet::image
