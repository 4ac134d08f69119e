#include "image/homography.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace lprnet::image {
namespace {

TEST(Homography, LeadsTheCornersOfTheRectangleToThoseOfTheQuadrilateral) {
  const Quad quad{{{{10, 20}, {110, 5}, {130, 60}, {4, 50}}}};
  const auto map = from_rectangle(94, 24, quad);
  ASSERT_TRUE(map);
  const std::array<std::array<double, 2>, 4> corners{
      {{-0.5, -0.5}, {93.5, -0.5}, {93.5, 23.5}, {-0.5, 23.5}}};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto& m = map->m;
    const auto [x, y] = corners[i];
    const double w = m[6] * x + m[7] * y + m[8];
    EXPECT_NEAR((m[0] * x + m[1] * y + m[2]) / w, quad.corners[i].x - 0.5, 1e-9);
    EXPECT_NEAR((m[3] * x + m[4] * y + m[5]) / w, quad.corners[i].y - 0.5, 1e-9);
  }
}

TEST(Homography, NoneForWhatIsNoQuadrilateral) {
  const float nan = std::nanf("");
  EXPECT_FALSE(from_rectangle(94, 24, Quad{}));
  EXPECT_FALSE(from_rectangle(94, 24, rectangle(0, 0, 10, 0)));
  EXPECT_FALSE(from_rectangle(94, 24, rectangle(0, 0, nan, 5)));
  EXPECT_FALSE(from_rectangle(94, 24, rectangle(10, 0, -10, 5))) << "mirrored";
  EXPECT_FALSE(from_rectangle(94, 24, Quad{{{{0, 0}, {10, 0}, {2, 2}, {0, 10}}}})) << "a dent";
  EXPECT_FALSE(from_rectangle(94, 24, Quad{{{{0, 0}, {10, 10}, {10, 0}, {0, 10}}}})) << "crossed";
  EXPECT_TRUE(from_rectangle(94, 24, rectangle(-1e6F, 3, 20, 4)));
}

}  // namespace
}  // namespace lprnet::image
