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

TEST(Homography, LeadsPartsToWherePerspectiveShowsThem) {
  // What is seen of a floor: the further edge is half as long, so the middle is nearer to it.
  const Quad quad{{{{25, 0}, {75, 0}, {100, 60}, {0, 60}}}};
  const auto whole = part_of(quad, Part{});
  ASSERT_TRUE(whole);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(whole->corners[i].x, quad.corners[i].x, 1e-4);
    EXPECT_NEAR(whole->corners[i].y, quad.corners[i].y, 1e-4);
  }
  const auto nearer = part_of(quad, Part{0.5F, 0.5F, 1, 1});
  ASSERT_TRUE(nearer);
  EXPECT_NEAR(nearer->corners[0].x, 50, 1e-4);
  EXPECT_NEAR(nearer->corners[0].y, 20, 1e-4);  // where the diagonals cross
  EXPECT_NEAR(nearer->corners[2].x, 100, 1e-4);
  EXPECT_NEAR(nearer->corners[2].y, 60, 1e-4);
  EXPECT_TRUE(part_of(quad, Part{-0.1F, -0.1F, 1.1F, 1.1F}));
  EXPECT_FALSE(part_of(quad, Part{0, 0.5F, 1, 3})) << "behind the camera";
  EXPECT_FALSE(part_of(Quad{}, Part{}));
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
