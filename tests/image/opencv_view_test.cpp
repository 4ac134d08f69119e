#include <gtest/gtest.h>

#include <opencv2/core.hpp>

#include "lprnet/opencv.hpp"

namespace lprnet {
namespace {

TEST(ViewOfMat, TakesOneThreeAndFourChannels) {
  const cv::Mat gray(4, 6, CV_8UC1);
  const cv::Mat bgr(4, 6, CV_8UC3);
  const cv::Mat bgra(4, 6, CV_8UC4);
  EXPECT_EQ(view_of(gray).format, PixelFormat::kGray);
  EXPECT_EQ(view_of(bgr).format, PixelFormat::kBgr);
  EXPECT_EQ(view_of(bgra).format, PixelFormat::kBgra);
  EXPECT_EQ(view_of(bgr).data, bgr.data);
  EXPECT_EQ(view_of(bgr).width, 6);
  EXPECT_EQ(view_of(bgr).height, 4);
  EXPECT_EQ(view_of(bgr).row_bytes, 18);
}

TEST(ViewOfMat, TakesARegionWithItsRowStep) {
  const cv::Mat whole(10, 20, CV_8UC3);
  const ImageView view = view_of(whole(cv::Rect(5, 2, 8, 3)));
  EXPECT_EQ(view.data, whole.data + 2 * 60 + 5 * 3);
  EXPECT_EQ(view.width, 8);
  EXPECT_EQ(view.height, 3);
  EXPECT_EQ(view.row_bytes, 60);
}

TEST(ViewOfMat, RefusesEverythingElse) {
  const int sizes[] = {2, 3, 4};
  for (const cv::Mat& mat : {cv::Mat(), cv::Mat(3, 3, CV_8UC2), cv::Mat(3, 3, CV_32FC3),
                             cv::Mat(3, 3, CV_16UC1), cv::Mat(3, sizes, CV_8UC3)}) {
    try {
      view_of(mat);
      ADD_FAILURE() << "type " << mat.type();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    }
  }
}

}  // namespace
}  // namespace lprnet
