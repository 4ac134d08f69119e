#include "plan/packed_weights.h"

#include <algorithm>

namespace lprnet::plan {

void pack_weights(const tensor::Tensor& weight, std::int64_t first, std::int64_t channels,
                  const kernels::KernelSet& kernels, float* packed) {
  const tensor::Shape& shape = weight.shape();
  const std::int64_t taps = shape[2] * shape[3];
  const int vectors = static_cast<int>((channels + kernels.lanes - 1) / kernels.lanes);
  const kernels::TileWidths tiles{vectors, kernels.max_tile_vectors};
  std::int64_t tile_begin = 0;
  for (int tile = 0; tile < tiles.count(); ++tile) {
    const std::int64_t width = std::int64_t{tiles.width(tile)} * kernels.lanes;
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      for (std::int64_t in = 0; in < shape[1]; ++in) {
        for (std::int64_t lane = 0; lane < width; ++lane) {
          const std::int64_t channel = tile_begin + lane;
          *packed++ = channel < channels
                          ? weight.data()[((first + channel) * shape[1] + in) * taps + tap]
                          : 0.0F;
        }
      }
    }
    tile_begin += width;
  }
}

void pack_matrix(const PackedMatrix& matrix, const float* values, const kernels::KernelSet& kernels,
                 float* packed) noexcept {
  const auto vectors = static_cast<int>((matrix.cols + kernels.lanes - 1) / kernels.lanes);
  const kernels::TileWidths tiles{vectors, kernels.max_tile_vectors};
  std::int64_t first = 0;
  for (int tile = 0; tile < tiles.count(); ++tile) {
    const std::int64_t width = std::int64_t{tiles.width(tile)} * kernels.lanes;
    const std::int64_t there = std::min(width, matrix.cols - first);
    for (std::int64_t row = 0; row < matrix.rows; ++row, packed += width) {
      const float* from = values + row * matrix.row_stride + first * matrix.col_stride;
      for (std::int64_t i = 0; i < there; ++i) packed[i] = from[i * matrix.col_stride];
      std::fill(packed + there, packed + width, 0.0F);
    }
    first += width;
  }
}

void pack_bias(const graph::Weight& bias, std::int64_t first, std::int64_t channels,
               float* packed) {
  if (bias.given()) std::copy_n(bias.tensor.data() + first, channels, packed);
}

}  // namespace lprnet::plan
