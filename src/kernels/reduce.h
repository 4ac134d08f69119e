#pragma once

#include <cstdint>

#include "tensor/layout.h"

// Operators over whole axes, in double precision: small in every known model.
namespace lprnet::kernels {

enum class ReduceFunction : std::uint8_t { kSum, kMean, kMax };

// `out` has the input's rank, with size 1 where the input is reduced.
void reduce(ReduceFunction function, const tensor::ConstView& in, const tensor::View& out) noexcept;

// Over `axis`; the logarithm of it when `log`.
void softmax(const tensor::ConstView& in, int axis, bool log, const tensor::View& out) noexcept;

}  // namespace lprnet::kernels
