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

}  // namespace lprnet::plan
