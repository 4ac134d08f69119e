#include "heat_map.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "lprnet/session.hpp"

namespace lprnet::serve {
namespace {

// In place; a score that is NaN leaves no probability.
void softmax(std::vector<double>& scores, double temperature) {
  double largest = -std::numeric_limits<double>::infinity();
  for (const double score : scores) largest = std::max(largest, score);
  double sum = 0;
  for (double& score : scores) sum += score = std::exp((score - largest) / temperature);
  for (double& score : scores) score = sum > 0 ? score / sum : 0;
}

}  // namespace

cli::Json heat_map(const std::shared_ptr<const Model>& reader, const DecodeOptions& decoding,
                   const Image& image) {
  const PlateReader& plates = *reader->description().plate_reader();
  Session session(reader, 1, decoding);
  session.preprocess(image.view());
  session.infer();
  const std::vector<std::int64_t>& shape = reader->outputs().front().shape;
  const auto classes = static_cast<std::size_t>(shape[1]);
  const auto steps = static_cast<std::size_t>(shape[2]);
  std::vector<float> scores(classes * steps);
  session.copy_output(scores.data());

  cli::Json tokens = cli::Json::array();
  for (std::size_t k = 0; k < classes; ++k) {
    const bool is_token = k < plates.alphabet.size() && k != static_cast<std::size_t>(plates.blank);
    tokens.push_back(is_token ? plates.alphabet[k] : std::string());
  }
  constexpr int kSignificant = 4;
  cli::Json all = cli::Json::array();
  std::vector<double> step(classes);
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::size_t k = 0; k < classes; ++k) {
      step[k] = static_cast<double>(scores[k * steps + t]);
      if (plates.scores == Scores::kProbabilities) {
        step[k] = std::log(std::max(step[k], std::numeric_limits<double>::min()));
      }
    }
    softmax(step, decoding.temperature.value_or(plates.temperature));
    cli::Json row = cli::Json::array();
    for (const double share : step) row.push_back(cli::rounded(share, kSignificant));
    all.push_back(std::move(row));
  }
  return {{"tokens", std::move(tokens)}, {"blank", plates.blank}, {"steps", std::move(all)}};
}

}  // namespace lprnet::serve
