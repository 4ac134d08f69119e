#include "heat_map.h"

#include <cstddef>
#include <utility>
#include <vector>

#include "lprnet/session.hpp"
#include "step_probabilities.h"

namespace lprnet::serve {
cli::Json heat_map(const std::shared_ptr<const Model>& reader, const DecodeOptions& decoding,
                   const Image& image) {
  const PlateReader& plates = *reader->description().plate_reader();
  Session session(reader, 1, decoding);
  session.preprocess(image.view());
  session.infer();
  const std::vector<std::int64_t>& shape = reader->outputs().front().shape;
  const auto classes = static_cast<std::size_t>(shape[1]);
  std::vector<float> scores(classes * static_cast<std::size_t>(shape[2]));
  session.copy_output(scores.data());
  const cli::StepProbabilities probabilities = cli::step_probabilities(
      plates, decoding.temperature.value_or(plates.temperature), scores, classes);

  constexpr int kSignificant = 4;
  cli::Json steps = cli::Json::array();
  for (const std::vector<double>& step : probabilities.steps) {
    cli::Json row = cli::Json::array();
    for (const double share : step) row.push_back(cli::rounded(share, kSignificant));
    steps.push_back(std::move(row));
  }
  return {{"tokens", probabilities.tokens}, {"blank", plates.blank}, {"steps", std::move(steps)}};
}

}  // namespace lprnet::serve
