#include "ctc/greedy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "ctc/alphabet.h"

namespace lprnet::ctc {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

// Classes A, B, C and the blank, by step.
const Alphabet& abc() {
  static const Alphabet alphabet({"A", "B", "C"}, 3, 4);
  return alphabet;
}

struct Decoded {
  std::vector<Emission> emissions;
  std::string text;
};

Decoded decode(const LogitsView& logits, const Alphabet& alphabet) {
  Decoded decoded{greedy_decode(logits, alphabet.blank()), ""};
  for (const Emission& emission : decoded.emissions) decoded.text += alphabet.token(emission.index);
  return decoded;
}

Decoded decode(const std::vector<std::vector<float>>& steps, const Alphabet& alphabet = abc()) {
  std::vector<float> flat;
  for (const auto& step : steps) flat.insert(flat.end(), step.begin(), step.end());
  return decode(
      {flat.data(), alphabet.classes(), static_cast<int>(steps.size()), 1, alphabet.classes()},
      alphabet);
}

// A step in which one class has probability 0.7 and the others 0.1 each.
std::vector<float> likely(int index) {
  std::vector<float> step(4, std::log(0.1F));
  step[static_cast<std::size_t>(index)] = std::log(0.7F);
  return step;
}

TEST(GreedyDecode, DropsRepeatsAndBlanks) {
  const Decoded plate = decode({likely(0), likely(0), likely(3), likely(1), likely(2), likely(2)});
  EXPECT_EQ(plate.text, "ABC");
  ASSERT_EQ(plate.emissions.size(), 3U);
  EXPECT_EQ(plate.emissions[0].step, 0);
  EXPECT_EQ(plate.emissions[1].step, 3);
  EXPECT_EQ(plate.emissions[2].step, 4);
  EXPECT_EQ(plate.emissions[2].index, 2);
}

TEST(GreedyDecode, BlankBetweenEqualClassesKeepsBoth) {
  EXPECT_EQ(decode({likely(0), likely(3), likely(0)}).text, "AA");
  EXPECT_EQ(decode({likely(0), likely(1), likely(0)}).text, "ABA");
}

TEST(GreedyDecode, FirstAndLastStepEmit) {
  EXPECT_EQ(decode({likely(2), likely(3), likely(1)}).text, "CB");
}

TEST(GreedyDecode, BlankMayBeAnyClass) {
  const Alphabet first({"#", "A", "B", "C"}, 0, 4);
  EXPECT_EQ(decode({likely(1), likely(0), likely(1), likely(3)}, first).text, "AAC");
}

TEST(GreedyDecode, EqualTokensOfDifferentClassesBothEmit) {
  const Alphabet twice({"A", "A", "강원"}, 3, 4);
  EXPECT_EQ(decode({likely(0), likely(1), likely(2)}, twice).text, "AA강원");
}

TEST(GreedyDecode, BlanksAloneAreNoText) {
  const Decoded plate = decode({likely(3), likely(3)});
  EXPECT_EQ(plate.text, "");
  EXPECT_TRUE(plate.emissions.empty());
}

TEST(GreedyDecode, ConstantAddedToAStepChangesNothing) {
  auto shifted = likely(1);
  for (float& logit : shifted) logit -= 1000.0F;
  const Decoded plate = decode({shifted});
  EXPECT_EQ(plate.text, "B");
}

TEST(GreedyDecode, TiesGoToTheLowestClass) {
  const Decoded plate = decode({{0.0F, 5.0F, 5.0F, 5.0F}});
  EXPECT_EQ(plate.text, "B");
}

TEST(GreedyDecode, NanLoses) {
  const Decoded plate = decode({likely(0), {kNan, 1.0F, 2.0F, 0.0F}});
  EXPECT_EQ(plate.text, "AC");
}

TEST(GreedyDecode, NanLosesAgainstMinusInfinity) {
  EXPECT_EQ(decode({{kNan, -kInf, kNan, kNan}}).text, "B");
}

TEST(GreedyDecode, StepOfNothingButNanIsBlank) {
  const Decoded plate = decode({likely(0), {kNan, kNan, kNan, kNan}, likely(0)});
  EXPECT_EQ(plate.text, "AA");
}

TEST(GreedyDecode, InfinitiesAreNumbers) {
  EXPECT_EQ(decode({{0.0F, kInf, kInf, 0.0F}}).text, "B");
  EXPECT_EQ(decode({{-kInf, -kInf, -kInf, -kInf}}).text, "A");
}

TEST(GreedyDecode, FollowsTheStrides) {
  // Classes-major, as (classes, steps), with a row of 5 floats of which the last 2 are not ours.
  const std::vector<float> logits = {9, 0, 0, kNan, kNan,  //
                                     0, 0, 9, kNan, kNan,  //
                                     0, 0, 0, kNan, kNan,  //
                                     0, 9, 0, kNan, kNan};
  const Decoded plate = decode({logits.data(), 4, 3, 5, 1}, abc());
  EXPECT_EQ(plate.text, "AB");
}

}  // namespace
}  // namespace lprnet::ctc
