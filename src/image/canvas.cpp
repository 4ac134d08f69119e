#include "image/canvas.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace lprnet::image {
namespace {

// The weights of a canvas pixel's sources add up to 1 << kAxisBits along each axis, so that a sum
// over both takes 8 + 2 * kAxisBits bits.
constexpr int kAxisBits = 12;
constexpr int kAxisUnit = 1 << kAxisBits;

// `source` pixels beyond either edge count as the edge for bilinear weights.
int clamped(double position, int source) {
  return static_cast<int>(std::clamp(position, 0.0, static_cast<double>(source - 1)));
}

}  // namespace

Window letterbox(int picture_width, int picture_height, int width, int height) {
  const double scale = std::min(static_cast<double>(width) / picture_width,
                                static_cast<double>(height) / picture_height);
  const auto side = [scale](int picture) {
    return static_cast<int>(std::max(std::lrint(picture * scale), 1L));
  };
  const int shown_width = side(picture_width);
  const int shown_height = side(picture_height);
  Window window;
  window.step_x = static_cast<double>(picture_width) / shown_width;
  window.step_y = static_cast<double>(picture_height) / shown_height;
  const int left = (width - shown_width) / 2;
  const int top = (height - shown_height) / 2;
  window.left = -left * window.step_x;
  window.top = -top * window.step_y;
  return window;
}

Canvas::Canvas(int width, int height)
    : width_(width),
      height_(height),
      pixels_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3) {}

void Canvas::Axis::reserve(int size, int source) {
  runs.reserve(static_cast<std::size_t>(size));
  // Neighbours share the pixel that their edge cuts, and a bilinear run has two.
  weights.reserve(static_cast<std::size_t>(source) + 3 * static_cast<std::size_t>(size));
}

void Canvas::Axis::set(int size, int source, double start, double step) {
  runs.clear();
  weights.clear();
  const auto shows = [&](int i) {  // whether the pixel's centre lies in the picture
    const double centre = start + (i + 0.5) * step;
    return centre > 0 && centre < source;
  };
  begin = 0;
  while (begin < size && !shows(begin)) ++begin;
  end = begin;
  while (end < size && shows(end)) ++end;
  for (int i = begin; i < end; ++i) {
    if (step > 1) {
      // Rounding moves an edge by some 1e-12, which is no pixel's share.
      constexpr double kNothing = 1e-6;
      const double low = std::max(start + i * step, 0.0);
      const double high = std::min(start + (i + 1) * step, static_cast<double>(source));
      const int first = clamped(std::floor(low + kNothing), source);
      const int last = clamped(std::ceil(high - kNothing) - 1, source);
      runs.push_back({first, last - first + 1});
      int left = kAxisUnit;
      double share = 0;  // of what was given out
      for (int pixel = first; pixel <= last; ++pixel) {
        share += (std::min(high, pixel + 1.0) - std::max(low, static_cast<double>(pixel))) /
                 (high - low);
        const int given =
            pixel == last ? kAxisUnit : static_cast<int>(std::lrint(share * kAxisUnit));
        const int weight = std::clamp(given - (kAxisUnit - left), 0, left);
        weights.push_back(static_cast<std::uint16_t>(weight));
        left -= weight;
      }
      continue;
    }
    const double position = start + (i + 0.5) * step - 0.5;
    const double whole = std::floor(position);
    const int first = clamped(whole, source);
    const int second = clamped(whole + 1, source);
    const auto weight = static_cast<std::uint16_t>(std::lrint((position - whole) * kAxisUnit));
    runs.push_back({first, second - first + 1});
    if (second == first) {
      weights.push_back(kAxisUnit);
    } else {
      weights.push_back(static_cast<std::uint16_t>(kAxisUnit - weight));
      weights.push_back(weight);
    }
  }
}

