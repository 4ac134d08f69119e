#include "formats/grammar_json.h"

#include <gmock/gmock.h>

#include <string>

#include "ctc/automaton.h"
#include "formats/json_line.h"
#include "lprnet/error.hpp"
#include "tests/hostile/mutations.h"

namespace lprnet::formats {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string kSmall = R"({
  "format": "lprnet.grammar",
  "version": 1,
  "name": "small",
  "classes": {
    "digit": "01",
    "region": ["강원", "서울"]
  },
  "patterns": [
    {"name": "a", "weight": 2,
     "is": ["region", {"repeat": "digit", "from": 1, "to": 2}]},
    {"name": "b",
     "is": {"any_of": [
       {"text": "AB"},
       {"weight": 0.5, "is": {"repeat": "any", "times": 3}}
     ]}}
  ]
})";

std::string error_of(const std::string& text) {
  try {
    read_grammar(text, "file.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// The small grammar with the first `from` replaced.
std::string with(const std::string& from, const std::string& to) {
  std::string text = kSmall;
  const auto place = text.find(from);
  EXPECT_NE(place, std::string::npos) << from;
  return text.replace(place, from.size(), to);
}

TEST(GrammarJson, ReadsEveryForm) {
  const ctc::Grammar grammar = read_grammar(kSmall, "file.json");
  EXPECT_EQ(grammar.name, "small");
  ASSERT_EQ(grammar.patterns.size(), 2U);
  const ctc::Alphabet alphabet({"강원", "서울", "0", "1", "A", "B"}, 6, 7);
  const ctc::Automaton automaton(grammar, alphabet, ctc::OutsideTexts::kForbidden, 1);
  const auto weight = [&](const std::vector<int>& text) {
    const int state = automaton.after(text);
    return state == ctc::Automaton::kNowhere ? 0 : std::exp(automaton.log_weight(state));
  };
  EXPECT_DOUBLE_EQ(weight({0, 2}), 1);
  EXPECT_DOUBLE_EQ(weight({1, 2, 3}), 1);
  EXPECT_DOUBLE_EQ(weight({4, 5}), 0.5);
  EXPECT_DOUBLE_EQ(weight({5, 5, 0}), 0.25);
  EXPECT_DOUBLE_EQ(weight({0}), 0);
  EXPECT_DOUBLE_EQ(weight({5, 4}), 0);
}

TEST(GrammarJson, KnownOnesAreGrammars) {
  const ctc::Grammar any = read_grammar(known_grammars().back().text, "any");
  EXPECT_EQ(any.patterns.size(), 1U);
  for (const KnownGrammar& known : known_grammars()) {
    EXPECT_FALSE(read_grammar(known.text, known.name).patterns.empty()) << known.name;
  }
}

TEST(GrammarJson, MistakesAreNamedWithTheirLine) {
  EXPECT_EQ(error_of(with("\"digit\", \"from\"", "\"digits\", \"from\"")),
            "file.json: line 11: /patterns/0/is/1/repeat: there is no class 'digits'; a text is "
            "written {\"text\": …}");
  EXPECT_EQ(error_of(with("\"from\": 1", "\"from\": -1")),
            "file.json: line 11: /patterns/0/is/1: 'from' is -1, expected a number from 0 to 64");
  EXPECT_THAT(error_of(with("\"to\": 2", "\"to\": 0")),
              HasSubstr("line 11: /patterns/0/is/1: 'to' is 0, expected no less than 'from', 1"));
  EXPECT_THAT(error_of(with("{\"text\": \"AB\"}", "{\"texts\": \"AB\"}")),
              HasSubstr("line 14: /patterns/1/is/any_of/0: has none of the keys 'text', 'any_of'"));
  EXPECT_THAT(error_of(with("\"weight\": 2", "\"weight\": 0")),
              HasSubstr("line 10: /patterns/0: 'weight' is 0, expected a number from 1e-6"));
  EXPECT_THAT(error_of(with("\"01\"", "\"\"")), HasSubstr("line 6: /classes/digit: is empty"));
  EXPECT_THAT(error_of(with("\"서울\"", "7")), HasSubstr("line 7: /classes/region"));
  EXPECT_THAT(error_of(with("\"digit\": \"01\"", "\"any\": \"01\"")),
              HasSubstr("line 6: /classes/any: 'any' stands for every token"));
  EXPECT_THAT(error_of(with("\"name\": \"small\"", "\"names\": \"small\"")),
              HasSubstr("line 1: the grammar: 'name' is missing"));
  EXPECT_THAT(error_of(with("\"version\": 1", "\"version\": 2")), HasSubstr("update the program"));
  EXPECT_THAT(error_of(with("{\"text\": \"AB\"}", "")), HasSubstr("line 14"));
}

TEST(GrammarJson, NestingAndSizeAreBounded) {
  std::string deep = "\"digit\"";
  for (int i = 0; i < 20; ++i) deep = "[" + deep + "]";
  EXPECT_THAT(error_of(with("\"region\", {", deep + ", {")), HasSubstr("nested deeper than 16"));
  std::string many = "\"digit\"";
  for (int i = 0; i < 17000; ++i) many += ",\"digit\"";
  EXPECT_THAT(error_of(with("\"region\", {", many + ", {")), HasSubstr("more than 16384 parts"));
  EXPECT_THAT(error_of(std::string(kMaxGrammarText + 1, ' ')), HasSubstr("more than the limit"));
}

TEST(GrammarJson, CutAnywhereIsRefused) {
  for (std::size_t size = 0; size < kSmall.size(); ++size) {
    EXPECT_THAT(error_of(kSmall.substr(0, size)), StartsWith("file.json: ")) << size;
  }
}

TEST(GrammarJson, EveryPlaceBroken) {
  int refused = 0;
  int accepted = 0;
  const ctc::Alphabet alphabet({"강원", "서울", "0", "1", "A", "B"}, 6, 7);
  hostile::each_mutation(Json::parse(kSmall), [&](const Json& mutant, const std::string& change) {
    SCOPED_TRACE(change);
    try {
      const ctc::Grammar grammar = read_grammar(mutant.dump(), "file.json");
      const ctc::Automaton automaton(grammar, alphabet, ctc::OutsideTexts::kAllowed, 0.5);
      EXPECT_GT(automaton.states(), 1);
      ++accepted;
    } catch (const Error& error) {
      EXPECT_LT(std::string(error.what()).size(), 1500U);
      ++refused;
    }
  });
  EXPECT_GT(refused, accepted);
}

TEST(JsonLine, FindsEveryValue) {
  const std::string text = "{\n \"a\": [1,\n  2\n ,{\"b\":\n null}], \"c\": {}\n}";
  EXPECT_EQ(line_of(text, ""), 1);
  EXPECT_EQ(line_of(text, "/a"), 2);
  EXPECT_EQ(line_of(text, "/a/0"), 2);
  EXPECT_EQ(line_of(text, "/a/1"), 3);
  EXPECT_EQ(line_of(text, "/a/2"), 4);
  EXPECT_EQ(line_of(text, "/a/2/b"), 5);
  EXPECT_EQ(line_of(text, "/c"), 5);
  EXPECT_EQ(line_of(text, "/d"), 0);
}

TEST(JsonLine, NamesWithSlashesAreNotPlaces) {
  const std::string text = "{\"a/0\": 1,\n\"a\": [2],\n\"a~1\": 3}";
  EXPECT_EQ(line_of(text, pointer_to("", "a/0")), 1);
  EXPECT_EQ(line_of(text, "/a/0"), 2);
  EXPECT_EQ(line_of(text, pointer_to("", "a~1")), 3);
}

}  // namespace
}  // namespace lprnet::formats
