#pragma once

#include <cstdint>
#include <vector>

#include "tensor/functions.h"
#include "tensor/layout.h"

// The two halves of a spatial transformer, as PyTorch's affine_grid and grid_sample compute them.
namespace lprnet::kernels {

// The centres of `size` pixels along an axis, from -1 to 1. Aligned corners: the outermost centres
// are at the ends.
std::vector<float> grid_axis(std::int64_t size, bool align_corners);

// theta (N, 2, 3) and the axes to sampling positions (N, H, W, 2), x before y, -1 to 1.
void affine_grid(const tensor::ConstView& theta, const float* ys, const float* xs,
                 const tensor::View& out) noexcept;

using tensor::GridMode;
using tensor::GridPadding;

// image (N, C, H, W), grid (N, height, width, 2) to (N, C, height, width).
void grid_sample(const tensor::ConstView& image, const tensor::ConstView& grid, GridMode mode,
                 GridPadding padding, bool align_corners, const tensor::View& out) noexcept;

}  // namespace lprnet::kernels
