#include "plan/arena.h"

#include <algorithm>
#include <numeric>

#include "base/aligned_buffer.h"

namespace lprnet::plan {

std::size_t aligned(std::size_t floats) {
  constexpr std::size_t kUnit = base::kAlignment / sizeof(float);
  return (floats + kUnit - 1) / kUnit * kUnit;
}

ArenaLayout lay_out(const std::vector<Buffer>& buffers) {
  std::vector<std::size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&buffers](std::size_t a, std::size_t b) {
    return buffers[a].floats > buffers[b].floats;
  });
  ArenaLayout layout{std::vector<std::size_t>(buffers.size()), 0};
  std::vector<std::size_t> placed;
  for (const std::size_t id : order) {
    const Buffer& buffer = buffers[id];
    const std::size_t size = aligned(buffer.floats);
    // The placed ones that live at the same time, from low to high: the first gap that is wide
    // enough.
    std::vector<std::size_t> neighbours;
    std::copy_if(
        placed.begin(), placed.end(), std::back_inserter(neighbours), [&](std::size_t other) {
          return buffers[other].first <= buffer.last && buffer.first <= buffers[other].last;
        });
    std::sort(neighbours.begin(), neighbours.end(), [&layout](std::size_t a, std::size_t b) {
      return layout.offsets[a] < layout.offsets[b];
    });
    std::size_t offset = 0;
    for (const std::size_t other : neighbours) {
      if (offset + size <= layout.offsets[other]) break;
      offset = std::max(offset, layout.offsets[other] + aligned(buffers[other].floats));
    }
    layout.offsets[id] = offset;
    layout.floats = std::max(layout.floats, offset + size);
    placed.push_back(id);
  }
  return layout;
}

std::size_t floats_without_reuse(const std::vector<Buffer>& buffers) {
  std::size_t sum = 0;
  for (const Buffer& buffer : buffers) sum += aligned(buffer.floats);
  return sum;
}

}  // namespace lprnet::plan
