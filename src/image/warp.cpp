#include "image/warp.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lprnet::image {
namespace {

constexpr int kFractionBits = 5;  // positions are kept to 1/32 pixel
constexpr int kFractions = 1 << kFractionBits;
constexpr int kWeightBits = 15;  // the four weights add up to 1 << 15
constexpr int kFinest = 4;

// OpenCV works in blocks, whose first column begins each sum anew.
int block_width(int width, int height) {
  constexpr int kBlockPixels = 32 * 32;
  return std::min(kBlockPixels / std::min(16, height), width);
}

int rounded(double value) {
  constexpr double kLeast = std::numeric_limits<int>::min();
  constexpr double kMost = std::numeric_limits<int>::max();
  return static_cast<int>(std::lrint(std::clamp(value, kLeast, kMost)));
}

Homography finer_map(const Homography& map, int finer) {
  // Pixel x of the finer rectangle has its centre at (x + 0.5) / finer - 0.5 of the coarse one.
  const double shift = 0.5 / finer - 0.5;
  Homography result;
  for (std::size_t row = 0; row < 9; row += 3) {
    result.m[row] = map.m[row] / finer;
    result.m[row + 1] = map.m[row + 1] / finer;
    result.m[row + 2] = map.m[row + 2] + shift * (map.m[row] + map.m[row + 1]);
  }
  return result;
}

// A pixel of the source, or what stands for it outside.
const std::uint8_t* pixel_at(const ImageView& from, int pixel_bytes, const Border& border, int x,
                             int y) noexcept {
  const bool inside = x >= 0 && y >= 0 && x < from.width && y < from.height;
  if (!inside && border.color) return border.color->data();
  return from.data + std::clamp(y, 0, from.height - 1) * from.row_bytes +
         std::ptrdiff_t{std::clamp(x, 0, from.width - 1)} * pixel_bytes;
}

}  // namespace

double reduction_at_middle(const Homography& map, int width, int height) {
  const auto& m = map.m;
  const double x = (width - 1) / 2.0;
  const double y = (height - 1) / 2.0;
  const double w = m[6] * x + m[7] * y + m[8];
  const double u = (m[0] * x + m[1] * y + m[2]) / w;
  const double v = (m[3] * x + m[4] * y + m[5]) / w;
  const double along_x = std::hypot(m[0] - u * m[6], m[3] - v * m[6]) / std::abs(w);
  const double along_y = std::hypot(m[1] - u * m[7], m[4] - v * m[7]) / std::abs(w);
  const double least = std::min(along_x, along_y);
  return std::isfinite(least) ? least : 1;
}

Warper::Warper(int width, int height, int channels)
    : width_(width),
      height_(height),
      channels_(channels),
      row_(static_cast<std::size_t>(width) * kFinest * static_cast<std::size_t>(channels)),
      sum_(static_cast<std::size_t>(width) * static_cast<std::size_t>(channels)) {}

void Warper::warp(const ImageView& from, const Homography& map, const Border& border,
                  std::uint8_t* to) noexcept {
  const double reduction = reduction_at_middle(map, width_, height_);
  const int finer = static_cast<int>(std::clamp(reduction, 1.0, double{kFinest}));
  const Homography fine = finer == 1 ? map : finer_map(map, finer);
  const int samples = finer * finer;
  const std::size_t values = sum_.size();
  const auto channels = static_cast<std::size_t>(channels_);
  for (int y = 0; y < height_; ++y, to += values) {
    std::fill(sum_.begin(), sum_.end(), std::uint16_t{0});
    for (int part = 0; part < finer; ++part) {
      warp_row(from, fine, border, finer, y * finer + part);
      const std::uint8_t* sample = row_.data();
      for (std::size_t pixel = 0; pixel < values; pixel += channels) {
        for (int i = 0; i < finer; ++i, sample += channels) {
          for (std::size_t c = 0; c < channels; ++c) {
            sum_[pixel + c] = static_cast<std::uint16_t>(sum_[pixel + c] + sample[c]);
          }
        }
      }
    }
    for (std::size_t i = 0; i < values; ++i) {
      to[i] = static_cast<std::uint8_t>((sum_[i] + samples / 2) / samples);
    }
  }
}

void Warper::warp_row(const ImageView& from, const Homography& map, const Border& border, int finer,
                      int y) noexcept {
  const auto& m = map.m;
  const int pixel_bytes = channels_of(from.format);
  const bool gray = from.format == PixelFormat::kGray;
  const int width = width_ * finer;
  const int block = block_width(width, height_ * finer);
  std::uint8_t* to = row_.data();
  for (int begin = 0; begin < width; begin += block) {
    const double u0 = m[0] * begin + m[1] * y + m[2];
    const double v0 = m[3] * begin + m[4] * y + m[5];
    const double w0 = m[6] * begin + m[7] * y + m[8];
    for (int x = 0; x < std::min(block, width - begin); ++x, to += channels_) {
      const double w = w0 + m[6] * x;
      const double scale = w != 0 ? kFractions / w : 0;
      const int px = rounded((u0 + m[0] * x) * scale);
      const int py = rounded((v0 + m[3] * x) * scale);
      const int left = px >> kFractionBits;
      const int top = py >> kFractionBits;
      const int fx = px & (kFractions - 1);
      const int fy = py & (kFractions - 1);
      constexpr int kUnit = 1 << (kWeightBits - 2 * kFractionBits);
      const int w00 = (kFractions - fx) * (kFractions - fy) * kUnit;
      const int w01 = fx * (kFractions - fy) * kUnit;
      const int w10 = (kFractions - fx) * fy * kUnit;
      const int w11 = fx * fy * kUnit;
      const std::uint8_t* p00;
      const std::uint8_t* p01;
      const std::uint8_t* p10;
      const std::uint8_t* p11;
      if (left >= 0 && top >= 0 && left < from.width - 1 && top < from.height - 1) {
        p00 = from.data + top * from.row_bytes + std::ptrdiff_t{left} * pixel_bytes;
        p01 = p00 + pixel_bytes;
        p10 = p00 + from.row_bytes;
        p11 = p10 + pixel_bytes;
      } else {
        // One pixel beyond a far corner would overflow.
        const int right = std::min(left, std::numeric_limits<int>::max() - 1) + 1;
        const int bottom = std::min(top, std::numeric_limits<int>::max() - 1) + 1;
        p00 = pixel_at(from, pixel_bytes, border, left, top);
        p01 = pixel_at(from, pixel_bytes, border, right, top);
        p10 = pixel_at(from, pixel_bytes, border, left, bottom);
        p11 = pixel_at(from, pixel_bytes, border, right, bottom);
      }
      const auto mix = [&](int c) {
        constexpr int kHalf = 1 << (kWeightBits - 1);
        return static_cast<std::uint8_t>(
            (p00[c] * w00 + p01[c] * w01 + p10[c] * w10 + p11[c] * w11 + kHalf) >> kWeightBits);
      };
      for (int c = 0; c < channels_; ++c) to[c] = mix(gray ? 0 : c);
    }
  }
}

}  // namespace lprnet::image
