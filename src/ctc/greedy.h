#pragma once

#include "ctc/alphabet.h"
#include "ctc/decoder.h"

namespace lprnet::ctc {

// The best class of each step, without repeats of the step before, without blanks: a blank between
// two equal classes makes two tokens of them. The path's probability is the product over all steps
// of the softmax probability of the step's best class: the probability of exactly this path. An
// emission's is that of its class at its step.
//
// Ties go to the lowest class. A NaN loses against every number, and a step that has one is given
// probability 0; a step of nothing but NaN is a blank. Infinities are limits: classes at +infinity
// share the probability among them, and a step of nothing but -infinity is a tie of all.
//
// Allocates only what it returns. REQUIRES: logits.classes == alphabet.classes().
Path greedy_decode(const LogitsView& logits, const Alphabet& alphabet);

// The same path without probabilities, which are 0.
Path greedy_path(const LogitsView& logits, const Alphabet& alphabet);

}  // namespace lprnet::ctc
