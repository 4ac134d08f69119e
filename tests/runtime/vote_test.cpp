#include "lprnet/vote.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace lprnet {
namespace {

using Texts = std::vector<std::pair<std::string, float>>;

// The first text and its alternatives.
Plate reading(const Texts& texts) {
  Plate plate;
  plate.text = texts.front().first;
  plate.confidence = texts.front().second;
  for (const char character : plate.text) {
    plate.characters.push_back({std::string(1, character), plate.confidence, 0});
  }
  for (std::size_t i = 1; i < texts.size(); ++i) {
    plate.alternatives.push_back(
        {texts[i].first, texts[i].second, GrammarMatch::kMatched, "pattern of " + texts[i].first});
  }
  return plate;
}

TEST(Vote, OfOneIsItself) {
  const Plate one = reading({{"A1", 0.6F}, {"A7", 0.3F}});
  const Plate answer = vote({one});
  EXPECT_EQ(answer.text, "A1");
  EXPECT_EQ(answer.confidence, 0.6F);
  ASSERT_EQ(answer.alternatives.size(), 1U);
  EXPECT_EQ(answer.alternatives[0].confidence, 0.3F);
}

TEST(Vote, OfNoneIsEmpty) {
  EXPECT_EQ(vote({}).text, "");
  EXPECT_EQ(vote({}).confidence, 0);
  EXPECT_EQ(vote({Plate{}, Plate{}}).text, "");
}

TEST(Vote, TwoThatAgreeAreSurerThanEach) {
  const Plate answer = vote({reading({{"A1", 0.7F}}), reading({{"A1", 0.8F}})});
  EXPECT_EQ(answer.text, "A1");
  EXPECT_GT(answer.confidence, 0.9F);
  EXPECT_LT(answer.confidence, 1.0F);
  ASSERT_EQ(answer.characters.size(), 2U);
  EXPECT_EQ(answer.characters[0].confidence, 0.8F) << "of the more confident reading";
}

TEST(Vote, SeveralOutvoteOneSureMistake) {
  const std::vector<Plate> three{reading({{"A1", 0.8F}}), reading({{"B1", 0.999F}}),
                                 reading({{"A1", 0.8F}})};
  const Plate answer = vote(three);
  EXPECT_EQ(answer.text, "A1");
  EXPECT_LT(answer.confidence, 0.97F);
  EXPECT_EQ(vote({three[0], three[1]}).text, "B1");
}

TEST(Vote, WhatIsSecondEverywhereMayBeFirst) {
  const Plate answer =
      vote({reading({{"A1", 0.5F}, {"A7", 0.4F}}), reading({{"AI", 0.5F}, {"A7", 0.4F}}),
            reading({{"AT", 0.5F}, {"A7", 0.4F}})});
  EXPECT_EQ(answer.text, "A7");
  EXPECT_EQ(answer.pattern, "pattern of A7");
  EXPECT_TRUE(answer.characters.empty());
  ASSERT_EQ(answer.alternatives.size(), 1U);
  EXPECT_LT(answer.alternatives[0].confidence, answer.confidence);
}

TEST(Vote, DisagreementIsNotSure) {
  const Plate answer = vote({reading({{"A1", 0.9F}}), reading({{"B2", 0.9F}})});
  EXPECT_LT(answer.confidence, 0.55F);
  EXPECT_GT(answer.confidence, 0.3F);
}

TEST(Vote, EmptyReadingsCountForNothing) {
  const std::vector<Plate> two{reading({{"A1", 0.7F}}), reading({{"A1", 0.8F}})};
  const Plate answer = vote({two[0], Plate{}, two[1], Plate{}});
  EXPECT_EQ(answer.text, "A1");
  EXPECT_EQ(answer.confidence, vote(two).confidence);
}

TEST(Vote, ConfidencesAreProbabilitiesWhateverIsGiven) {
  const float nan = std::nanf("");
  for (const float strange : {nan, -1.0F, 0.0F, 7.0F}) {
    const Plate answer = vote({reading({{"A1", strange}, {"A7", 0.9F}}), reading({{"A7", 0.9F}}),
                               reading({{"A7", strange}})});
    EXPECT_EQ(answer.text, "A7") << strange;
    EXPECT_GT(answer.confidence, 0.5F) << strange;
    EXPECT_LE(answer.confidence, 1.0F) << strange;
  }
  // Many that are sure do not overflow.
  const std::vector<Plate> many(10000, reading({{"A1", 1.0F}, {"A7", 0.0F}}));
  EXPECT_EQ(vote(many).confidence, 1.0F);
}

}  // namespace
}  // namespace lprnet
