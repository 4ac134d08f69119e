// Warper against OpenCV: the same bytes.
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>
#include <random>
#include <string>
#include <vector>

#include "image/warp.h"

namespace lprnet::image {
namespace {

cv::Mat noise(std::mt19937& random, int width, int height, int type) {
  cv::Mat mat(height, width, type);
  for (std::size_t i = 0; i < mat.total() * mat.elemSize(); ++i) {
    mat.data[i] = static_cast<std::uint8_t>(random());
  }
  return mat;
}

PixelFormat format_of(const cv::Mat& mat) {
  return mat.channels() == 1 ? PixelFormat::kGray : PixelFormat::kBgr;
}

ImageView view_of(const cv::Mat& mat) {
  return {mat.data, mat.cols, mat.rows, static_cast<std::ptrdiff_t>(mat.step[0]), format_of(mat)};
}

cv::Mat by_opencv(const cv::Mat& from, const Homography& map, const Border& border, int width,
                  int height) {
  const cv::Mat matrix(3, 3, CV_64F, const_cast<double*>(map.m.data()));
  const cv::Scalar color =
      border.color ? cv::Scalar((*border.color)[0], (*border.color)[1], (*border.color)[2])
                   : cv::Scalar();
  cv::Mat to;
  cv::warpPerspective(from, to, matrix, cv::Size(width, height),
                      cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                      border.color ? cv::BORDER_CONSTANT : cv::BORDER_REPLICATE, color);
  return to;
}

std::size_t different(const cv::Mat& expected, const std::vector<std::uint8_t>& found) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < found.size(); ++i) count += found[i] != expected.data[i] ? 1 : 0;
  return count;
}

Quad random_quad(std::mt19937& random, float width, float height, float wobble) {
  std::uniform_real_distribution<float> jitter(-wobble, wobble);
  Quad quad = rectangle(jitter(random), jitter(random), width, height);
  for (Point& corner : quad.corners)
    corner = {corner.x + jitter(random), corner.y + jitter(random)};
  return quad;
}

TEST(WarpAsOpenCv, RandomQuadrilaterals) {
  std::mt19937 random(7);
  const auto size = [&random](int least, int most) {
    return least + static_cast<int>(random() % static_cast<unsigned>(most - least));
  };
  int compared = 0;
  for (int i = 0; i < 600; ++i) {
    const cv::Mat from = noise(random, size(1, 120), size(1, 90), i % 3 == 0 ? CV_8UC1 : CV_8UC3);
    const int width = size(1, 200);
    const int height = size(1, 70);
    // Not reduced by two or more, beyond the picture on every side.
    const Quad quad = random_quad(random, static_cast<float>(width) * 0.9F,
                                  static_cast<float>(height) * 0.9F, 12);
    const auto map = from_rectangle(width, height, quad);
    if (!map || reduction_at_middle(*map, width, height) >= 2) continue;
    Border border;
    if (i % 2 == 0) border.color = {{10, 200, 77}};
    Warper warper(width, height, from.channels());
    std::vector<std::uint8_t> found(static_cast<std::size_t>(width * height * from.channels()));
    warper.warp(view_of(from), *map, border, found.data());
    EXPECT_EQ(different(by_opencv(from, *map, border, width, height), found), 0U)
        << i << ": " << from.cols << "x" << from.rows << " to " << width << "x" << height;
    ++compared;
  }
  EXPECT_GT(compared, 400);
}

TEST(WarpAsOpenCv, LargePlatesAreMeansOfAFinerOne) {
  std::mt19937 random(8);
  const cv::Mat from = noise(random, 800, 300, CV_8UC3);
  for (const int finer : {2, 3, 4}) {
    const int width = 96;
    const int height = 32;
    const float factor = static_cast<float>(finer) + 0.2F;
    const Quad quad = random_quad(random, width * factor, height * factor, 5);
    const auto map = from_rectangle(width, height, quad);
    const auto fine = from_rectangle(width * finer, height * finer, quad);
    ASSERT_TRUE(map && fine);
    ASSERT_EQ(static_cast<int>(reduction_at_middle(*map, width, height)), finer);
    const cv::Mat large = by_opencv(from, *fine, {}, width * finer, height * finer);
    Warper warper(width, height, 3);
    std::vector<std::uint8_t> found(static_cast<std::size_t>(width * height * 3));
    warper.warp(view_of(from), *map, {}, found.data());
    int worst = 0;
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        for (int c = 0; c < 3; ++c) {
          int sum = 0;
          for (int j = 0; j < finer; ++j) {
            for (int i = 0; i < finer; ++i) {
              sum += large.at<cv::Vec3b>(y * finer + j, x * finer + i)[c];
            }
          }
          const int samples = finer * finer;
          const int mean = (sum + samples / 2) / samples;
          const auto at = static_cast<std::size_t>((y * width + x) * 3 + c);
          worst = std::max(worst, std::abs(mean - int{found[at]}));
        }
      }
    }
    // Both maps are rounded to 1/32 pixel after sums in another order.
    EXPECT_LE(worst, 4) << finer;
  }
}

}  // namespace
}  // namespace lprnet::image
