#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/elementwise_args.h"

namespace lprnet::kernels {

// Whether a convolution applies the activation to its sums before they are stored. Others it
// applies to pixels that it has just stored.
constexpr bool is_of_sums(ActivationKind kind) {
  return kind == ActivationKind::kNone || kind == ActivationKind::kRelu ||
         kind == ActivationKind::kLeakyRelu;
}

// How output channels are cut into tiles of vectors: as few as can be, as equal as can be, wider
// first.
struct TileWidths {
  int vectors;    // all output channels
  int max_width;  // what the target's registers allow

  int count() const noexcept { return (vectors + max_width - 1) / max_width; }
  int width(int tile) const noexcept {
    return vectors / count() + (tile < vectors % count() ? 1 : 0);
  }
};

// One convolution of channels-last activations as a matrix product without im2col. The input of an
// output pixel is `runs` stretches of `run_length` consecutive floats, the r-th of them
// run_offsets[r] floats behind the pixel's first. Padding is in memory: the input's buffer has a
// halo of zeros.
//
// Weights: for each tile of output channels, for each reduction step, the tile's vectors, aligned;
// output channels beyond the last are zero.
struct ConvArgs {
  const float* in = nullptr;
  float* out = nullptr;
  const float* weights = nullptr;
  const float* bias = nullptr;  // one for each output lane, zero beyond the channels; aligned

  std::int64_t rows = 0;  // of output pixels
  std::int64_t cols = 0;
  std::ptrdiff_t in_row_stride = 0;  // floats between the inputs of neighbouring output pixels
  std::ptrdiff_t in_col_stride = 0;
  std::ptrdiff_t out_row_stride = 0;
  std::ptrdiff_t out_col_stride = 0;  // at least out_vectors * lanes

  int runs = 0;
  int run_length = 0;
  const std::ptrdiff_t* run_offsets = nullptr;

  int out_vectors = 0;  // ceil(output channels / lanes)
  Activation activation;
};

// One filter for each channel (groups = channels), channels-last. `taps` offsets in floats from an
// output pixel's first input; padding is in memory.
struct DepthwiseArgs {
  const float* in = nullptr;
  float* out = nullptr;
  const float* weights = nullptr;  // for each tap, out_vectors vectors
  const float* bias = nullptr;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::ptrdiff_t in_row_stride = 0;
  std::ptrdiff_t in_col_stride = 0;
  std::ptrdiff_t out_row_stride = 0;
  std::ptrdiff_t out_col_stride = 0;
  int taps = 0;
  const std::ptrdiff_t* tap_offsets = nullptr;
  int out_vectors = 0;
  Activation activation;
};

}  // namespace lprnet::kernels
