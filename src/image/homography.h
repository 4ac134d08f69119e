#pragma once

#include <array>
#include <optional>

#include "lprnet/quad.hpp"

namespace lprnet::image {

// A projective map between pixel indices, row by row: (x, y) goes to (u / w, v / w) with
// (u, v, w) = m * (x, y, 1). Index 0 is the first pixel's centre, as OpenCV counts.
struct Homography {
  std::array<double, 9> m{};
};

// From the pixels of a rectangle of width times height to those of the picture that the
// quadrilateral lies in. None for corners that are not finite or not a convex quadrilateral in the
// order that Quad says.
std::optional<Homography> from_rectangle(int width, int height, const Quad& quad);

// A part of what lies in a quadrilateral, in shares of the rectangle that it shows in perspective.
// None as for from_rectangle(), or where perspective turns the part over.
std::optional<Quad> part_of(const Quad& quad, const Part& part);

}  // namespace lprnet::image
