// The kinds of checkpoints and the alphabets that are known by name.
#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <string>

#include "lprnet/checkpoint.hpp"

namespace lprnet {
namespace {

TEST(CheckpointProfiles, EachFitsItsOwnClasses) {
  std::set<std::string> names;
  for (const CheckpointProfile& profile : checkpoint_profiles()) {
    EXPECT_TRUE(names.insert(profile.name).second) << profile.name;
    EXPECT_FALSE(profile.description.empty()) << profile.name;
    EXPECT_LT(profile.blank, profile.classes) << profile.name;
    EXPECT_EQ(static_cast<std::size_t>(profile.classes), profile.alphabet.size()) << profile.name;
  }
  EXPECT_THAT(names, testing::IsSupersetOf(
                         {"sirius", "finetuned", "stnpair", "stninside", "leaky", "small"}));
}

const KnownAlphabet& alphabet_named(const std::string& name) {
  return *std::find_if(known_alphabets().begin(), known_alphabets().end(),
                       [&](const KnownAlphabet& alphabet) { return alphabet.name == name; });
}

TEST(KnownAlphabets, ClassesAsTheirNetworksWereTrained) {
  const auto& china = alphabet_named("A68");
  ASSERT_EQ(china.tokens.size(), 68U);
  EXPECT_EQ(china.tokens[0], "京");
  EXPECT_EQ(china.tokens[30], "新");
  EXPECT_EQ(china.tokens[31], "0");
  EXPECT_EQ(china.tokens[41], "A");
  EXPECT_EQ(china.tokens[49], "J");
  EXPECT_EQ(china.tokens[64], "Z");
  EXPECT_EQ(china.tokens[65], "I");
  EXPECT_EQ(china.tokens[66], "O");
  EXPECT_EQ(china.tokens[67], "-");
  EXPECT_EQ(china.blank, 67);
  const auto& special = alphabet_named("A75");
  ASSERT_EQ(special.tokens.size(), 75U);
  EXPECT_EQ(special.tokens[31], "学");
  EXPECT_EQ(special.tokens[39], "挂");
  EXPECT_EQ(special.tokens[40], "0");
  EXPECT_EQ(special.blank, 74);
  const auto& first_blank = alphabet_named("A78");
  ASSERT_EQ(first_blank.tokens.size(), 78U);
  EXPECT_EQ(first_blank.tokens[0], "#");
  EXPECT_EQ(first_blank.tokens[32], "学");
  EXPECT_EQ(first_blank.tokens[77], "品");
  EXPECT_EQ(first_blank.blank, 0);
  EXPECT_EQ(alphabet_named("D37").tokens.size(), 37U);
  EXPECT_EQ(alphabet_named("D37").tokens[10], "A");
  EXPECT_EQ(alphabet_named("D37IO").tokens[34], "I");
  EXPECT_EQ(alphabet_named("L37").tokens.size(), 36U);  // the blank is behind them
  EXPECT_EQ(alphabet_named("L37").blank, 36);
}

}  // namespace
}  // namespace lprnet
