#pragma once

#include <vector>

#include "lprnet/plate.hpp"

namespace lprnet {

// Readings of one picture by several looks at it, and the text on which two of them agree best.
class Agreement {
 public:
  explicit Agreement(Plate first) { readings_.push_back(std::move(first)); }

  void add(Plate reading) { readings_.push_back(std::move(reading)); }

  // The largest mean of a text's two best readings; 0 while no text was read twice.
  float confidence() const;
  // The reading with that text, or the first one when it is more sure.
  Plate answer() &&;

 private:
  struct Pair {
    const Plate* best = nullptr;
    float mean = 0;
  };
  Pair best_pair() const;

  std::vector<Plate> readings_;
};

}  // namespace lprnet
