#include "base/text.h"

#include <gtest/gtest.h>

#include <string>

namespace lprnet::base {
namespace {

TEST(Text, QuotedNamesAreShortAndPrintable) {
  EXPECT_EQ(in_quotes("backbone.0"), "'backbone.0'");
  EXPECT_EQ(in_quotes("a\x1B[2J\n"), "'a?[2J?'");
  std::string long_name;
  for (int i = 0; i < 100; ++i) long_name += "京";
  std::string shortened;
  for (int i = 0; i < 32; ++i) shortened += "京";
  EXPECT_EQ(in_quotes(long_name), "'" + shortened + "...'");
  EXPECT_EQ(in_quotes("x" + long_name).substr(0, 95), ("'x" + shortened).substr(0, 95))
      << "no character is cut in two";
}

}  // namespace
}  // namespace lprnet::base
