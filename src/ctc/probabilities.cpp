#include "ctc/probabilities.h"

#include <cmath>
#include <limits>
#include <utility>

namespace lprnet::ctc {
namespace {

constexpr float kNothing = -std::numeric_limits<float>::infinity();

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
  float top = kNothing;
  int numbers = 0;
  for (int c = 0; c < classes_; ++c) {
    const float logit = logits[c * stride];
    const bool is_number = !std::isnan(logit);
    numbers += is_number ? 1 : 0;
    logs[c] = is_number ? logit : kNothing;
    top = std::max(top, logs[c]);
  }
  if (numbers < classes_) is_sound_ = false;
  if (numbers == 0) {
    logs[blank] = 0;
    top = 0;
  }
  double sum = 0;
  for (int c = 0; c < classes_; ++c) {
    // Equal infinities have no difference. A NaN beside a tie of -infinity takes part in it.
    logs[c] = logs[c] == top ? 0.0F : (logs[c] - top) * inverse_temperature;
    values[c] = std::exp(logs[c]);
    sum += static_cast<double>(values[c]);
  }
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
