// Real plates, decoded and resized to the bytes that OpenCV gives.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "base/file_bytes.h"
#include "image/resize.h"
#include "lprnet/image.hpp"
#include "tests/shared_data.h"

namespace lprnet::image {
namespace {

namespace fs = std::filesystem;

struct Folder {
  const char* name;
  int least;  // pictures that it holds at least
};

class SharedPlates : public testing::TestWithParam<Folder> {};

TEST_P(SharedPlates, DecodeAndResizeAsInOpenCv) {
#ifndef LPRNET_WITH_LIBJPEG
  GTEST_SKIP() << "built without libjpeg-turbo, whose bytes OpenCV gives";
#endif
  const fs::path folder = fs::path(LPRNET_SHARED_DIR) / "plates" / GetParam().name;
  LPRNET_NEED_SHARED(folder);
  int count = 0;
  Resizer linear(94, 24, 3, ResizeFilter::kBilinear);
  Resizer cubic(94, 24, 3, ResizeFilter::kBicubic);
  std::vector<std::uint8_t> ours(94 * 24 * 3);
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".jpg" && entry.path().extension() != ".png") continue;
    ++count;
    const base::Bytes file = base::read_file(entry.path());
    const Image image = Image::decode(file.data, file.size);
    const cv::Mat mat = cv::imdecode(
        cv::Mat(1, static_cast<int>(file.size), CV_8U, const_cast<std::uint8_t*>(file.data)),
        cv::IMREAD_COLOR);
    ASSERT_EQ(image.width(), mat.cols) << entry.path();
    ASSERT_EQ(image.height(), mat.rows) << entry.path();
    ASSERT_EQ(std::memcmp(image.data(), mat.data, mat.total() * 3), 0) << entry.path();

    cv::Mat small;
    cv::resize(mat, small, cv::Size(94, 24), 0, 0, cv::INTER_LINEAR);
    linear.resize(image.view(), ours.data());
    ASSERT_EQ(std::memcmp(ours.data(), small.data, ours.size()), 0) << entry.path();
    cv::resize(mat, small, cv::Size(94, 24), 0, 0, cv::INTER_CUBIC);
    cubic.resize(image.view(), ours.data());
    ASSERT_EQ(std::memcmp(ours.data(), small.data, ours.size()), 0) << entry.path();
  }
  EXPECT_GE(count, GetParam().least);
}

INSTANTIATE_TEST_SUITE_P(Folders, SharedPlates,
                         testing::Values(Folder{"ccpd-labelled", 500}, Folder{"green-labelled", 46},
                                         Folder{"ccpd-crops/labelled", 3000}),
                         [](const auto& test) {
                           std::string name = test.param.name;
                           std::replace_if(
                               name.begin(), name.end(),
                               [](char c) { return c == '-' || c == '/'; }, '_');
                           return name;
                         });

}  // namespace
}  // namespace lprnet::image
