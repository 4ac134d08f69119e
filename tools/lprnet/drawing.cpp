#include "drawing.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "glyphs.h"

namespace lprnet::cli {
namespace {

constexpr double kBoxShare = 0.75;  // how much the box behind a text hides

// Mixes a pixel with a colour; outside the picture nothing happens.
void mix(Image& image, int x, int y, const Colour& colour, double share) {
  if (x < 0 || y < 0 || x >= image.width() || y >= image.height()) return;
  std::uint8_t* pixel = image.data() + (std::ptrdiff_t{y} * image.width() + x) * 3;
  for (std::size_t c = 0; c < 3; ++c) {
    pixel[c] = static_cast<std::uint8_t>(
        std::lround(pixel[c] + (static_cast<double>(colour[c]) - pixel[c]) * share));
  }
}

// Whole pixels from `low` to `high`, of those from `first` to `last`.
struct Range {
  int begin;
  int end;
};
Range range(double low, double high, int first, int last) {
  const double least = first;
  const double most = last;
  return {static_cast<int>(std::clamp(std::floor(low), least, most)),
          static_cast<int>(std::clamp(std::ceil(high), least, most))};
}
Range range(double low, double high, int size) { return range(low, high, 0, size); }

// Calls visit(x, y, share) for each pixel near a line, in a part of the picture: how much of it the
// line hides.
template <typename Visit>
void cover(const Point& from, const Point& to, double thickness, const Region& within,
           const Visit& visit) {
  const double dx = static_cast<double>(to.x) - from.x;
  const double dy = static_cast<double>(to.y) - from.y;
  const double length = std::max(dx * dx + dy * dy, 1e-9);
  const double reach = thickness / 2 + 1;
  const auto [top, bottom] = range(std::min(from.y, to.y) - reach, std::max(from.y, to.y) + reach,
                                   within.y, within.y + within.height);
  for (int y = top; y < bottom; ++y) {
    // The part of the line within reach of this row.
    double low = 0;
    double high = 1;
    if (std::abs(dy) > 1e-9) {
      const double a = (y + 0.5 - reach - from.y) / dy;
      const double b = (y + 0.5 + reach - from.y) / dy;
      low = std::clamp(std::min(a, b), 0.0, 1.0);
      high = std::clamp(std::max(a, b), 0.0, 1.0);
    }
    const double x0 = from.x + low * dx;
    const double x1 = from.x + high * dx;
    const auto [left, right] = range(std::min(x0, x1) - reach, std::max(x0, x1) + reach, within.x,
                                     within.x + within.width);
    for (int x = left; x < right; ++x) {
      const double px = x + 0.5 - from.x;
      const double py = y + 0.5 - from.y;
      const double along = std::clamp((px * dx + py * dy) / length, 0.0, 1.0);
      const double away = std::hypot(px - along * dx, py - along * dy);
      visit(x, y, std::clamp(thickness / 2 + 0.5 - away, 0.0, 1.0));
    }
  }
}

// The ink of a glyph at a place between pixels, 0 to 1.
double ink_at(const Glyph& glyph, double x, double y) {
  const double left = std::floor(x - 0.5);
  const double top = std::floor(y - 0.5);
  const double fx = x - 0.5 - left;
  const double fy = y - 0.5 - top;
  const auto ink = [&](int dx, int dy) {
    return glyph.ink(static_cast<int>(left) + dx, static_cast<int>(top) + dy);
  };
  return ((ink(0, 0) * (1 - fx) + ink(1, 0) * fx) * (1 - fy) +
          (ink(0, 1) * (1 - fx) + ink(1, 1) * fx) * fy) /
         3;
}

// A space is a quarter of a line high.
constexpr int kSpaceWidth = Glyph::kHeight / 4;

int glyph_width(const std::string& character) {
  return character == " " ? kSpaceWidth : glyph_of(character).width();
}

}  // namespace

void fill(Image& image, int left, int top, int right, int bottom, const Colour& colour) {
  const auto rows = range(top, bottom, image.height());
  const auto columns = range(left, right, image.width());
  for (int y = rows.begin; y < rows.end; ++y) {
    std::uint8_t* pixel = image.data() + (std::ptrdiff_t{y} * image.width() + columns.begin) * 3;
    for (int x = columns.begin; x < columns.end; ++x, pixel += 3) {
      std::copy(colour.begin(), colour.end(), pixel);
    }
  }
}

void tint(Image& image, double left, double top, double right, double bottom, const Colour& colour,
          double share) {
  const auto rows = range(top, bottom, image.height());
  const auto columns = range(left, right, image.width());
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = columns.begin; x < columns.end; ++x) mix(image, x, y, colour, share);
  }
}

void draw_line(Image& image, const Point& from, const Point& to, double thickness,
               const Colour& colour) {
  cover(from, to, thickness, {0, 0, image.width(), image.height()},
        [&](int x, int y, double share) { mix(image, x, y, colour, share); });
}

void draw_curve(Image& image, const std::vector<Point>& points, double thickness,
                const Colour& colour, const Region& within) {
  const auto width = static_cast<std::size_t>(within.width);
  std::vector<double> shares(width * static_cast<std::size_t>(within.height));
  for (std::size_t i = 1; i < points.size(); ++i) {
    cover(points[i - 1], points[i], thickness, within, [&](int x, int y, double share) {
      double& most = shares[static_cast<std::size_t>(y - within.y) * width +
                            static_cast<std::size_t>(x - within.x)];
      most = std::max(most, share);
    });
  }
  for (int y = 0; y < within.height; ++y) {
    for (int x = 0; x < within.width; ++x) {
      const std::size_t i = static_cast<std::size_t>(y) * width + static_cast<std::size_t>(x);
      mix(image, within.x + x, within.y + y, colour, shares[i]);
    }
  }
}

double text_width(const std::vector<std::string>& characters, double scale) {
  int width = 0;
  for (const std::string& character : characters) width += glyph_width(character);
  return width * scale;
}

void draw_text(Image& image, const std::vector<std::string>& characters, double x, double y,
               double scale, const Colour& colour) {
  const auto rows = range(y, y + Glyph::kHeight * scale, image.height());
  double left = x;
  for (const std::string& character : characters) {
    const double width = glyph_width(character) * scale;
    const auto place = range(left, left + width, image.width());
    if (character != " ") {
      const Glyph& glyph = glyph_of(character);
      for (int row = rows.begin; row < rows.end; ++row) {
        for (int column = place.begin; column < place.end; ++column) {
          const double ink = ink_at(glyph, (column + 0.5 - left) / scale, (row + 0.5 - y) / scale);
          mix(image, column, row, colour, ink);
        }
      }
    }
    left += width;
  }
}

void draw_boxed_text(Image& image, const std::vector<std::string>& characters, double x, double y,
                     double scale) {
  const double margin = 3 * scale;
  tint(image, x, y, x + text_width(characters, scale) + 2 * margin,
       y + Glyph::kHeight * scale + 2 * margin, kBlack, kBoxShare);
  draw_text(image, characters, x + margin, y + margin, scale, kWhite);
}

}  // namespace lprnet::cli
