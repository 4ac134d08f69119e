#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "lprnet/description.hpp"

namespace lprnet::cli {

// What a plate reader gives at each of its steps.
struct StepProbabilities {
  std::vector<std::string> tokens;         // by class; empty for the blank
  std::vector<std::vector<double>> steps;  // [steps][classes], 0 to 1
};

// From the values of a reader's first output, (1, classes, steps). A step with a score that is NaN
// has no probabilities: they are 0. REQUIRES: classes * steps values.
StepProbabilities step_probabilities(const PlateReader& reader, double temperature,
                                     const std::vector<float>& scores, std::size_t classes);

}  // namespace lprnet::cli
