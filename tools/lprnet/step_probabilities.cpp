#include "step_probabilities.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lprnet::cli {
namespace {

// In place.
void softmax(std::vector<double>& scores, double temperature) {
  double largest = -std::numeric_limits<double>::infinity();
  for (const double score : scores) largest = std::max(largest, score);
  double sum = 0;
  for (double& score : scores) sum += score = std::exp((score - largest) / temperature);
  for (double& score : scores) score = sum > 0 ? score / sum : 0;
}

}  // namespace

StepProbabilities step_probabilities(const PlateReader& reader, double temperature,
                                     const std::vector<float>& scores, std::size_t classes) {
  StepProbabilities result;
  for (std::size_t k = 0; k < classes; ++k) {
    const bool is_token = k < reader.alphabet.size() && k != static_cast<std::size_t>(reader.blank);
    result.tokens.push_back(is_token ? reader.alphabet[k] : std::string());
  }
  const std::size_t steps = scores.size() / classes;
  result.steps.assign(steps, std::vector<double>(classes));
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::size_t k = 0; k < classes; ++k) {
      double& score = result.steps[t][k];
      score = static_cast<double>(scores[k * steps + t]);
      if (reader.scores == Scores::kProbabilities) {
        score = std::log(std::max(score, std::numeric_limits<double>::min()));
      }
    }
    softmax(result.steps[t], temperature);
  }
  return result;
}

}  // namespace lprnet::cli
