#pragma once

#include <array>
#include <cstdint>

#include "tensor/layout.h"

namespace lprnet::kernels {

// The general case, element by element; LPRNet's own, a depth kernel of 1, is a slice and
// max_pool(). in (N, C, D, H, W); the shape of `out` settles ceil_mode.
struct MaxPool3dWindow {
  std::array<std::int64_t, 3> kernel;
  std::array<std::int64_t, 3> stride;
  std::array<std::int64_t, 3> padding;
  std::array<std::int64_t, 3> dilation;
};
void max_pool3d(const tensor::ConstView& in, const MaxPool3dWindow& window,
                const tensor::View& out) noexcept;

}  // namespace lprnet::kernels
