#pragma once

#include <cstddef>
#include <vector>

namespace lprnet::plan {

// Rounded up to base::kAlignment.
std::size_t aligned(std::size_t floats);

// A stretch of activation memory and when it is needed, in step numbers, both ends included.
struct Buffer {
  std::size_t floats = 0;
  int first = 0;
  int last = 0;
};

struct ArenaLayout {
  std::vector<std::size_t> offsets;  // for each buffer, in floats, aligned to base::kAlignment
  std::size_t floats = 0;            // of the whole arena
};

// Lays buffers out so that two that are needed at the same time never overlap. Up to kFewBuffers:
// the largest first, each as low as it fits, in quadratic time; more: in the order in which they
// are needed, each in the smallest gap that it fits into.
inline constexpr std::size_t kFewBuffers = 2048;
ArenaLayout lay_out(const std::vector<Buffer>& buffers);

// As if no memory were used twice.
std::size_t floats_without_reuse(const std::vector<Buffer>& buffers);

}  // namespace lprnet::plan
