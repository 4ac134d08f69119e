#include "detect/decoder.h"

#include <algorithm>
#include <cmath>

namespace lprnet::detect {
namespace {

// In double precision and rounded once, as the twin in tools/train/detect/decode.py.
float chance(float logit) { return static_cast<float>(1 / (1 + std::exp(-double{logit}))); }

}  // namespace

Decoder::Decoder(const PlateDetector& detector, int width, int height)
    : reach_(detector.reach),
      most_overlap_(detector.most_overlap),
      farthest_(kFarthest * static_cast<float>(std::max(width, height))) {
  for (const DetectorMap& map : detector.maps) {
    maps_.push_back({map.stride, height / map.stride, width / map.stride, cells_});
    cells_ += std::int64_t{maps_.back().rows} * maps_.back().columns;
  }
  peaks_.reserve(static_cast<std::size_t>(cells_));
  found_.reserve(kMaxPeaks);
}

std::span<const Found> Decoder::decode(const tensor::ConstView& output,
                                       float least_confidence) noexcept {
  find_peaks(output.data, output.layout.stride(2), least_confidence);
  const auto hotter = [](const Peak& a, const Peak& b) {
    return a.confidence != b.confidence ? a.confidence > b.confidence : a.cell < b.cell;
  };
  if (peaks_.size() > kMaxPeaks) {
    const auto end = peaks_.begin() + static_cast<std::ptrdiff_t>(kMaxPeaks);
    std::nth_element(peaks_.begin(), end, peaks_.end(), hotter);
    peaks_.resize(kMaxPeaks);
  }
  std::sort(peaks_.begin(), peaks_.end(), hotter);
  found_.clear();
  for (const Peak& peak : peaks_) {
    Found found;
    if (read_corners(output, peak, found)) found_.push_back(found);
  }
  return {found_.data(), keep_one_each(found_, most_overlap_)};
}

void Decoder::find_peaks(const float* heat, std::ptrdiff_t step, float least_confidence) noexcept {
  peaks_.clear();
  // Cheaper than each cell's chance, and passes a little too much.
  const double least = least_confidence;
  const double cold = least > 0 && least < 1 ? std::log(least / (1 - least)) - 1e-3 : -HUGE_VAL;
  for (const Map& map : maps_) {
    const float* values = heat + map.begin * step;
    for (int row = 0; row < map.rows; ++row) {
      for (int column = 0; column < map.columns; ++column) {
        const float here = values[(std::ptrdiff_t{row} * map.columns + column) * step];
        if (!(here >= cold)) continue;  // a NaN too
        bool is_peak = true;
        for (int y = std::max(row - 1, 0); is_peak && y <= std::min(row + 1, map.rows - 1); ++y) {
          for (int x = std::max(column - 1, 0); x <= std::min(column + 1, map.columns - 1); ++x) {
            if (values[(std::ptrdiff_t{y} * map.columns + x) * step] > here) is_peak = false;
          }
        }
        const float confidence = chance(here);
        if (!is_peak || confidence < least_confidence) continue;
        peaks_.push_back({confidence, static_cast<std::uint32_t>(
                                          map.begin + std::int64_t{row} * map.columns + column)});
      }
    }
  }
}

bool Decoder::read_corners(const tensor::ConstView& output, const Peak& peak,
                           Found& found) const noexcept {
  const auto map = std::find_if(maps_.rbegin(), maps_.rend(),
                                [&](const Map& one) { return one.begin <= peak.cell; });
  const auto index = static_cast<int>(peak.cell - map->begin);
  const auto stride = static_cast<float>(map->stride);
  const float centre_x = (static_cast<float>(index % map->columns) + 0.5F) * stride;
  const int row = index / map->columns;
  const float centre_y = (static_cast<float>(row) + 0.5F) * stride;
  const float unit = reach_ * stride;
  const float* value = output.data + std::ptrdiff_t{peak.cell} * output.layout.stride(2);
  const std::ptrdiff_t channel = output.layout.stride(1);
  found.confidence = peak.confidence;
  found.lines = value[channel] > 0 ? 2 : 1;
  value += 2 * channel;
  for (Point& corner : found.quad.corners) {
    corner.x = centre_x + value[0] * unit;
    corner.y = centre_y + value[channel] * unit;
    value += 2 * channel;
    // Not the negation of >, which a NaN would pass.
    if (!(std::abs(corner.x) <= farthest_ && std::abs(corner.y) <= farthest_)) return false;
  }
  return true;
}

std::size_t keep_one_each(std::span<Found> found, float most_overlap) noexcept {
  // Insertion is stable and allocates nothing; what comes from a decoder is sorted already.
  for (std::size_t i = 1; i < found.size(); ++i) {
    for (std::size_t k = i; k > 0 && found[k - 1].confidence < found[k].confidence; --k) {
      std::swap(found[k - 1], found[k]);
    }
  }
  std::size_t kept = 0;
  for (const Found& one : found) {
    const auto is_other = [&](const Found& other) {
      return overlap(one.quad, other.quad) <= double{most_overlap};
    };
    if (std::all_of(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(kept), is_other)) {
      found[kept++] = one;
    }
  }
  return kept;
}

}  // namespace lprnet::detect
