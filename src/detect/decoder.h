#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "lprnet/description.hpp"
#include "lprnet/quad.hpp"
#include "tensor/layout.h"

namespace lprnet::detect {

// Of a detector's output: heat and two lines instead of one as logits, then x and y of the corners
// from the top left clockwise, from the cell's centre, in units of `reach` strides.
inline constexpr std::int64_t kChannels = 10;

// At most so many peaks of the heat become plates, the hottest ones; a photograph has a few dozen.
inline constexpr std::size_t kMaxPeaks = 512;

// Something that looks like a plate, in pixels of the network's input. Its corners are finite, but
// need not be a convex quadrilateral.
struct Found {
  Quad quad;
  float confidence = 0;  // 0 to 1
  int lines = 1;         // 1 or 2
};

// From a detector's output to plates: the cells that are not colder than their eight neighbours and
// warm enough, then the most confident of those that overlap. All memory is allocated when it is
// made. One for each thread.
//
// A NaN is colder than every number. A peak whose corners are not finite, or lie further outside
// the input than kFarthest times its longer side, is no plate.
class Decoder {
 public:
  // For an input of `width` times `height`. REQUIRES: multiples of detector.multiple, which each
  // stride divides.
  Decoder(const PlateDetector& detector, int width, int height);

  // The most confident first; of equal ones, those of the earlier map and cell. The plates stay
  // until the next call. REQUIRES: the output has the shape (1, kChannels, cells()).
  std::span<const Found> decode(const tensor::ConstView& output, float least_confidence) noexcept;

  std::int64_t cells() const noexcept { return cells_; }

  static constexpr float kFarthest = 64;

 private:
  struct Map {
    int stride;
    int rows;
    int columns;
    std::int64_t begin;  // its first cell
  };
  struct Peak {
    float confidence;
    std::uint32_t cell;  // of all maps
  };

  void find_peaks(const float* heat, std::ptrdiff_t step, float least_confidence) noexcept;
  bool read_corners(const tensor::ConstView& output, const Peak& peak, Found& found) const noexcept;

  std::vector<Map> maps_;
  std::int64_t cells_ = 0;
  float reach_;
  float most_overlap_;
  float farthest_;
  std::vector<Peak> peaks_;   // room for every cell
  std::vector<Found> found_;  // room for kMaxPeaks
};

// Leaves the most confident of those that overlap more than `most_overlap`, the most confident
// first. Equally confident ones stay in their order. Gives how many are left, at the front.
std::size_t keep_one_each(std::span<Found> found, float most_overlap) noexcept;

}  // namespace lprnet::detect
