// Against every path of small outputs, and against PyTorch's ctc_loss.
#include "ctc/text_probability.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "base/file_bytes.h"
#include "formats/json_document.h"
#include "formats/safetensors.h"
#include "graph/weight_map.h"
#include "tests/ctc/random_outputs.h"

namespace lprnet::ctc {
namespace {

using test::Output;
using test::Text;

constexpr test::OutputSize kSizes[] = {{2, 1, 0}, {2, 6, 1}, {3, 5, 1},
                                       {4, 5, 3}, {5, 4, 0}, {3, 8, 2}};

TEST(TextProbability, IsTheSumOverAllPaths) {
  for (const test::OutputSize& size : kSizes) {
    for (std::uint32_t seed = 0; seed < 5; ++seed) {
      const Output output = test::random_output(size.classes, size.steps, 3, seed);
      const Probabilities probabilities = test::probabilities_of(output, size.blank);
      TextProbability text_probability(size.blank);
      double sum = 0;
      for (const auto& [text, expected] : test::all_texts(output, size.blank)) {
        const double found = std::exp(text_probability.log_probability(probabilities, text));
        EXPECT_NEAR(found, expected, 1e-6 * expected + 1e-12);
        sum += found;
      }
      EXPECT_NEAR(sum, 1, 1e-5);
    }
  }
}

TEST(TextProbability, TemperatureDividesTheLogits) {
  const Output output = test::random_output(4, 5, 3, 7);
  const Probabilities probabilities = test::probabilities_of(output, 3, 2.5);
  TextProbability text_probability(3);
  for (const auto& [text, expected] : test::all_texts(output, 3, 2.5)) {
    EXPECT_NEAR(std::exp(text_probability.log_probability(probabilities, text)), expected,
                1e-6 * expected + 1e-12);
  }
}

// The text of `text` with place `index` taken by each class and by none, as the contract says.
double marginal_of(const std::map<Text, double>& texts, const Text& text, std::size_t index,
                   int classes, int blank) {
  std::set<Text> others;
  for (int c = 0; c < classes; ++c) {
    Text other = text;
    other[index] = c;
    if (c != blank) others.insert(other);
  }
  Text without = text;
  without.erase(without.begin() + static_cast<std::ptrdiff_t>(index));
  others.insert(without);
  double sum = 0;
  for (const Text& other : others) {
    if (const auto found = texts.find(other); found != texts.end()) sum += found->second;
  }
  return texts.at(text) / sum;
}

TEST(TextProbability, TokensAreMarginals) {
  for (const test::OutputSize& size : kSizes) {
    for (std::uint32_t seed = 0; seed < 5; ++seed) {
      const Output output = test::random_output(size.classes, size.steps, 3, seed);
      const Probabilities probabilities = test::probabilities_of(output, size.blank);
      TextProbability text_probability(size.blank);
      const auto texts = test::all_texts(output, size.blank);
      for (const auto& [text, unused] : texts) {
        const auto tokens = text_probability.tokens(probabilities, text);
        ASSERT_EQ(tokens.size(), text.size());
        for (std::size_t i = 0; i < text.size(); ++i) {
          EXPECT_NEAR(tokens[i].confidence, marginal_of(texts, text, i, size.classes, size.blank),
                      2e-5)
              << "classes " << size.classes << " steps " << size.steps << " token " << i << " of "
              << text.size();
        }
      }
    }
  }
}

TEST(TextProbability, TokensBeginWhereTheyAreSeen) {
  // A at step 1, B at step 3 and 4, the blank elsewhere.
  Output output{3, 6, std::vector<float>(18, 0)};
  for (const auto& [step, index] : {std::pair{0, 2}, {1, 0}, {2, 2}, {3, 1}, {4, 1}, {5, 2}}) {
    output.logits[static_cast<std::size_t>(3 * step + index)] = 9;
  }
  TextProbability text_probability(2);
  const Probabilities probabilities = test::probabilities_of(output, 2);
  const auto tokens = text_probability.tokens(probabilities, Text{0, 1});
  EXPECT_EQ(tokens[0].step, 1);
  EXPECT_EQ(tokens[1].step, 3);
  EXPECT_GT(tokens[0].confidence, 0.99F);
}

TEST(TextProbability, WhatDoesNotFitIsImpossible) {
  const Output output = test::random_output(3, 3, 3, 1);
  const Probabilities probabilities = test::probabilities_of(output, 2);
  TextProbability text_probability(2);
  const double nothing = -std::numeric_limits<double>::infinity();
  EXPECT_EQ(text_probability.log_probability(probabilities, Text{0, 0, 1}), nothing)
      << "needs a blank between equal tokens";
  EXPECT_EQ(text_probability.log_probability(probabilities, Text{0, 1, 0, 1}), nothing);
  EXPECT_EQ(text_probability.tokens(probabilities, Text{0, 0, 1})[0].confidence, 0.0F);
  EXPECT_EQ(text_probability.tokens(probabilities, Text{0, 1, 0, 1}).size(), 4U);
}

TEST(TextProbability, HugeLogitsStayFinite) {
  Output output{3, 4, {}};
  for (int t = 0; t < 4; ++t) output.logits.insert(output.logits.end(), {0, 2000, -3000});
  const Probabilities probabilities = test::probabilities_of(output, 2);
  TextProbability text_probability(2);
  EXPECT_NEAR(text_probability.log_probability(probabilities, Text{1}), 0, 1e-6);
  EXPECT_NEAR(text_probability.log_probability(probabilities, Text{0}), -8000, 1e-3);
}

TEST(Probabilities, LargeLogitsDoNotOverflow) {
  const Output output{4, 2, {1e38F, -1e38F, 0, 3e38F, -1000, -1000 + std::log(4.0F), -1000, -1000}};
  const Probabilities probabilities = test::probabilities_of(output, 3);
  EXPECT_EQ(probabilities.of_step(0)[3], 1.0F);
  EXPECT_NEAR(probabilities.of_step(1)[1], 4.0 / 7.0, 1e-4);  // 1e-4 of precision is left at 1000
}

TEST(Probabilities, NanIsNoNumber) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  const Output output{3, 5, {0, 0, nan, nan, nan, nan, -inf, -inf, -inf, inf, inf, 0, -inf, 2, 0}};
  const Probabilities probabilities = test::probabilities_of(output, 2);
  EXPECT_FALSE(probabilities.is_sound());
  const std::vector<std::vector<float>> expected = {
      {0.5F, 0.5F, 0}, {0, 0, 1}, {1 / 3.0F, 1 / 3.0F, 1 / 3.0F}, {0.5F, 0.5F, 0}};
  for (int t = 0; t < 4; ++t) {
    for (std::size_t c = 0; c < 3; ++c) {
      const float wanted = expected[static_cast<std::size_t>(t)][c];
      EXPECT_FLOAT_EQ(probabilities.of_step(t)[c], wanted) << t << ", " << c;
      EXPECT_FLOAT_EQ(probabilities.logs_of_step(t)[c], std::log(wanted)) << t << ", " << c;
    }
  }
  EXPECT_EQ(probabilities.of_step(4)[0], 0.0F);
  EXPECT_TRUE(test::probabilities_of(test::random_output(3, 2, 1, 1), 2).is_sound());
}

// tests/golden/ctc.safetensors: see its metadata for the origin.
TEST(TextProbability, AgreesWithPyTorch) {
  const std::string where = LPRNET_SOURCE_DIR "/tests/golden/ctc.safetensors";
  const auto file = formats::read_safetensors(base::read_file(where), where);
  const auto document = formats::parse_json(file.metadata.at("lprnet.golden"), where);
  std::size_t cases = 0;
  for (const auto& one : document.json()["cases"]) {
    const auto name = one["name"].get<std::string>();
    const tensor::Tensor logits = graph::to_float(file.tensors.at(name + "/logits"));
    const tensor::Tensor losses = graph::to_float(file.tensors.at(name + "/losses"));
    const int blank = one["blank"].get<int>();
    const int steps = static_cast<int>(logits.shape()[0]);
    const int classes = static_cast<int>(logits.shape()[1]);
    Probabilities probabilities(classes, steps);
    probabilities.read({logits.data(), classes, steps, 1, classes}, blank);
    TextProbability text_probability(blank);
    std::size_t i = 0;
    for (const auto& text : one["texts"]) {
      const double expected = -static_cast<double>(losses.data()[i++]);
      const double found =
          text_probability.log_probability(probabilities, text.get<std::vector<int>>());
      if (std::isinf(expected)) {
        EXPECT_EQ(found, expected) << name << " text " << i;
      } else {
        EXPECT_NEAR(found, expected, 2e-5 * std::max(1.0, std::abs(expected)))
            << name << " text " << i;
      }
      ++cases;
    }
    EXPECT_EQ(i, losses.size());
  }
  EXPECT_GE(cases, 40U);
}

}  // namespace
}  // namespace lprnet::ctc
