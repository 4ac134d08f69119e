#include "kernels/interpolate.h"

#include <algorithm>
#include <cstddef>

namespace lprnet::kernels {
namespace {

// The four pixels around a place, and how far it is from the first of them.
struct Corners {
  const float* top_left;
  const float* top_right;
  const float* bottom_left;
  const float* bottom_right;
  float down;
  float right;
};

// Strides of 1 are told apart for the compiler's sake.
void mix(const Corners& at, std::ptrdiff_t in_stride, float* out, std::ptrdiff_t out_stride,
         std::int64_t channels) noexcept {
  const float up = 1 - at.down;
  const float left = 1 - at.right;
  const auto weigh = [&](std::ptrdiff_t in, std::ptrdiff_t to) {
    out[to] = up * (left * at.top_left[in] + at.right * at.top_right[in]) +
              at.down * (left * at.bottom_left[in] + at.right * at.bottom_right[in]);
  };
  if (in_stride == 1 && out_stride == 1) {
    for (std::int64_t c = 0; c < channels; ++c) weigh(c, c);
  } else {
    for (std::int64_t c = 0; c < channels; ++c) weigh(c * in_stride, c * out_stride);
  }
}

}  // namespace

std::vector<InterpolateTap> interpolate_axis(std::int64_t in, std::int64_t out,
                                             std::optional<double> scale_factor,
                                             InterpolateMode mode, bool align_corners) {
  // Input pixels for each output pixel.
  const double scale =
      scale_factor ? 1 / *scale_factor : static_cast<double>(in) / static_cast<double>(out);
  const double aligned = out > 1 ? static_cast<double>(in - 1) / static_cast<double>(out - 1) : 0;
  const float rounded =
      scale_factor ? static_cast<float>(scale) : static_cast<float>(in) / static_cast<float>(out);
  const float centre = mode == InterpolateMode::kNearest ? 0.0F : 0.5F;
  std::vector<InterpolateTap> taps;
  taps.reserve(static_cast<std::size_t>(out));
  for (std::int64_t i = 0; i < out; ++i) {
    if (mode != InterpolateMode::kBilinear) {
      const float place = (static_cast<float>(i) + centre) * rounded;
      taps.push_back({std::min(static_cast<std::int64_t>(place), in - 1), 0, 0});
      continue;
    }
    const auto place = static_cast<double>(i);
    double x = align_corners ? place * aligned : (place + 0.5) * scale - 0.5;
    if (in == out) x = place;
    x = std::clamp(x, 0.0, static_cast<double>(in - 1));
    const auto first = static_cast<std::int64_t>(x);
    taps.push_back(
        {first, std::min(first + 1, in - 1), static_cast<float>(x - static_cast<double>(first))});
  }
  return taps;
}

void interpolate(const tensor::ConstView& image, InterpolateMode mode, const InterpolateTap* rows,
                 const InterpolateTap* cols, const tensor::View& out) noexcept {
  const tensor::Layout& from = image.layout;
  const tensor::Layout& to = out.layout;
  const std::int64_t channels = to.shape[1];
  for (std::int64_t n = 0; n < to.shape[0]; ++n) {
    for (std::int64_t row = 0; row < to.shape[2]; ++row) {
      const float* top = image.data + n * from.stride(0) + rows[row].first * from.stride(2);
      const float* bottom = image.data + n * from.stride(0) + rows[row].second * from.stride(2);
      float* result = out.data + n * to.stride(0) + row * to.stride(2);
      for (std::int64_t col = 0; col < to.shape[3]; ++col, result += to.stride(3)) {
        const std::ptrdiff_t left = cols[col].first * from.stride(3);
        const std::ptrdiff_t right = cols[col].second * from.stride(3);
        if (mode != InterpolateMode::kBilinear) {
          for (std::int64_t c = 0; c < channels; ++c) {
            result[c * to.stride(1)] = top[left + c * from.stride(1)];
          }
          continue;
        }
        mix({top + left, top + right, bottom + left, bottom + right, rows[row].weight,
             cols[col].weight},
            from.stride(1), result, to.stride(1), channels);
      }
    }
  }
}

}  // namespace lprnet::kernels
