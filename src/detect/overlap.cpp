#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "lprnet/quad.hpp"

namespace lprnet {
namespace {

struct Exact {
  double x = 0;
  double y = 0;
};

// Twice the signed area of the triangle; positive where a, b, c turn clockwise on the screen.
double turn(const Exact& a, const Exact& b, const Exact& c) {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

// Corners in clockwise order. The intersection of two quadrilaterals has at most eight; rounding
// may leave one more.
struct Polygon {
  static constexpr std::size_t kMost = 12;
  std::array<Exact, kMost> corners;
  std::size_t count = 0;

  void add(const Exact& corner) {
    if (count < kMost) corners[count++] = corner;
  }
  double area() const {
    double twice = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const Exact& a = corners[i];
      const Exact& b = corners[(i + 1) % count];
      // Relative to one corner, so that large coordinates cancel early.
      twice +=
          (a.x - corners[0].x) * (b.y - corners[0].y) - (a.y - corners[0].y) * (b.x - corners[0].x);
    }
    return std::abs(twice) / 2;
  }
};

// The convex hull, by Andrew's monotone chain.
Polygon hull_of(const Quad& quad) {
  std::array<Exact, 4> points;
  for (std::size_t i = 0; i < 4; ++i) points[i] = {quad.corners[i].x, quad.corners[i].y};
  std::sort(points.begin(), points.end(),
            [](const Exact& a, const Exact& b) { return a.x != b.x ? a.x < b.x : a.y < b.y; });
  Polygon hull;
  const auto extend = [&hull](const Exact& point, std::size_t least) {
    while (hull.count > least &&
           turn(hull.corners[hull.count - 2], hull.corners[hull.count - 1], point) <= 0) {
      --hull.count;
    }
    hull.add(point);
  };
  for (const Exact& point : points) extend(point, 1);
  const std::size_t lower = hull.count;
  for (std::size_t i = 3; i-- > 0;) extend(points[i], lower);
  if (hull.count > 1) --hull.count;  // the first point again
  return hull;
}

// What of `polygon` lies right of the line from a to b, inside of a clockwise polygon.
Polygon cut(const Polygon& polygon, const Exact& a, const Exact& b) {
  Polygon inside;
  for (std::size_t i = 0; i < polygon.count; ++i) {
    const Exact& from = polygon.corners[i];
    const Exact& to = polygon.corners[(i + 1) % polygon.count];
    const double at_from = turn(a, b, from);
    const double at_to = turn(a, b, to);
    if (at_from >= 0) inside.add(from);
    if ((at_from > 0 && at_to < 0) || (at_from < 0 && at_to > 0)) {
      const double t = at_from / (at_from - at_to);
      inside.add({from.x + t * (to.x - from.x), from.y + t * (to.y - from.y)});
    }
  }
  return inside;
}

struct Box {
  float left, top, right, bottom;
};

Box box_of(const Quad& quad) {
  const auto& c = quad.corners;
  const auto [left, right] = std::minmax({c[0].x, c[1].x, c[2].x, c[3].x});
  const auto [top, bottom] = std::minmax({c[0].y, c[1].y, c[2].y, c[3].y});
  return {left, top, right, bottom};
}

bool is_finite(const Quad& quad) {
  return std::all_of(quad.corners.begin(), quad.corners.end(), [](const Point& corner) {
    return std::isfinite(corner.x) && std::isfinite(corner.y);
  });
}

}  // namespace

double overlap(const Quad& a, const Quad& b) noexcept {
  if (!is_finite(a) || !is_finite(b)) return 0;
  const Box box_a = box_of(a);
  const Box box_b = box_of(b);
  if (box_a.left > box_b.right || box_b.left > box_a.right || box_a.top > box_b.bottom ||
      box_b.top > box_a.bottom) {
    return 0;
  }
  const Polygon hull_a = hull_of(a);
  const Polygon hull_b = hull_of(b);
  if (hull_a.count < 3 || hull_b.count < 3) return 0;  // a line or a point
  Polygon both = hull_a;
  for (std::size_t i = 0; i < hull_b.count && both.count > 0; ++i) {
    both = cut(both, hull_b.corners[i], hull_b.corners[(i + 1) % hull_b.count]);
  }
  const double area = both.area();
  constexpr double kNoArea = 1e-6;
  const double all = std::max(hull_a.area() + hull_b.area() - area, kNoArea);
  return std::min(area / all, 1.0);
}

}  // namespace lprnet