ImageView Canvas::draw(const ImageView& from, const Window& window, std::uint8_t border) {
  const int pixel_bytes = channels_of(from.format);
  columns_.reserve(width_, from.width);
  rows_.reserve(height_, from.height);
  const std::size_t row_bytes =
      static_cast<std::size_t>(from.width) * static_cast<std::size_t>(pixel_bytes);
  if (sums_.size() < row_bytes) sums_.resize(row_bytes);
  columns_.set(width_, from.width, window.left, window.step_x);
  rows_.set(height_, from.height, window.top, window.step_y);

  std::uint8_t* to = pixels_.data();
  const std::size_t canvas_row = static_cast<std::size_t>(width_) * 3;
  const bool shows = columns_.begin < columns_.end;
  const int first = shows ? columns_.runs.front().first : 0;
  const int end = shows ? columns_.runs.back().first + columns_.runs.back().count : 0;
  const std::uint16_t* weights = rows_.weights.data();
  for (int y = 0; y < height_; ++y, to += canvas_row) {
    if (!shows || y < rows_.begin || y >= rows_.end) {
      std::memset(to, border, canvas_row);
      continue;
    }
    const Axis::Run& rows = rows_.runs[static_cast<std::size_t>(y - rows_.begin)];
    sum_rows(from, rows, weights, std::ptrdiff_t{first} * pixel_bytes,
             static_cast<std::size_t>(end - first) * static_cast<std::size_t>(pixel_bytes));
    weights += rows.count;
    draw_row(from, first, border, to);
  }
  const bool rgb = from.format == PixelFormat::kRgb || from.format == PixelFormat::kRgba;
  return {pixels_.data(), width_, height_, static_cast<std::ptrdiff_t>(canvas_row),
          rgb ? PixelFormat::kRgb : PixelFormat::kBgr};
}

void Canvas::sum_rows(const ImageView& from, const Axis::Run& rows, const std::uint16_t* weights,
                      std::ptrdiff_t first_byte, std::size_t bytes) noexcept {
  const std::uint8_t* row = from.data + rows.first * from.row_bytes + first_byte;
  std::uint32_t* __restrict sums = sums_.data();
  const std::uint32_t first_weight = weights[0];
  for (std::size_t i = 0; i < bytes; ++i) sums[i] = row[i] * first_weight;
  for (int k = 1; k < rows.count; ++k) {
    row += from.row_bytes;
    const std::uint32_t weight = weights[k];
    if (weight == 0) continue;
    for (std::size_t i = 0; i < bytes; ++i) sums[i] += row[i] * weight;
  }
}

void Canvas::draw_row(const ImageView& from, std::ptrdiff_t first_pixel, std::uint8_t border,
                      std::uint8_t* to) const noexcept {
  const std::ptrdiff_t pixel_bytes = channels_of(from.format);
  const std::size_t step = pixel_bytes == 1 ? 0 : 1;
  const std::uint16_t* weights = columns_.weights.data();
  constexpr std::uint32_t kHalf = 1U << (2 * kAxisBits - 1);
  std::memset(to, border, static_cast<std::size_t>(columns_.begin) * 3);
  to += std::ptrdiff_t{columns_.begin} * 3;
  for (const Axis::Run& run : columns_.runs) {
    const std::uint32_t* sum = sums_.data() + (run.first - first_pixel) * pixel_bytes;
    std::uint32_t blue = kHalf;
    std::uint32_t green = kHalf;
    std::uint32_t red = kHalf;
    for (int k = 0; k < run.count; ++k, sum += pixel_bytes) {
      const std::uint32_t weight = *weights++;
      blue += sum[0] * weight;
      green += sum[step] * weight;
      red += sum[2 * step] * weight;
    }
    to[0] = static_cast<std::uint8_t>(blue >> (2 * kAxisBits));
    to[1] = static_cast<std::uint8_t>(green >> (2 * kAxisBits));
    to[2] = static_cast<std::uint8_t>(red >> (2 * kAxisBits));
    to += 3;
  }
  std::memset(to, border, static_cast<std::size_t>(width_ - columns_.end) * 3);
}

}  // namespace lprnet::image
