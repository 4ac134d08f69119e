#pragma once

#include "tensor/activation.h"
#include "tensor/functions.h"

namespace lprnet::kernels {

using tensor::Activation;
using tensor::ActivationKind;
using tensor::BinaryKind;

// An operand of a row: `stride` 1 for an array, 0 for one value that serves the whole row.
struct RowOperand {
  const float* data = nullptr;
  int stride = 1;
};

}  // namespace lprnet::kernels
