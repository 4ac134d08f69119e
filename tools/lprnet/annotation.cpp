#include "annotation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <system_error>
#include <vector>

#include "glyphs.h"
#include "lprnet/error.hpp"
#include "lprnet/output_file.hpp"
#include "utf8.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb_image_write.h>
#pragma GCC diagnostic pop

namespace lprnet::cli {
namespace {

namespace fs = std::filesystem;

using Colour = std::array<std::uint8_t, 3>;  // BGR
constexpr Colour kGreen{80, 220, 60};
constexpr Colour kBlack{0, 0, 0};
constexpr Colour kWhite{255, 255, 255};
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

// Whole pixels from `low` to `high`, of those that a side has.
struct Range {
  int begin;
  int end;
};
Range range(double low, double high, int size) {
  const double most = size;
  return {static_cast<int>(std::clamp(std::floor(low), 0.0, most)),
          static_cast<int>(std::clamp(std::ceil(high), 0.0, most))};
}

void draw_line(Image& image, const Point& from, const Point& to, double thickness) {
  const double dx = static_cast<double>(to.x) - from.x;
  const double dy = static_cast<double>(to.y) - from.y;
  const double length = std::max(dx * dx + dy * dy, 1e-9);
  const double reach = thickness / 2 + 1;
  const auto [top, bottom] =
      range(std::min(from.y, to.y) - reach, std::max(from.y, to.y) + reach, image.height());
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
    const auto [left, right] =
        range(std::min(x0, x1) - reach, std::max(x0, x1) + reach, image.width());
    for (int x = left; x < right; ++x) {
      const double px = x + 0.5 - from.x;
      const double py = y + 0.5 - from.y;
      const double along = std::clamp((px * dx + py * dy) / length, 0.0, 1.0);
      const double away = std::hypot(px - along * dx, py - along * dy);
      mix(image, x, y, kGreen, std::clamp(thickness / 2 + 0.5 - away, 0.0, 1.0));
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

double width_of(const std::vector<std::string>& characters, double scale) {
  int width = 0;
  for (const std::string& character : characters) width += glyph_of(character).width();
  return width * scale;
}

// Text on a dark box, its top left corner at (x, y); `scale` of the glyphs' size.
void draw_text(Image& image, const std::vector<std::string>& characters, double x, double y,
               double scale) {
  const double margin = 3 * scale;
  const auto rows = range(y, y + Glyph::kHeight * scale + 2 * margin, image.height());
  const auto columns = range(x, x + width_of(characters, scale) + 2 * margin, image.width());
  for (int row = rows.begin; row < rows.end; ++row) {
    for (int column = columns.begin; column < columns.end; ++column) {
      mix(image, column, row, kBlack, kBoxShare);
    }
  }
  double left = x + margin;
  for (const std::string& character : characters) {
    const Glyph& glyph = glyph_of(character);
    const double width = glyph.width() * scale;
    const auto place = range(left, left + width, image.width());
    for (int row = rows.begin; row < rows.end; ++row) {
      for (int column = place.begin; column < place.end; ++column) {
        const double ink =
            ink_at(glyph, (column + 0.5 - left) / scale, (row + 0.5 - y - margin) / scale);
        mix(image, column, row, kWhite, ink);
      }
    }
    left += width;
  }
}

void append_bytes(void* to, void* bytes, int size) {
  static_cast<std::string*>(to)->append(static_cast<const char*>(bytes),
                                        static_cast<std::size_t>(size));
}

}  // namespace

void draw_plates(Image& image, const std::vector<FoundPlate>& plates) {
  const double side = std::min(image.width(), image.height());
  const double scale = std::clamp(side / 480, 0.75, 6.0);
  for (const FoundPlate& found : plates) {
    const auto& corners = found.corners.corners;
    for (std::size_t i = 0; i < 4; ++i) {
      draw_line(image, corners[i], corners[(i + 1) % 4], 2 * scale);
    }
  }
  // Texts over all lines.
  for (const FoundPlate& found : plates) {
    const auto& corners = found.corners.corners;
    const std::vector<std::string> characters =
        characters_of(found.plate.text.empty() ? "?" : found.plate.text);
    double left = corners[0].x;
    double top = corners[0].y;
    double bottom = corners[0].y;
    for (const Point& corner : corners) {
      left = std::min(left, static_cast<double>(corner.x));
      top = std::min(top, static_cast<double>(corner.y));
      bottom = std::max(bottom, static_cast<double>(corner.y));
    }
    const double height = (Glyph::kHeight + 6) * scale;
    const double width = width_of(characters, scale) + 6 * scale;
    const double gap = 3 * scale;
    double y = top - height - gap;
    if (y < 0) y = std::min(bottom + gap, image.height() - height);
    const double x = std::clamp(left, 0.0, std::max(image.width() - width, 0.0));
    draw_text(image, characters, std::floor(x), std::floor(std::max(y, 0.0)), scale);
  }
}

std::string jpeg_of(const Image& image) {
  constexpr int kMostPixels = 65535;
  if (image.width() > kMostPixels || image.height() > kMostPixels) {
    throw Error(ErrorCode::kInvalidArgument,
                "is " + std::to_string(image.width()) + "x" + std::to_string(image.height()) +
                    ", more than the 65535 pixels a side that a JPEG file can have");
  }
  // stb takes RGB.
  std::vector<std::uint8_t> rgb(image.data(),
                                image.data() + std::ptrdiff_t{3} * image.width() * image.height());
  for (std::size_t i = 0; i < rgb.size(); i += 3) std::swap(rgb[i], rgb[i + 2]);
  constexpr int kQuality = 92;
  std::string bytes;
  stbi_write_jpg_to_func(append_bytes, &bytes, image.width(), image.height(), 3, rgb.data(),
                         kQuality);
  return bytes;
}

AnnotationFolder::AnnotationFolder(const std::string& folder) : folder_(folder) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error || !fs::is_directory(folder_, error)) {
    throw Error(ErrorCode::kIo, folder + ": cannot make this folder: " + error.message());
  }
}

void AnnotationFolder::write(const PhotoResult& result) {
  const fs::path path(result.file);
  const std::string stem = result.file == "-" ? "standard-input" : path.stem().string();
  std::string name = stem + ".jpg";
  for (int i = 2; !taken_.insert(name).second; ++i) {
    name = stem + "-" + std::to_string(i) + ".jpg";
  }
  const fs::path target = folder_ / name;
  std::error_code unknown;
  if (fs::equivalent(target, path, unknown) ||
      fs::equivalent(folder_, path.has_parent_path() ? path.parent_path() : ".", unknown)) {
    throw Error(ErrorCode::kIo, target.string() +
                                    ": would lie among the photographs, and might be written over "
                                    "one; name another folder with --annotate");
  }
  Image image = *result.picture;
  draw_plates(image, result.plates);
  std::string bytes;
  try {
    bytes = jpeg_of(image);
  } catch (const Error& error) {
    throw Error(error.code(), target.string() + ": " + error.what());
  }
  OutputFile file(target);
  file.write(bytes);
  file.finish();
}

}  // namespace lprnet::cli
