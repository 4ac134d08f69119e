// Against every path of small outputs; what a narrow beam must still get right; no allocation.
#include "ctc/beam_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "ctc/greedy.h"
#include "ctc/text_probability.h"
#include "tests/ctc/random_outputs.h"
#include "tests/hostile/allocations.h"

namespace lprnet::ctc {
namespace {

using test::Output;
using test::Text;

constexpr BeamOptions kExact{1 << 12, 1 << 12};

std::shared_ptr<const Automaton> everything(int classes) {
  return std::make_shared<const Automaton>(Automaton::accept_all(classes));
}

Text to_text(std::span<const int> text) { return {text.begin(), text.end()}; }

constexpr test::OutputSize kBeamSizes[] = {{2, 1, 0}, {2, 7, 1}, {3, 5, 1},
                                           {4, 5, 3}, {5, 4, 0}, {3, 6, 2}};

TEST(BeamSearch, IsExactWithRoomForAll) {
  for (const test::OutputSize& size : kBeamSizes) {
    for (std::uint32_t seed = 0; seed < 6; ++seed) {
      const Output output = test::random_output(size.classes, size.steps, 3, seed);
      const auto expected = test::all_texts(output, size.blank);
      BeamSearch search(everything(size.classes), size.blank, size.steps, kExact);
      const auto found = search.run(test::probabilities_of(output, size.blank));
      ASSERT_EQ(found.size(), expected.size());
      for (const auto& one : found) {
        const double wanted = expected.at(to_text(one.text));
        EXPECT_NEAR(std::exp(one.log_probability), wanted, 1e-6 * wanted + 1e-12);
        EXPECT_EQ(one.score, one.log_probability);
      }
      EXPECT_TRUE(std::is_sorted(found.begin(), found.end(),
                                 [](const auto& a, const auto& b) { return a.score > b.score; }));
    }
  }
}

// Two blanks beat each path of the text, whose paths together beat them: the case for which greedy
// decoding is wrong.
TEST(BeamSearch, SumsOverPaths) {
  const Output output{2, 2, {std::log(0.4F), std::log(0.6F), std::log(0.4F), std::log(0.6F)}};
  EXPECT_TRUE(greedy_decode(output.view(), 1).empty());
  BeamSearch search(everything(2), 1, 2, {4, 4});
  const auto found = search.run(test::probabilities_of(output, 1));
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(to_text(found[0].text), Text{0});
  EXPECT_NEAR(std::exp(found[0].log_probability), 0.64, 1e-6);
}

// A narrow beam may miss paths, never invents them, and finds each text once.
TEST(BeamSearch, ANarrowBeamFindsLowerBounds) {
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    const int blank = 5;
    const Output output = test::random_output(6, 12, 5, seed);
    const Probabilities probabilities = test::probabilities_of(output, blank);
    TextProbability exact(blank);
    for (const int width : {1, 2, 3, 8, 16}) {
      BeamSearch search(everything(6), blank, 12, {width, 4});
      const auto found = search.run(probabilities);
      ASSERT_FALSE(found.empty());
      EXPECT_LE(found.size(), static_cast<std::size_t>(width));
      std::set<Text> texts;
      for (const auto& one : found) {
        EXPECT_LE(one.log_probability, exact.log_probability(probabilities, one.text) + 1e-5);
        EXPECT_TRUE(texts.insert(to_text(one.text)).second) << "a text twice";
      }
    }
  }
}

TEST(BeamSearch, TheSameScratchGivesTheSameAnswer) {
  BeamSearch search(everything(6), 5, 12, {8, 4});
  const Probabilities first = test::probabilities_of(test::random_output(6, 12, 5, 1), 5);
  const Probabilities second = test::probabilities_of(test::random_output(6, 12, 5, 2), 5);
  const auto answer = [&](const Probabilities& probabilities) {
    std::vector<std::pair<Text, double>> texts;
    for (const auto& one : search.run(probabilities)) {
      texts.emplace_back(to_text(one.text), one.score);
    }
    return texts;
  };
  const auto before = answer(first);
  EXPECT_NE(answer(second), before);
  EXPECT_EQ(answer(first), before);
}

TEST(BeamSearch, TiesGoToTheTextFoundFirst) {
  const Output output{3, 1, {1, 1, -5}};
  BeamSearch search(everything(3), 2, 1, {2, 2});
  const auto found = search.run(test::probabilities_of(output, 2));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(to_text(found[0].text), Text{0});
  EXPECT_EQ(to_text(found[1].text), Text{1});
}

TEST(BeamSearch, ImpossibleTextsAreNotFound) {
  const float inf = std::numeric_limits<float>::infinity();
  const Output output{3, 2, {0, -inf, -inf, -inf, 0, -inf}};
  BeamSearch search(everything(3), 2, 2, kExact);
  const auto found = search.run(test::probabilities_of(output, 2));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(to_text(found[0].text), (Text{0, 1}));
  EXPECT_NEAR(found[0].score, 0, 1e-6);
}

// Letters A, B and digits 0, 1: exactly one letter and one or two digits.
Grammar letter_and_digits() {
  Grammar grammar;
  grammar.name = "test";
  grammar.token_sets = {{"A", "B"}, {"0", "1"}};
  using NodeKind = Grammar::NodeKind;
  grammar.nodes = {{NodeKind::kTokens, 0, {}, {}, 0, 0},
                   {NodeKind::kTokens, 1, {}, {}, 0, 0},
                   {NodeKind::kRepeat, -1, {1}, {}, 1, 2},
                   {NodeKind::kSequence, -1, {0, 2}, {}, 0, 0}};
  grammar.patterns = {{"letter first", 1, 3}};
  return grammar;
}

TEST(BeamSearch, StaysInTheGrammar) {
  const Alphabet alphabet({"A", "B", "0", "1"}, 4, 5);
  const Grammar grammar = letter_and_digits();
  for (std::uint32_t seed = 0; seed < 10; ++seed) {
    const Output output = test::random_output(5, 5, 3, seed);
    const Probabilities probabilities = test::probabilities_of(output, 4);
    const auto expected = test::all_texts(output, 4);
    const auto strict =
        std::make_shared<const Automaton>(grammar, alphabet, OutsideTexts::kForbidden, 1.0);
    BeamSearch search(strict, 4, 5, kExact);
    const auto found = search.run(probabilities);
    EXPECT_EQ(found.size(), 2U * 2 + 2 * 4);
    for (const auto& one : found) {
      EXPECT_LT(one.text[0], 2);
      EXPECT_NEAR(std::exp(one.score), expected.at(to_text(one.text)), 1e-6);
      ASSERT_NE(strict->pattern(one.state), nullptr);
      EXPECT_EQ(*strict->pattern(one.state), "letter first");
    }
    // Softly every text is found, others with the weight of outsiders.
    const auto soft =
        std::make_shared<const Automaton>(grammar, alphabet, OutsideTexts::kAllowed, 0.25);
    BeamSearch soft_search(soft, 4, 5, kExact);
    const auto all = soft_search.run(probabilities);
    EXPECT_EQ(all.size(), expected.size());
    std::size_t inside = 0;
    for (const auto& one : all) {
      const bool is_inside = soft->pattern(one.state) != nullptr;
      inside += is_inside ? 1 : 0;
      EXPECT_NEAR(one.score - one.log_probability, is_inside ? 0 : std::log(0.25), 1e-12);
    }
    EXPECT_EQ(inside, found.size());
  }
}

TEST(BeamSearch, RunAllocatesNothing) {
  const Output output = test::random_output(73, 27, 8, 3);
  const Probabilities probabilities = test::probabilities_of(output, 72);
  BeamSearch search(everything(73), 72, 27, {8, 16});
  hostile::reset_allocated_bytes();
  const std::size_t found = search.run(probabilities).size();
  EXPECT_EQ(hostile::allocated_bytes(), 0U);
  EXPECT_EQ(found, 8U);
}

}  // namespace
}  // namespace lprnet::ctc
