#include "annotation.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <system_error>
#include <vector>

#include "drawing.h"
#include "encoded_picture.h"
#include "folder.h"
#include "glyphs.h"
#include "lprnet/error.hpp"
#include "lprnet/output_file.hpp"
#include "utf8.h"

namespace lprnet::cli {
namespace {

namespace fs = std::filesystem;

constexpr Colour kGreen{80, 220, 60};

}  // namespace

void draw_plates(Image& image, const std::vector<FoundPlate>& plates) {
  const double side = std::min(image.width(), image.height());
  const double scale = std::clamp(side / 480, 0.75, 6.0);
  for (const FoundPlate& found : plates) {
    const auto& corners = found.corners.corners;
    for (std::size_t i = 0; i < 4; ++i) {
      draw_line(image, corners[i], corners[(i + 1) % 4], 2 * scale, kGreen);
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
    const double width = text_width(characters, scale) + 6 * scale;
    const double gap = 3 * scale;
    double y = top - height - gap;
    if (y < 0) y = std::min(bottom + gap, image.height() - height);
    const double x = std::clamp(left, 0.0, std::max(image.width() - width, 0.0));
    draw_boxed_text(image, characters, std::floor(x), std::floor(std::max(y, 0.0)), scale);
  }
}

AnnotationFolder::AnnotationFolder(const std::string& folder) : folder_(made_folder(folder)) {}

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
