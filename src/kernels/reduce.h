#pragma once

#include "tensor/functions.h"
#include "tensor/layout.h"

// Operators over whole axes, in double precision: small in every known model.
namespace lprnet::kernels {

// `out` has the input's rank, with size 1 where the input is reduced.
void reduce(tensor::ReduceKind kind, const tensor::ConstView& in, const tensor::View& out) noexcept;

// Over `axis`; the logarithm of it when `log`.
void softmax(const tensor::ConstView& in, int axis, bool log, const tensor::View& out) noexcept;

}  // namespace lprnet::kernels
