#include "image/homography.h"

#include <cmath>

namespace lprnet::image {
namespace {

// Twice the signed area of the triangle; positive where a, b, c turn clockwise on the screen.
double turn(const Point& a, const Point& b, const Point& c) {
  return (double{b.x} - a.x) * (double{c.y} - a.y) - (double{b.y} - a.y) * (double{c.x} - a.x);
}

bool is_convex(const Quad& quad) {
  const auto& c = quad.corners;
  for (std::size_t i = 0; i < 4; ++i) {
    // Not the negation of <=, which a NaN would pass.
    if (!(turn(c[i], c[(i + 1) % 4], c[(i + 2) % 4]) > 0)) return false;
  }
  return true;
}

bool is_finite(const Homography& map) {
  for (const double value : map.m) {
    if (!std::isfinite(value)) return false;
  }
  return true;
}

}  // namespace

// The unit square's map is Heckbert's, "Fundamentals of Texture Mapping and Image Warping", 1989.
std::optional<Homography> from_rectangle(int width, int height, const Quad& quad) {
  if (!is_convex(quad)) return std::nullopt;
  const auto& [p0, p1, p2, p3] = quad.corners;
  const double dx1 = double{p1.x} - p2.x;
  const double dx2 = double{p3.x} - p2.x;
  const double sx = double{p0.x} - p1.x + p2.x - p3.x;
  const double dy1 = double{p1.y} - p2.y;
  const double dy2 = double{p3.y} - p2.y;
  const double sy = double{p0.y} - p1.y + p2.y - p3.y;
  const double area = dx1 * dy2 - dx2 * dy1;  // not 0 in a convex quadrilateral
  const double g = (sx * dy2 - dx2 * sy) / area;
  const double h = (dx1 * sy - sx * dy1) / area;
  // Columns for u and v, the axes of the unit square.
  const std::array<std::array<double, 3>, 3> square{
      {{double{p1.x} - p0.x + g * p1.x, double{p3.x} - p0.x + h * p3.x, double{p0.x}},
       {double{p1.y} - p0.y + g * p1.y, double{p3.y} - p0.y + h * p3.y, double{p0.y}},
       {g, h, 1.0}}};
  Homography map;
  for (std::size_t row = 0; row < 3; ++row) {
    const double u = square[row][0] / width;
    const double v = square[row][1] / height;
    map.m[row * 3] = u;
    map.m[row * 3 + 1] = v;
    map.m[row * 3 + 2] = square[row][2] + 0.5 * (u + v);  // from a pixel's centre
  }
  for (std::size_t i = 0; i < 3; ++i) {  // to a pixel's centre
    map.m[i] -= 0.5 * map.m[6 + i];
    map.m[3 + i] -= 0.5 * map.m[6 + i];
  }
  if (!is_finite(map)) return std::nullopt;
  return map;
}

std::optional<Quad> part_of(const Quad& quad, const Part& part) {
  const std::optional<Homography> map = from_rectangle(1, 1, quad);
  if (!map) return std::nullopt;
  const Quad shares =
      rectangle(part.left, part.top, part.right - part.left, part.bottom - part.top);
  Quad found;
  for (std::size_t i = 0; i < 4; ++i) {
    const double x = double{shares.corners[i].x} - 0.5;  // as indices, and back
    const double y = double{shares.corners[i].y} - 0.5;
    const auto row = [&](std::size_t at) {
      return map->m[at] * x + map->m[at + 1] * y + map->m[at + 2];
    };
    const double w = row(6);
    if (!(w > 0)) return std::nullopt;  // behind the camera
    found.corners[i] = {static_cast<float>(row(0) / w + 0.5), static_cast<float>(row(3) / w + 0.5)};
  }
  return is_convex(found) ? std::optional(found) : std::nullopt;
}

}  // namespace lprnet::image
