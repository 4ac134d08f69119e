#pragma once

#include <cstddef>

// A decoder turns a network's output into text. It is a pure function of a view of the output: the
// same numbers give the same answer, and nothing is kept from one call to the next but scratch
// memory that the caller owns.
namespace lprnet::ctc {

// A network's output for one plate: logits, or anything that differs from them by a constant for
// each step (log-softmax does), as no decoder's answer changes by that. Never owns.
struct LogitsView {
  const float* data = nullptr;
  int classes = 0;                  // at least 1
  int steps = 0;                    // time steps, at least 1
  std::ptrdiff_t class_stride = 0;  // floats from one class to the next
  std::ptrdiff_t step_stride = 0;   // floats from one time step to the next
};

// One token of an answer.
struct Emission {
  int index = 0;  // its class, never the blank
  int step = 0;   // at which it begins, from 0
};

}  // namespace lprnet::ctc
