#pragma once

#include <array>

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

// The upright rectangle from (x, y), `width` times `height` pixels.
constexpr Quad rectangle(float x, float y, float width, float height) {
  return {{{{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}}}};
}

}  // namespace lprnet
