#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "lprnet/image.hpp"
#include "lprnet/quad.hpp"

// Lines and texts on pictures; what lies outside a picture is not drawn.
namespace lprnet::cli {

using Colour = std::array<std::uint8_t, 3>;  // BGR
inline constexpr Colour kBlack{0, 0, 0};
inline constexpr Colour kWhite{255, 255, 255};

// From left to right and from top to bottom, without the last ones.
void fill(Image& image, int left, int top, int right, int bottom, const Colour& colour);

// The same, mixed: a share of 1 hides what is below.
void tint(Image& image, double left, double top, double right, double bottom, const Colour& colour,
          double share);

void draw_line(Image& image, const Point& from, const Point& to, double thickness,
               const Colour& colour);

// Through all points, as one line that hides what is below it once, in a part of the picture.
// REQUIRES: the part lies in it.
void draw_curve(Image& image, const std::vector<Point>& points, double thickness,
                const Colour& colour, const Region& within);

// Of draw_text(), in pixels. `scale` of the glyphs' size.
double text_width(const std::vector<std::string>& characters, double scale);

// A text, its top left corner at (x, y). A space is one, a character without a glyph "?".
void draw_text(Image& image, const std::vector<std::string>& characters, double x, double y,
               double scale, const Colour& colour);

// White text on a dark box, whose margin is 3 pixels of a glyph.
void draw_boxed_text(Image& image, const std::vector<std::string>& characters, double x, double y,
                     double scale);

}  // namespace lprnet::cli
