#include "ctc/alphabet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lprnet/error.hpp"

namespace lprnet::ctc {
namespace {

using testing::HasSubstr;

std::string error_of(std::vector<std::string> tokens, int blank, int classes) {
  try {
    Alphabet(std::move(tokens), blank, classes);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidModel);
    return error.what();
  }
  return "no error";
}

TEST(Alphabet, HoldsATokenForEachClass) {
  const Alphabet alphabet({"京", "강원", "A"}, 1, 3);
  EXPECT_EQ(alphabet.classes(), 3);
  EXPECT_EQ(alphabet.blank(), 1);
  EXPECT_EQ(alphabet.token(0), "京");
  EXPECT_EQ(alphabet.token(1), "강원");
}

TEST(Alphabet, BlankMayBeLeftOutAtTheEnd) {
  const Alphabet alphabet({"0", "1"}, 2, 3);
  EXPECT_EQ(alphabet.classes(), 3);
  EXPECT_EQ(alphabet.token(1), "1");
}

TEST(Alphabet, BlankMayNotBeLeftOutElsewhere) {
  EXPECT_THAT(error_of({"0", "1"}, 0, 3), HasSubstr("has 2 tokens"));
}

TEST(Alphabet, RefusesTokensThatDoNotMatchTheClasses) {
  EXPECT_THAT(error_of({"0"}, 2, 3), HasSubstr("each of the 3 classes"));
  EXPECT_THAT(error_of({"0", "1", "2", "3"}, 2, 3), HasSubstr("has 4 tokens"));
}

TEST(Alphabet, RefusesABlankThatIsNoClass) {
  EXPECT_THAT(error_of({"0", "1"}, 2, 2), HasSubstr("the blank is class 2, expected 0 to 1"));
  EXPECT_THAT(error_of({"0", "1"}, -1, 2), HasSubstr("class -1"));
}

}  // namespace
}  // namespace lprnet::ctc
