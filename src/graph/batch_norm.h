#pragma once

#include <vector>

#include "graph/operators.h"

namespace lprnet::graph {

// A batch normalisation with fixed statistics, in double precision: y = x * scale + shift by
// channel.
struct ScaleShift {
  std::vector<double> scale;
  std::vector<double> shift;
};
ScaleShift scale_shift_of(const BatchNorm& op);

}  // namespace lprnet::graph
