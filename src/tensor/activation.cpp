#include "tensor/activation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

namespace lprnet::tensor {
namespace {

double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

double relu6(double x) { return x < 0 ? 0 : x > 6 ? 6 : x; }

// PyTorch multiplies first, in float32: infinite where the product is.
double hardswish(double x) {
  const double product = x * relu6(x + 3);
  return product > std::numeric_limits<float>::max() ? HUGE_VAL : product / 6;
}

// As PyTorch with its threshold of 20, from which on float32 cannot tell the function from x.
double softplus_of(double x, double beta) {
  return x * beta > 20 ? x : std::log1p(std::exp(x * beta)) / beta;
}

using Kind = ActivationKind;

constexpr std::array kActivations{
    ActivationFacts{Kind::kNone, "identity", nullptr, 0, true, true,
                    [](double x, double) { return x; }},
    ActivationFacts{Kind::kRelu, "relu", nullptr, 0, true, true,
                    [](double x, double) { return x < 0 ? 0 : x; }},
    ActivationFacts{Kind::kLeakyRelu, "leaky_relu", "negative_slope", 0.01, true, true,
                    [](double x, double slope) { return x > 0 ? x : x * slope; }},
    ActivationFacts{Kind::kElu, "elu", "alpha", 1, false, true,
                    [](double x, double alpha) { return x > 0 ? x : alpha * std::expm1(x); }},
    ActivationFacts{Kind::kMish, "mish", nullptr, 0, false, false,
                    [](double x, double) { return x * std::tanh(softplus(x)); }},
    ActivationFacts{Kind::kGelu, "gelu", nullptr, 0, false, false,
                    [](double x, double) { return 0.5 * x * (1 + std::erf(x * M_SQRT1_2)); }},
    ActivationFacts{Kind::kGeluTanh, "gelu", nullptr, 0, false, false,
                    [](double x, double) {
                      const double inner = std::sqrt(M_2_PI) * (x + 0.044715 * x * x * x);
                      return 0.5 * x * (1 + std::tanh(inner));
                    }},
    ActivationFacts{Kind::kSigmoid, "sigmoid", nullptr, 0, false, true,
                    [](double x, double) { return 1 / (1 + std::exp(-x)); }},
    ActivationFacts{Kind::kTanh, "tanh", nullptr, 0, false, true,
                    [](double x, double) { return std::tanh(x); }},
    ActivationFacts{Kind::kSqrt, "sqrt", nullptr, 0, true, false,
                    [](double x, double) { return std::sqrt(x); }},
    ActivationFacts{Kind::kRelu6, "relu6", nullptr, 0, true, true,
                    [](double x, double) { return relu6(x); }},
    ActivationFacts{Kind::kSilu, "silu", nullptr, 0, false, false,
                    [](double x, double) { return x / (1 + std::exp(-x)); }},
    ActivationFacts{Kind::kHardsigmoid, "hardsigmoid", nullptr, 0, true, true,
                    [](double x, double) { return relu6(x + 3) / 6; }},
    ActivationFacts{Kind::kHardswish, "hardswish", nullptr, 0, true, false,
                    [](double x, double) { return hardswish(x); }},
    ActivationFacts{Kind::kExp, "exp", nullptr, 0, false, true,
                    [](double x, double) { return std::exp(x); }},
    ActivationFacts{Kind::kAbs, "abs", nullptr, 0, true, false,
                    [](double x, double) { return std::abs(x); }},
    ActivationFacts{Kind::kSoftplus, "softplus", "beta", 1, false, true, &softplus_of},
    // A file that clamps on both sides has one behind the other.
    ActivationFacts{Kind::kClampMin, "clamp_min", "min", 0, true, true,
                    [](double x, double low) { return x < low ? low : x; }},
    ActivationFacts{Kind::kClampMax, "clamp_max", "max", 0, true, true,
                    [](double x, double high) { return x > high ? high : x; }},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kActivations.size(); ++i) {
    if (static_cast<std::size_t>(kActivations[i].kind) != i) return false;
  }
  return kActivations.back().kind == Kind::kLast;
}
static_assert(in_order(), "a kind indexes the table: one entry for each");

}  // namespace

std::span<const ActivationFacts> all_activations() noexcept { return kActivations; }

const ActivationFacts& facts_of(ActivationKind kind) noexcept {
  return kActivations[static_cast<std::size_t>(kind)];
}

}  // namespace lprnet::tensor
