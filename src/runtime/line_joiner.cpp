#include "runtime/line_joiner.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "image/homography.h"

namespace lprnet {
namespace {

int upper_columns(const TwoLines& two_lines, int width) {
  const float columns = two_lines.upper_share * static_cast<float>(width);
  return std::clamp(static_cast<int>(std::lround(columns)), 1, width - 1);
}

std::optional<image::Homography> map_of(const Quad& plate, const Part& line, int columns,
                                        int rows) {
  const std::optional<Quad> part = image::part_of(plate, line);
  return part ? image::from_rectangle(columns, rows, *part) : std::nullopt;
}

}  // namespace

LineJoiner::LineJoiner(const TwoLines& two_lines, const Preprocessing& preprocessing, int width,
                       int height)
    : two_lines_(two_lines),
      upper_columns_(upper_columns(two_lines, width)),
      lower_columns_(width - upper_columns_),
      rows_(height),
      upper_(preprocessing, upper_columns_, height),
      lower_(preprocessing, lower_columns_, height) {}

bool LineJoiner::run(const ImageView& from, const Quad& plate, float* to, std::ptrdiff_t row_stride,
                     std::ptrdiff_t pixel_stride, std::ptrdiff_t channel_stride) noexcept {
  const auto upper = map_of(plate, two_lines_.upper, upper_columns_, rows_);
  const auto lower = map_of(plate, two_lines_.lower, lower_columns_, rows_);
  if (!upper || !lower) return false;
  upper_.run(from, *upper, to, row_stride, pixel_stride, channel_stride);
  lower_.run(from, *lower, to + upper_columns_ * pixel_stride, row_stride, pixel_stride,
             channel_stride);
  return true;
}

}  // namespace lprnet
