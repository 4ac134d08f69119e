#include "plan/arena.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "base/aligned_buffer.h"

namespace lprnet::plan {

std::size_t aligned(std::size_t floats) {
  constexpr std::size_t kUnit = base::kAlignment / sizeof(float);
  return (floats + kUnit - 1) / kUnit * kUnit;
}

namespace {

// Memory that is free now: by offset, and by size.
class Gaps {
 public:
  // Floats at the end count as a gap without end.
  std::size_t take(std::size_t size) {
    const auto fit = by_size_.lower_bound({size, 0});
    if (fit == by_size_.end()) {
      // The last gap, where it reaches the end, is made longer.
      std::size_t offset = end_;
      if (!by_offset_.empty()) {
        const auto last = std::prev(by_offset_.end());
        if (last->first + last->second == end_) {
          offset = last->first;
          erase(last);
        }
      }
      end_ = offset + size;
      return offset;
    }
    const auto [found, offset] = *fit;
    erase(by_offset_.find(offset));
    if (found > size) insert(offset + size, found - size);
    return offset;
  }

  void give(std::size_t offset, std::size_t size) {
    auto next = by_offset_.lower_bound(offset);
    if (next != by_offset_.end() && next->first == offset + size) {
      size += next->second;
      next = erase(next);
    }
    if (next != by_offset_.begin()) {
      const auto before = std::prev(next);
      if (before->first + before->second == offset) {
        offset = before->first;
        size += before->second;
        erase(before);
      }
    }
    insert(offset, size);
  }

  std::size_t end() const { return end_; }

 private:
  using ByOffset = std::map<std::size_t, std::size_t>;
  void insert(std::size_t offset, std::size_t size) {
    by_offset_.emplace(offset, size);
    by_size_.emplace(size, offset);
  }
  ByOffset::iterator erase(ByOffset::iterator gap) {
    by_size_.erase({gap->second, gap->first});
    return by_offset_.erase(gap);
  }

  ByOffset by_offset_;
  std::set<std::pair<std::size_t, std::size_t>> by_size_;
  std::size_t end_ = 0;
};

ArenaLayout lay_out_many(const std::vector<Buffer>& buffers) {
  // An empty buffer has a place of its own too.
  const auto size_of = [&buffers](std::size_t id) {
    return std::max(aligned(buffers[id].floats), aligned(1));
  };
  std::vector<std::size_t> begins(buffers.size());
  std::iota(begins.begin(), begins.end(), std::size_t{0});
  std::vector<std::size_t> ends = begins;
  std::stable_sort(begins.begin(), begins.end(), [&buffers](std::size_t a, std::size_t b) {
    return buffers[a].first < buffers[b].first;
  });
  std::stable_sort(ends.begin(), ends.end(), [&buffers](std::size_t a, std::size_t b) {
    return buffers[a].last < buffers[b].last;
  });
  ArenaLayout layout{std::vector<std::size_t>(buffers.size()), 0};
  Gaps gaps;
  auto ended = ends.begin();
  for (const std::size_t id : begins) {
    for (; buffers[*ended].last < buffers[id].first; ++ended) {
      gaps.give(layout.offsets[*ended], size_of(*ended));
    }
    layout.offsets[id] = gaps.take(size_of(id));
  }
  layout.floats = gaps.end();
  return layout;
}

}  // namespace

ArenaLayout lay_out(const std::vector<Buffer>& buffers) {
  if (buffers.size() > kFewBuffers) return lay_out_many(buffers);
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
