#pragma once

#include <cstdint>
#include <span>

namespace lprnet::tensor {

enum class ActivationKind : std::uint8_t {
  kNone,  // gives its input
  kRelu,
  kLeakyRelu,
  kElu,
  kMish,
  kGelu,
  kGeluTanh,
  kSigmoid,
  kTanh,
  kSqrt,
  kRelu6,
  kSilu,
  kHardsigmoid,
  kHardswish,
  kExp,
  kAbs,
  kSoftplus,
  kClampMin,
  kClampMax,
  kLast = kClampMax,
};

// A function of each element by itself.
struct Activation {
  ActivationKind kind = ActivationKind::kNone;
  double parameter = 0;  // what ActivationFacts::attribute names
};

// What is known of a kind, apart from its vector arithmetic (kernels/activation-inl.h).
struct ActivationFacts {
  ActivationKind kind;
  const char* name;       // in a model file; an approximation shares it
  const char* attribute;  // the parameter's name in a model file; null: it has none
  double parameter;       // PyTorch's default
  bool is_cheap;          // else an exponential or the like
  bool never_falls;       // where the parameter is 0 or more
  double (*of)(double x, double parameter);  // NaN for NaN
};

// One entry for each kind, in their order.
std::span<const ActivationFacts> all_activations() noexcept;
const ActivationFacts& facts_of(ActivationKind kind) noexcept;

inline double activated(const Activation& activation, double x) {
  return facts_of(activation.kind).of(x, activation.parameter);
}

}  // namespace lprnet::tensor
