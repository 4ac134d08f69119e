#include "runtime/agreement.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace lprnet {

Agreement::Pair Agreement::best_pair() const {
  Pair pair;
  for (std::size_t i = 0; i < readings_.size(); ++i) {
    const Plate& one = readings_[i];
    for (std::size_t k = i + 1; k < readings_.size(); ++k) {
      const Plate& other = readings_[k];
      const float mean = (one.confidence + other.confidence) / 2;
      if (one.text.empty() || one.text != other.text || !(mean > pair.mean)) continue;
      pair = {one.confidence >= other.confidence ? &one : &other, mean};
    }
  }
  return pair;
}

float Agreement::confidence() const { return best_pair().mean; }

Plate Agreement::answer() && {
  const Pair pair = best_pair();
  if (pair.best == nullptr || readings_.front().confidence >= pair.mean) {
    return std::move(readings_.front());
  }
  Plate plate = *pair.best;
  plate.confidence = pair.mean;
  return plate;
}

}  // namespace lprnet
