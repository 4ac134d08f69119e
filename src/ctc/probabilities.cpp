#include "ctc/probabilities.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

namespace lprnet::ctc {
namespace {

constexpr float kNoLog = -std::numeric_limits<float>::infinity();

// exp(x) of x <= 0 to a few units of the last place, in a form that compilers turn into vectors;
// less than 2e-38 for what is below -87, -infinity included.
inline float exp_of(float x) noexcept {
  constexpr float kLowest = -87;
  constexpr float kLog2E = 1.44269504F;
  constexpr float kLn2High = 0.693359375F;  // ln 2 in two parts, the first exact in few bits
  constexpr float kLn2Low = -2.12194440e-4F;
  x = x > kLowest ? x : kLowest;
  const auto exponent = static_cast<std::int32_t>(x * kLog2E - 0.5F);
  const auto whole = static_cast<float>(exponent);
  const float f = (x - whole * kLn2High) - whole * kLn2Low;
  float sum = 1.0F / 720;
  for (const float factor : {1.0F / 120, 1.0F / 24, 1.0F / 6, 0.5F, 1.0F, 1.0F}) {
    sum = sum * f + factor;
  }
  constexpr int kBias = 127;
  constexpr int kFractionBits = 23;
  return sum * std::bit_cast<float>((exponent + kBias) << kFractionBits);
}

// Four sums side by side, which wait less for each other.
double sum_of(const float* values, int count) noexcept {
  std::array<double, 4> sums{};
  for (int i = 0; i < count; ++i) {
    sums[static_cast<std::size_t>(i % 4)] += static_cast<double>(values[i]);
  }
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace

double log_add(double a, double b) noexcept {
  if (a < b) std::swap(a, b);
  const double difference = b - a;  // NaN for two that are both -infinity
  // Beyond this the sum rounds to the larger one.
  constexpr double kNegligible = -37;
  return difference > kNegligible ? a + std::log1p(std::exp(difference)) : a;
}

Probabilities::Probabilities(int classes, int steps)
    : classes_(classes),
      steps_(steps),
      values_(static_cast<std::size_t>(classes) * static_cast<std::size_t>(steps)),
      logs_(values_.size()) {}

void Probabilities::read(const LogitsView& logits, int blank, double temperature) noexcept {
  is_sound_ = true;
  const auto inverse = static_cast<float>(1.0 / temperature);
  for (int step = 0; step < steps_; ++step) {
    read_step(logits.data + step * logits.step_stride, logits.class_stride, blank, inverse,
              values_.data() + offset(step), logs_.data() + offset(step));
  }
}

void Probabilities::read_step(const float* logits, std::ptrdiff_t stride, int blank,
                              float inverse_temperature, float* values, float* logs) noexcept {
  float top = kNoLog;
  int numbers = 0;
  for (int c = 0; c < classes_; ++c) {
    const float logit = logits[c * stride];
    const bool is_number = !std::isnan(logit);
    numbers += is_number ? 1 : 0;
    logs[c] = kNoLog;
    if (is_number) logs[c] = logit;
    top = std::max(top, logs[c]);
  }
  if (numbers < classes_) is_sound_ = false;
  if (numbers == 0) {
    logs[blank] = 0;
    top = 0;
  }
  for (int c = 0; c < classes_; ++c) {
    // Equal infinities have no difference. A NaN beside a tie of -infinity takes part in it.
    logs[c] = logs[c] == top ? 0.0F : (logs[c] - top) * inverse_temperature;
    values[c] = exp_of(logs[c]);
  }
  const double sum = sum_of(values, classes_);
  const auto log_sum = static_cast<float>(std::log(sum));
  const auto scale = static_cast<float>(1.0 / sum);
  // Smaller ones change no sum, and arithmetic with denormal numbers is slow.
  constexpr float kSmallest = 1e-30F;
  for (int c = 0; c < classes_; ++c) {
    logs[c] -= log_sum;
    values[c] = values[c] * scale >= kSmallest ? values[c] * scale : 0.0F;
  }
}

}  // namespace lprnet::ctc
