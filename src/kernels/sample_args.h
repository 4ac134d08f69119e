#pragma once

#include <cstddef>
#include <cstdint>

namespace lprnet::kernels {

// Bilinear sampling of a channels-last image at given positions, as PyTorch's grid_sample. A vector
// of floats behind the image's last pixel may be read, in vain.
struct SampleArgs {
  const float* image = nullptr;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;
  std::ptrdiff_t image_row_stride = 0;  // floats between neighbouring pixels
  std::ptrdiff_t image_col_stride = 0;
  const float* grid = nullptr;  // an output pixel's position, from -1 to 1: x, and y behind it
  std::ptrdiff_t grid_row_stride = 0;
  std::ptrdiff_t grid_col_stride = 0;
  std::ptrdiff_t grid_xy_stride = 0;
  float* out = nullptr;
  std::int64_t rows = 0;  // of output pixels
  std::int64_t cols = 0;
  std::ptrdiff_t out_row_stride = 0;
  std::ptrdiff_t out_col_stride = 0;
  bool align_corners = false;
  bool border = false;  // outside lies the nearest pixel's value, instead of zero
};

}  // namespace lprnet::kernels
