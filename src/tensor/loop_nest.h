#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tensor/layout.h"

namespace lprnet::tensor {

// The loops over several layouts of one shape, merged where the elements follow each other in all
// of them: the innermost loop is as long as can be, and runs over the smallest strides of the last
// operand.
template <std::size_t kOperands>
class LoopNest {
 public:
  explicit LoopNest(const std::array<Layout, kOperands>& operands) {
    const Shape& shape = operands[0].shape;
    // The last operand, the one that is written, decides the order.
    std::array<int, kMaxRank> order{};
    int count = 0;
    for (int axis = 0; axis < shape.rank(); ++axis) {
      if (shape[axis] == 1) continue;
      int place = count++;
      for (;
           place > 0 && operands[kOperands - 1].stride(order[static_cast<std::size_t>(place) - 1]) <
                            operands[kOperands - 1].stride(axis);
           --place) {
        order[static_cast<std::size_t>(place)] = order[static_cast<std::size_t>(place) - 1];
      }
      order[static_cast<std::size_t>(place)] = axis;
    }
    for (int i = count - 1; i >= 0; --i) {
      const int axis = order[static_cast<std::size_t>(i)];
      bool merges = depth_ > 0;
      for (std::size_t o = 0; merges && o < kOperands; ++o) {
        merges = operands[o].stride(axis) == strides_[depth_ - 1][o] * sizes_[depth_ - 1];
      }
      if (merges) {
        sizes_[depth_ - 1] *= shape[axis];
        continue;
      }
      sizes_[depth_] = shape[axis];
      for (std::size_t o = 0; o < kOperands; ++o) strides_[depth_][o] = operands[o].stride(axis);
      ++depth_;
    }
    if (depth_ == 0) sizes_[depth_++] = 1;
  }

  // The innermost loop: its length and, for each operand, floats between elements.
  std::int64_t inner_size() const noexcept { return sizes_[0]; }
  std::ptrdiff_t inner_stride(std::size_t operand) const noexcept { return strides_[0][operand]; }

  // Calls body(offsets) for each run of the innermost loop, offsets in floats from each first
  // element.
  template <typename Body>
  void for_each_inner(Body&& body) const noexcept {
    std::array<std::ptrdiff_t, kOperands> offsets{};
    std::array<std::int64_t, kMaxRank> index{};
    for (;;) {
      body(offsets);
      std::size_t level = 1;
      for (; level < depth_; ++level) {
        for (std::size_t o = 0; o < kOperands; ++o) offsets[o] += strides_[level][o];
        if (++index[level] < sizes_[level]) break;
        for (std::size_t o = 0; o < kOperands; ++o)
          offsets[o] -= strides_[level][o] * sizes_[level];
        index[level] = 0;
      }
      if (level >= depth_) return;
    }
  }

 private:
  // Level 0 is the innermost.
  std::array<std::int64_t, kMaxRank> sizes_{};
  std::array<std::array<std::ptrdiff_t, kOperands>, kMaxRank> strides_{};
  std::size_t depth_ = 0;
};

}  // namespace lprnet::tensor
