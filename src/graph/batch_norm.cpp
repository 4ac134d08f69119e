#include "graph/batch_norm.h"

#include <cmath>

namespace lprnet::graph {

ScaleShift scale_shift_of(const BatchNorm& op) {
  ScaleShift result;
  for (std::size_t i = 0; i < op.running_mean.tensor.size(); ++i) {
    const double weight = op.weight.given() ? op.weight.tensor.data()[i] : 1.0;
    const double bias = op.bias.given() ? op.bias.tensor.data()[i] : 0.0;
    const double scale = weight / std::sqrt(double{op.running_var.tensor.data()[i]} + op.eps);
    result.scale.push_back(scale);
    result.shift.push_back(bias - scale * op.running_mean.tensor.data()[i]);
  }
  return result;
}

}  // namespace lprnet::graph
