#pragma once

#include <cstdint>

// Kinds of functions that the graph names and the kernels compute.
namespace lprnet::tensor {

enum class BinaryKind : std::uint8_t { kAdd, kSub, kMul, kDiv, kPow, kMaximum, kMinimum };

enum class ReduceKind : std::uint8_t { kSum, kMean, kMax, kMin };

// As PyTorch's grid_sample has them.
enum class GridMode : std::uint8_t { kBilinear, kNearest };
enum class GridPadding : std::uint8_t { kZeros, kBorder, kReflection };

// As PyTorch's interpolate has them: nearest takes the pixel at floor(i * scale), nearest-exact the
// one at floor((i + 0.5) * scale).
enum class InterpolateMode : std::uint8_t { kNearest, kNearestExact, kBilinear };

enum class RecurrentKind : std::uint8_t { kLstm, kGru };

}  // namespace lprnet::tensor
