#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>
#include <random>

#include "lprnet/camera.hpp"

namespace lprnet {
namespace {

struct Layout {
  const char* name;
  CameraFormat format;
  cv::ColorConversionCodes code;
};

void PrintTo(const Layout& layout, std::ostream* out) { *out << layout.name; }

class CameraOfOpenCv : public testing::TestWithParam<Layout> {
 protected:
  bool has_planes() const { return GetParam().format != CameraFormat::kYuyv; }

  // Every byte is possible, also brightness below 16 and over 235.
  cv::Mat frame(int width, int height) {
    cv::Mat mat =
        has_planes() ? cv::Mat(height * 3 / 2, width, CV_8UC1) : cv::Mat(height, width, CV_8UC2);
    for (int y = 0; y < mat.rows; ++y) {
      for (std::size_t x = 0; x < mat.elemSize() * static_cast<std::size_t>(mat.cols); ++x) {
        mat.ptr(y)[x] = static_cast<std::uint8_t>(engine_() % 256);
      }
    }
    return mat;
  }

  CameraView view_of(const cv::Mat& mat, int width, int height) const {
    return {mat.data, width, height, static_cast<std::ptrdiff_t>(mat.step), GetParam().format};
  }

  static bool equal(const Image& image, const cv::Mat& mat) {
    if (image.width() != mat.cols || image.height() != mat.rows) return false;
    const auto row = static_cast<std::size_t>(3 * mat.cols);
    for (int y = 0; y < mat.rows; ++y) {
      if (std::memcmp(image.data() + static_cast<std::size_t>(y) * row, mat.ptr(y), row) != 0) {
        return false;
      }
    }
    return true;
  }

 private:
  std::mt19937 engine_{7};
};

TEST_P(CameraOfOpenCv, PixelsAreTheSame) {
  for (const auto& [width, height] : {std::pair{2, 2}, {64, 6}, {126, 34}, {640, 480}}) {
    const cv::Mat mat = frame(width, height);
    cv::Mat expected;
    cv::cvtColor(mat, expected, GetParam().code);
    EXPECT_TRUE(equal(to_image(view_of(mat, width, height)), expected)) << width << 'x' << height;
  }
}

TEST_P(CameraOfOpenCv, PartsAreThePartsOfTheWhole) {
  const cv::Mat mat = frame(32, 18);
  cv::Mat expected;
  cv::cvtColor(mat, expected, GetParam().code);
  for (const Region& part : {Region{0, 0, 32, 18},
                             {1, 1, 1, 1},
                             {3, 5, 8, 7},
                             {31, 17, 1, 1},
                             {2, 0, 5, 18},
                             {0, 9, 32, 2}}) {
    EXPECT_TRUE(equal(to_image(view_of(mat, 32, 18), part),
                      expected(cv::Rect(part.x, part.y, part.width, part.height))))
        << part.x << ' ' << part.y << ' ' << part.width << ' ' << part.height;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, CameraOfOpenCv,
    testing::Values(Layout{"nv12", CameraFormat::kNv12, cv::COLOR_YUV2BGR_NV12},
                    Layout{"nv21", CameraFormat::kNv21, cv::COLOR_YUV2BGR_NV21},
                    Layout{"yuyv", CameraFormat::kYuyv, cv::COLOR_YUV2BGR_YUYV}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace lprnet
