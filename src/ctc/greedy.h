#pragma once

#include <vector>

#include "ctc/decoder.h"

namespace lprnet::ctc {

// The best class of each step, without repeats of the step before, without blanks: a blank between
// two equal classes makes two tokens of them. In the order of the steps.
//
// Ties go to the lowest class. A NaN loses against every number, and a step of nothing but NaN is a
// blank. Allocates only what it returns. REQUIRES: 0 <= blank < logits.classes.
std::vector<Emission> greedy_decode(const LogitsView& logits, int blank);

}  // namespace lprnet::ctc
