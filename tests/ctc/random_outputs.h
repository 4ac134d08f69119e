#pragma once

#include <cmath>
#include <cstddef>
#include <map>
#include <random>
#include <vector>

#include "ctc/decoder.h"
#include "ctc/probabilities.h"

namespace lprnet::ctc::test {

// A decoder's case.
struct OutputSize {
  int classes;
  int steps;
  int blank;
};

// Random logits as (steps, classes). The engine's numbers are the same with every standard library.
struct Output {
  int classes;
  int steps;
  std::vector<float> logits;

  LogitsView view() const { return {logits.data(), classes, steps, 1, classes}; }
};

inline Output random_output(int classes, int steps, float spread, std::uint32_t seed) {
  std::mt19937 engine(seed);
  Output output{classes, steps, {}};
  for (int i = 0; i < classes * steps; ++i) {
    output.logits.push_back(spread * (static_cast<float>(engine() % 20001) / 10000.0F - 1.0F));
  }
  return output;
}

inline Probabilities probabilities_of(const Output& output, int blank, double temperature = 1) {
  Probabilities probabilities(output.classes, output.steps);
  probabilities.read(output.view(), blank, temperature);
  return probabilities;
}

using Text = std::vector<int>;

// The probability of every text by going through all classes^steps paths.
inline std::map<Text, double> all_texts(const Output& output, int blank, double temperature = 1) {
  std::vector<std::vector<double>> steps;
  for (int t = 0; t < output.steps; ++t) {
    auto& step = steps.emplace_back();
    double sum = 0;
    for (int c = 0; c < output.classes; ++c) {
      const auto index = static_cast<std::size_t>(t * output.classes + c);
      step.push_back(std::exp(static_cast<double>(output.logits[index]) / temperature));
      sum += step.back();
    }
    for (double& value : step) value /= sum;
  }
  std::map<Text, double> texts;
  std::vector<int> path(steps.size(), 0);
  for (;;) {
    double probability = 1;
    Text text;
    int previous = blank;
    for (std::size_t t = 0; t < path.size(); ++t) {
      probability *= steps[t][static_cast<std::size_t>(path[t])];
      if (path[t] != previous && path[t] != blank) text.push_back(path[t]);
      previous = path[t];
    }
    texts[text] += probability;
    std::size_t t = 0;
    while (t < path.size() && ++path[t] == output.classes) path[t++] = 0;
    if (t == path.size()) return texts;
  }
}

}  // namespace lprnet::ctc::test
