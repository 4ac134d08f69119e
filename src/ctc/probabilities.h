#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ctc/decoder.h"

namespace lprnet::ctc {

// log(exp(a) + exp(b)) without overflow; -infinity is the logarithm of nothing.
double log_add(double a, double b) noexcept;

// The probability of each class at each time step: softmax(logits / temperature) of the step, and
// its logarithm. Scratch memory, allocated when it is made; a value.
class Probabilities {
 public:
  // REQUIRES: both at least 1.
  Probabilities(int classes, int steps);

  // What it takes to make one.
  static std::int64_t bytes(std::int64_t classes, std::int64_t steps) noexcept {
    return 2 * std::int64_t{sizeof(float)} * classes * steps;
  }

  // Reads an output of the same size. NaN counts as -infinity, and a step of nothing but NaN as
  // nothing but the blank; is_sound() is false then. Infinities are limits: classes at +infinity
  // share the probability among them, and a step of nothing but -infinity is a tie of all.
  // REQUIRES: temperature > 0.
  void read(const LogitsView& logits, int blank, double temperature = 1.0) noexcept;

  int classes() const noexcept { return classes_; }
  int steps() const noexcept { return steps_; }
  // False after an output that holds a NaN.
  bool is_sound() const noexcept { return is_sound_; }
  // One step's, by class. REQUIRES: 0 <= step < steps().
  const float* of_step(int step) const noexcept { return values_.data() + offset(step); }
  const float* logs_of_step(int step) const noexcept { return logs_.data() + offset(step); }

 private:
  std::size_t offset(int step) const noexcept {
    return static_cast<std::size_t>(step) * static_cast<std::size_t>(classes_);
  }
  void read_step(const float* logits, std::ptrdiff_t stride, int blank, float inverse_temperature,
                 float* values, float* logs) noexcept;

  int classes_;
  int steps_;
  bool is_sound_ = true;
  std::vector<float> values_;  // (steps, classes)
  std::vector<float> logs_;    // (steps, classes)
};

}  // namespace lprnet::ctc
