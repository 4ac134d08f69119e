#pragma once

#include <cstdint>

namespace lprnet::kernels {

enum class UnaryFunction : std::uint8_t {
  kCopy,
  kRelu,
  kLeakyRelu,  // parameter: negative slope
  kElu,        // parameter: alpha
  kMish,
  kGelu,
  kGeluTanh,
  kSigmoid,
  kTanh,
  kSqrt,
};

enum class BinaryFunction : std::uint8_t { kAdd, kSub, kMul, kDiv, kPow };

// An operand of a row: `stride` 1 for an array, 0 for one value that serves the whole row.
struct RowOperand {
  const float* data = nullptr;
  int stride = 1;
};

}  // namespace lprnet::kernels
