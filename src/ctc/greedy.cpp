#include "ctc/greedy.h"

#include <cmath>

namespace lprnet::ctc {
namespace {

int best_of(const float* logits, std::ptrdiff_t stride, int classes, int blank) {
  int best = -1;
  float top = 0.0F;
  for (int c = 0; c < classes; ++c) {
    const float logit = logits[c * stride];
    if (std::isnan(logit) || (best >= 0 && !(logit > top))) continue;
    best = c;
    top = logit;
  }
  return best < 0 ? blank : best;
}

}  // namespace

std::vector<Emission> greedy_decode(const LogitsView& logits, int blank) {
  std::vector<Emission> emissions;
  int previous = blank;
  for (int step = 0; step < logits.steps; ++step) {
    const int best = best_of(logits.data + step * logits.step_stride, logits.class_stride,
                             logits.classes, blank);
    if (best != previous && best != blank) emissions.push_back({best, step});
    previous = best;
  }
  return emissions;
}

}  // namespace lprnet::ctc
