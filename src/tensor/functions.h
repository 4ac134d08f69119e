#pragma once

#include <cstdint>

// Kinds of functions that the graph names and the kernels compute.
namespace lprnet::tensor {

enum class BinaryKind : std::uint8_t { kAdd, kSub, kMul, kDiv, kPow, kMaximum, kMinimum };

enum class ReduceKind : std::uint8_t { kSum, kMean, kMax, kMin };

// As PyTorch's grid_sample has them.
enum class GridMode : std::uint8_t { kBilinear, kNearest };
enum class GridPadding : std::uint8_t { kZeros, kBorder, kReflection };

}  // namespace lprnet::tensor
