#pragma once

#include <cstdint>

#include "tensor/layout.h"

// The two halves of a spatial transformer, as PyTorch's affine_grid and grid_sample compute them.
namespace lprnet::kernels {

// theta (N, 2, 3) to sampling positions (N, H, W, 2), x before y, -1 to 1.
void affine_grid(const tensor::ConstView& theta, bool align_corners,
                 const tensor::View& out) noexcept;

enum class GridMode : std::uint8_t { kBilinear, kNearest };
enum class GridPadding : std::uint8_t { kZeros, kBorder, kReflection };

// image (N, C, H, W), grid (N, height, width, 2) to (N, C, height, width).
void grid_sample(const tensor::ConstView& image, const tensor::ConstView& grid, GridMode mode,
                 GridPadding padding, bool align_corners, const tensor::View& out) noexcept;

}  // namespace lprnet::kernels
