#pragma once

#include "tensor/layout.h"

namespace lprnet::kernels {

// Each stretch of the dimensions from `kept` on less its mean, over its deviation, in double
// precision: sqrt(variance + eps). Then times `weight` plus `bias`, each null or at `affine`.
void norm(const tensor::ConstView& in, int kept, const float* weight, const float* bias,
          const tensor::Layout& affine, double eps, const tensor::View& out) noexcept;

}  // namespace lprnet::kernels
