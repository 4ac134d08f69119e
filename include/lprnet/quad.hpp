#pragma once

#include <array>

#include "lprnet/export.hpp"

namespace lprnet {

// A place in a picture, in pixels from its top left corner: the first pixel's centre is
// (0.5, 0.5), and a picture of width w ends at x = w.
struct Point {
  float x = 0;
  float y = 0;
};

// A quadrilateral in a picture, such as a plate seen from the side: top left, top right, bottom
// right and bottom left corner as its text is read, so clockwise for text that is not mirrored.
struct Quad {
  std::array<Point, 4> corners{};
};

// A part of a picture, in pixels from its top left corner.
struct Region {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

// A part of a picture: its edges in shares of the picture's width and height, from the left and
// from the top. Beyond the picture its edge is repeated.
struct Part {
  float left = 0;
  float top = 0;
  float right = 1;
  float bottom = 1;
};

// The upright rectangle from (x, y), `width` times `height` pixels.
constexpr Quad rectangle(float x, float y, float width, float height) {
  return {{{{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}}}};
}

// How much of both is common to both, 0 to 1: intersection over union of their areas, of the convex
// hulls where they are not convex. 0 for corners that are not finite. Thread safe.
LPRNET_API double overlap(const Quad& a, const Quad& b) noexcept;

}  // namespace lprnet
