#pragma once

#include <cstddef>

#include "ctc/alphabet.h"
#include "lprnet/plate.hpp"

namespace lprnet::ctc {

// A network's output for one plate: logits, or anything that differs from them by a constant for
// each step (log-softmax does), as neither text nor confidence changes by that. Never owns.
struct LogitsView {
  const float* data = nullptr;
  int classes = 0;                  // at least 1
  int steps = 0;                    // time steps, at least 1
  std::ptrdiff_t class_stride = 0;  // floats from one class to the next
  std::ptrdiff_t step_stride = 0;   // floats from one time step to the next
};

// The best class of each step, without repeats of the step before, without blanks: a blank between
// two equal classes makes two characters of them. See Plate and Character for the confidences.
//
// Ties go to the lowest class. A NaN loses against every number, and a step that has one is given
// probability 0; a step of nothing but NaN is a blank. Infinities are limits: classes at +infinity
// share the probability among them, and a step of nothing but -infinity is a tie of all.
//
// Allocates only what it returns. REQUIRES: logits.classes == alphabet.classes().
Plate greedy_decode(const LogitsView& logits, const Alphabet& alphabet);

}  // namespace lprnet::ctc
