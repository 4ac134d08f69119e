#include "kernels/grid.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace lprnet::kernels {
namespace {

using tensor::ConstView;
using tensor::View;

// A position from -1 to 1 in pixels: the inverse of grid_axis().
float in_pixels(float position, std::int64_t size, bool align_corners) {
  const auto n = static_cast<float>(size);
  return align_corners ? (position + 1) / 2 * (n - 1) : ((position + 1) * n - 1) / 2;
}

// Folds x into [low, high] / 2, as light between two mirrors.
float reflected(float x, std::int64_t twice_low, std::int64_t twice_high) {
  if (twice_low == twice_high) return 0.0F;
  const float low = static_cast<float>(twice_low) / 2;
  const float span = static_cast<float>(twice_high - twice_low) / 2;
  x = std::fabs(x - low);
  const float extra = std::fmod(x, span);
  const bool even = std::fmod(std::floor(x / span), 2.0F) == 0.0F;
  return even ? extra + low : span - extra + low;
}

// Not a position. Between pixels, weights have no meaning there and the answer is NaN; the nearest
// pixel is one outside.
constexpr float kNowhere = std::numeric_limits<float>::quiet_NaN();

// Where to sample along an axis, in pixels; for GridPadding::kZeros it may lie outside or be NaN.
float coordinate(float position, std::int64_t size, GridPadding padding, bool align_corners) {
  float x = in_pixels(position, size, align_corners);
  if (padding == GridPadding::kReflection) {
    x = align_corners ? reflected(x, 0, 2 * (size - 1)) : reflected(x, -1, 2 * size - 1);
  }
  const auto last = static_cast<float>(size - 1);
  if (padding != GridPadding::kZeros) return std::isnan(x) ? 0.0F : std::clamp(x, 0.0F, last);
  // Everything far outside samples zeros; the bound keeps the conversion to an integer defined.
  return std::isfinite(x) ? std::clamp(x, -2.0F, last + 2.0F) : kNowhere;
}

// What an output pixel takes along one axis: up to two input pixels and their weights.
struct Taps {
  std::array<std::int64_t, 2> index{};
  std::array<float, 2> weight{};
  int count = 0;
  float origin = 0;  // what the sum starts from

  void add(std::int64_t i, float w, std::int64_t size) {
    if (i < 0 || i >= size) return;
    index[static_cast<std::size_t>(count)] = i;
    weight[static_cast<std::size_t>(count++)] = w;
  }
};

Taps taps_at(float x, std::int64_t size, GridMode mode) {
  Taps taps;
  if (std::isnan(x)) {
    if (mode == GridMode::kBilinear) taps.origin = x;
    return taps;
  }
  if (mode == GridMode::kNearest) {
    taps.add(static_cast<std::int64_t>(std::nearbyint(x)), 1.0F, size);
    return taps;
  }
  const float left = std::floor(x);
  const auto i = static_cast<std::int64_t>(left);
  taps.add(i, left + 1 - x, size);
  taps.add(i + 1, x - left, size);
  return taps;
}

}  // namespace

std::vector<float> grid_axis(std::int64_t size, bool align_corners) {
  std::vector<float> centres(static_cast<std::size_t>(size), 0.0F);
  if (size == 1 && align_corners) return centres;
  const auto n = static_cast<double>(size);
  for (std::size_t i = 0; i < centres.size(); ++i) {
    const auto x = static_cast<double>(i);
    centres[i] = static_cast<float>(align_corners ? 2 * x / (n - 1) - 1 : (2 * x + 1) / n - 1);
  }
  return centres;
}

void affine_grid(const ConstView& theta, const float* ys, const float* xs,
                 const View& out) noexcept {
  const auto& shape = out.shape();
  const auto element = [&theta](std::int64_t n, int row, int col) {
    const auto& layout = theta.layout;
    return theta.data[n * layout.stride(0) + row * layout.stride(1) + col * layout.stride(2)];
  };
  for (std::int64_t n = 0; n < shape[0]; ++n) {
    for (int xy = 0; xy < 2; ++xy) {
      const float of_x = element(n, xy, 0);
      const float shift = element(n, xy, 2);
      for (std::int64_t h = 0; h < shape[1]; ++h) {
        const float of_y = ys[h] * element(n, xy, 1);
        float* to = out.data + n * out.layout.stride(0) + h * out.layout.stride(1) +
                    xy * out.layout.stride(3);
        for (std::int64_t w = 0; w < shape[2]; ++w, to += out.layout.stride(2)) {
          *to = xs[w] * of_x + of_y + shift;
        }
      }
    }
  }
}

void grid_sample(const ConstView& image, const ConstView& grid, GridMode mode, GridPadding padding,
                 bool align_corners, const View& out) noexcept {
  const auto& shape = out.shape();
  const std::int64_t height = image.shape()[2];
  const std::int64_t width = image.shape()[3];
  for (std::int64_t n = 0; n < shape[0]; ++n) {
    for (std::int64_t h = 0; h < shape[2]; ++h) {
      for (std::int64_t w = 0; w < shape[3]; ++w) {
        const float* at = grid.data + n * grid.layout.stride(0) + h * grid.layout.stride(1) +
                          w * grid.layout.stride(2);
        const Taps xs = taps_at(coordinate(at[0], width, padding, align_corners), width, mode);
        const Taps ys = taps_at(
            coordinate(at[grid.layout.stride(3)], height, padding, align_corners), height, mode);
        for (std::int64_t c = 0; c < shape[1]; ++c) {
          const float* plane = image.data + n * image.layout.stride(0) + c * image.layout.stride(1);
          float sum = xs.origin + ys.origin;
          for (std::size_t i = 0; i < static_cast<std::size_t>(ys.count); ++i) {
            for (std::size_t j = 0; j < static_cast<std::size_t>(xs.count); ++j) {
              sum += plane[ys.index[i] * image.layout.stride(2) +
                           xs.index[j] * image.layout.stride(3)] *
                     (ys.weight[i] * xs.weight[j]);
            }
          }
          out.data[n * out.layout.stride(0) + c * out.layout.stride(1) + h * out.layout.stride(2) +
                   w * out.layout.stride(3)] = sum;
        }
      }
    }
  }
}

}  // namespace lprnet::kernels
