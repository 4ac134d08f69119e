#pragma once

#include <cstddef>
#include <cstdint>

namespace lprnet::kernels {

// The part of a pooling window, along one axis, that lies inside the input.
struct Window {
  std::int64_t begin;
  std::int64_t count;  // 0: in the padding alone; the maximum of nothing is -inf, its sum 0
};

// Pooling over height and width of channels-last activations. Windows are listed for each output
// row and column, so padding, dilation and ceil_mode are settled before. Up to three floats behind
// the input's last pixel may be read, in vain.
struct PoolArgs {
  const float* in = nullptr;
  float* out = nullptr;
  std::int64_t rows = 0;  // of output pixels
  std::int64_t cols = 0;
  std::int64_t channels = 0;
  std::ptrdiff_t in_row_stride = 0;  // floats between neighbouring input pixels
  std::ptrdiff_t in_col_stride = 0;
  std::ptrdiff_t out_row_stride = 0;
  std::ptrdiff_t out_col_stride = 0;
  const Window* row_windows = nullptr;  // `rows` of them
  const Window* col_windows = nullptr;  // `cols` of them
  std::int64_t row_dilation = 1;
  std::int64_t col_dilation = 1;
  // Average pooling: what the sum of an output pixel's window is multiplied by is
  // row_scales[row] * col_scales[col].
  const float* row_scales = nullptr;
  const float* col_scales = nullptr;
};

}  // namespace lprnet::kernels
