#pragma once

#include <cstdint>

#include "graph/operators.h"
#include "kernels/kernel_set.h"
#include "tensor/tensor.h"

namespace lprnet::plan {

// `channels` output channels of a filter (out, in, height, width), from `first` on, in the order in
// which the kernel reads them: see kernels::ConvArgs. `packed` holds as many whole vectors.
void pack_weights(const tensor::Tensor& weight, std::int64_t first, std::int64_t channels,
                  const kernels::KernelSet& kernels, float* packed);

// The same channels' biases. REQUIRES: `packed` is zero.
void pack_bias(const graph::Weight& bias, std::int64_t first, std::int64_t channels, float* packed);

// A matrix of so many rows and columns, floats between its elements.
struct PackedMatrix {
  std::int64_t rows;
  std::int64_t cols;
  std::ptrdiff_t row_stride;
  std::ptrdiff_t col_stride;
};

// The matrix as weights of a 1x1 convolution from its rows to its columns. `packed` holds a row of
// whole vectors for each row.
void pack_matrix(const PackedMatrix& matrix, const float* values, const kernels::KernelSet& kernels,
                 float* packed) noexcept;

}  // namespace lprnet::plan
