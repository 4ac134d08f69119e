// Canvas against OpenCV: within one grey level.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <opencv2/imgproc.hpp>
#include <random>

#include "image/canvas.h"

namespace lprnet::image {
namespace {

TEST(CanvasAndOpenCv, LetterboxAlike) {
  std::mt19937 random(3);
  double sum = 0;
  double count = 0;
  for (const auto& [width, height] : {std::pair{1280, 720},
                                      {1000, 613},
                                      {641, 385},
                                      {640, 384},
                                      {333, 500},
                                      {100, 37},
                                      {2000, 31}}) {
    cv::Mat picture(height, width, CV_8UC3);
    for (std::size_t i = 0; i < picture.total() * 3; ++i) {
      picture.data[i] = static_cast<std::uint8_t>(random());
    }
    const double scale = std::min(320.0 / width, 192.0 / height);
    const cv::Size size(static_cast<int>(std::lrint(width * scale)),
                        static_cast<int>(std::lrint(height * scale)));
    cv::Mat small;
    cv::resize(picture, small, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
    cv::Mat expected(192, 320, CV_8UC3, cv::Scalar(127, 127, 127));
    small.copyTo(expected(
        cv::Rect((320 - size.width) / 2, (192 - size.height) / 2, size.width, size.height)));
    Canvas canvas(320, 192);
    const ImageView view{picture.data, width, height, static_cast<std::ptrdiff_t>(picture.step[0]),
                         PixelFormat::kBgr};
    const ImageView shown = canvas.draw(view, letterbox(width, height, 320, 192), 127);
    int worst = 0;
    for (int i = 0; i < 320 * 192 * 3; ++i) {
      const int difference = std::abs(shown.data[i] - expected.data[i]);
      worst = std::max(worst, difference);
      sum += difference;
    }
    count += 320 * 192 * 3;
    EXPECT_LE(worst, 1) << width << "x" << height;
  }
  EXPECT_LT(sum / count, 0.05);
}

}  // namespace
}  // namespace lprnet::image
