#include "ctc/greedy.h"

#include <cmath>

namespace lprnet::ctc {
namespace {

struct Best {
  int index;
  double probability;
};

Best best_of(const float* logits, std::ptrdiff_t stride, const Alphabet& alphabet,
             bool with_probability) {
  const int classes = alphabet.classes();
  int best = -1;
  float top = 0.0F;
  bool has_nan = false;
  for (int c = 0; c < classes; ++c) {
    const float logit = logits[c * stride];
    if (std::isnan(logit)) {
      has_nan = true;
    } else if (best < 0 || logit > top) {
      best = c;
      top = logit;
    }
  }
  if (best < 0) return {alphabet.blank(), 0.0};
  if (has_nan || !with_probability) return {best, 0.0};
  double sum = 0.0;
  for (int c = 0; c < classes; ++c) {
    const float logit = logits[c * stride];
    // Equal infinities have no difference to take the exponential of.
    sum += logit == top ? 1.0 : std::exp(static_cast<double>(logit) - static_cast<double>(top));
  }
  return {best, 1.0 / sum};
}

Path decode(const LogitsView& logits, const Alphabet& alphabet, bool with_probability) {
  Path path;
  double confidence = 1.0;
  int previous = alphabet.blank();
  for (int step = 0; step < logits.steps; ++step) {
    const Best best = best_of(logits.data + step * logits.step_stride, logits.class_stride,
                              alphabet, with_probability);
    confidence *= best.probability;
    if (best.index != previous && best.index != alphabet.blank()) {
      path.emissions.push_back({best.index, step, static_cast<float>(best.probability)});
    }
    previous = best.index;
  }
  path.probability = static_cast<float>(confidence);
  return path;
}

}  // namespace

Path greedy_decode(const LogitsView& logits, const Alphabet& alphabet) {
  return decode(logits, alphabet, true);
}

Path greedy_path(const LogitsView& logits, const Alphabet& alphabet) {
  return decode(logits, alphabet, false);
}

}  // namespace lprnet::ctc
