#include "motion.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>
#include <optional>

namespace lprnet::watch {
namespace {

cv::Mat street() {
  cv::Mat frame(1080, 1920, CV_8UC3, cv::Scalar(90, 100, 95));
  cv::rectangle(frame, {0, 700, 1920, 380}, cv::Scalar(70, 70, 72), -1);
  return frame;
}

cv::Mat with_noise(const cv::Mat& frame, cv::RNG& random) {
  cv::Mat noise(frame.size(), CV_16SC3);
  random.fill(noise, cv::RNG::NORMAL, 0, 6);
  cv::Mat sum;
  cv::add(frame, noise, sum, cv::noArray(), CV_8UC3);
  return sum;
}

TEST(Motion, IsNotInAStreetThatOnlyFlickers) {
  cv::RNG random(1);
  Motion motion;
  EXPECT_TRUE(motion.in(with_noise(street(), random)));  // unknown yet
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(motion.in(with_noise(street(), random))) << i;
}

TEST(Motion, IsAroundWhatMoves) {
  cv::RNG random(1);
  Motion motion;
  for (int i = 0; i < 5; ++i) motion.in(with_noise(street(), random));
  cv::Mat frame = street();
  const cv::Rect car(1200, 500, 300, 240);
  cv::rectangle(frame, car, cv::Scalar(30, 30, 160), -1);
  const std::optional<Region> moving = motion.in(with_noise(frame, random));
  ASSERT_TRUE(moving);
  const cv::Rect found(moving->x, moving->y, moving->width, moving->height);
  EXPECT_EQ(found & car, car);
  EXPECT_GE(found.width, 640);
  EXPECT_GE(found.height, 384);
  EXPECT_LT(found.area(), 1920 * 1080 / 3);
  EXPECT_EQ(found & cv::Rect(0, 0, 1920, 1080), found);
}

TEST(Motion, EndsWhenACarStaysAndTakesFramesOfAnotherSize) {
  Motion motion;
  motion.in(street());
  cv::Mat frame = street();
  cv::rectangle(frame, {1200, 500, 300, 240}, cv::Scalar(30, 30, 160), -1);
  EXPECT_TRUE(motion.in(frame));
  bool moves = true;
  for (int i = 0; i < 100 && moves; ++i) moves = motion.in(frame).has_value();
  EXPECT_FALSE(moves);
  const cv::Mat small(100, 80, CV_8UC1, cv::Scalar(90));
  const std::optional<Region> all = motion.in(small);
  ASSERT_TRUE(all);
  EXPECT_EQ(all->width, 80);
  EXPECT_EQ(all->height, 100);
  EXPECT_FALSE(motion.in(small));
}

}  // namespace
}  // namespace lprnet::watch
