#include "ctc/automaton.h"

#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <string>

#include "lprnet/error.hpp"
#include "tests/error_of.h"

namespace lprnet::ctc {
namespace {

using Kind = Grammar::NodeKind;
using test::error_of;
using testing::HasSubstr;

const Alphabet& letters() {
  static const Alphabet alphabet({"A", "B", "C", "A"}, 4, 5);  // A is there twice
  return alphabet;
}

// A grammar over A, B and C; nodes 0 to 2 are these tokens, 3 is any token.
struct Builder {
  Grammar grammar;

  Builder() {
    grammar.name = "test";
    grammar.token_sets = {{"A"}, {"B"}, {"C"}};
    for (int i = 0; i < 3; ++i) grammar.nodes.push_back({Kind::kTokens, i, {}, {}, 0, 0});
    grammar.nodes.push_back({Kind::kTokens, -1, {}, {}, 0, 0});
  }
  int add(Grammar::Node node) {
    grammar.nodes.push_back(std::move(node));
    return static_cast<int>(grammar.nodes.size()) - 1;
  }
  int sequence(std::vector<int> children) {
    return add({Kind::kSequence, -1, std::move(children), {}, 0, 0});
  }
  int choice(std::vector<int> children, std::vector<double> weights) {
    return add({Kind::kChoice, -1, std::move(children), std::move(weights), 0, 0});
  }
  int repeat(int child, int from, int to) {
    return add({Kind::kRepeat, -1, {child}, {}, from, to});
  }
  void pattern(const std::string& name, double weight, int node) {
    grammar.patterns.push_back({name, weight, node});
  }
  Automaton strict() const { return {grammar, letters(), OutsideTexts::kForbidden, 1}; }
};

// The weight of a text of letters; 0: not accepted.
double weight_of(const Automaton& automaton, const std::string& text) {
  std::vector<int> classes;
  for (const char c : text) classes.push_back(c - 'A');
  const int state = automaton.after(classes);
  return state == Automaton::kNowhere ? 0 : std::exp(automaton.log_weight(state));
}

std::string pattern_of(const Automaton& automaton, const std::string& text) {
  std::vector<int> classes;
  for (const char c : text) classes.push_back(c - 'A');
  const int state = automaton.after(classes);
  const std::string* name = state == Automaton::kNowhere ? nullptr : automaton.pattern(state);
  return name == nullptr ? "" : *name;
}

TEST(Automaton, AcceptsSequencesChoicesAndRepetitions) {
  Builder builder;
  const int middle = builder.repeat(builder.choice({0, 1}, {1, 1}), 0, 2);
  builder.pattern("p", 1, builder.sequence({2, middle, 2}));
  const Automaton automaton = builder.strict();
  for (const char* text : {"CC", "CAC", "CBC", "CABC", "CBAC", "CAAC"}) {
    EXPECT_EQ(weight_of(automaton, text), 1) << text;
  }
  for (const char* text : {"", "C", "CA", "CABAC", "CCC", "ACC", "CCA"}) {
    EXPECT_EQ(weight_of(automaton, text), 0) << text;
  }
}

TEST(Automaton, RepeatsExactlyFromAndTo) {
  for (const auto& [from, to] : {std::pair{0, 0}, {0, 1}, {1, 1}, {2, 2}, {1, 3}, {0, 4}, {3, 5}}) {
    Builder builder;
    // An end that is needed, so that no text is the empty one.
    builder.pattern("p", 1, builder.sequence({builder.repeat(0, from, to), 1}));
    const Automaton automaton = builder.strict();
    for (int count = 0; count < 7; ++count) {
      EXPECT_EQ(weight_of(automaton, std::string(static_cast<std::size_t>(count), 'A') + "B") > 0,
                from <= count && count <= to)
          << from << " to " << to << ": " << count;
    }
  }
}

TEST(Automaton, ATokenTwiceInTheAlphabetCountsForBothClasses) {
  Builder builder;
  builder.pattern("p", 1, 0);
  const Automaton automaton = builder.strict();
  EXPECT_NE(automaton.next(Automaton::kStart, 0), Automaton::kNowhere);
  EXPECT_NE(automaton.next(Automaton::kStart, 3), Automaton::kNowhere);
  EXPECT_EQ(automaton.next(Automaton::kStart, 1), Automaton::kNowhere);
}

TEST(Automaton, AnyTokenIsEachButTheBlank) {
  Builder builder;
  builder.pattern("p", 1, 3);
  const Automaton automaton = builder.strict();
  for (int c = 0; c < 4; ++c) EXPECT_NE(automaton.next(Automaton::kStart, c), Automaton::kNowhere);
  EXPECT_EQ(automaton.next(Automaton::kStart, 4), Automaton::kNowhere);
}

TEST(Automaton, WeightsMultiplyAndTheLargestCounts) {
  Builder builder;
  const int choice = builder.choice({0, 1}, {0.5, 0.25});
  builder.pattern("pair", 2, builder.sequence({choice, choice}));
  builder.pattern("any", 1, builder.repeat(3, 1, 2));
  const Automaton automaton = builder.strict();
  EXPECT_DOUBLE_EQ(weight_of(automaton, "A"), 0.5);  // relative to the largest, 2
  EXPECT_DOUBLE_EQ(weight_of(automaton, "AA"), 0.5) << "as any, not 0.25 as a pair";
  EXPECT_EQ(pattern_of(automaton, "AA"), "any");
  Builder heavy;
  const int heavy_choice = heavy.choice({0, 1}, {1, 0.5});
  heavy.pattern("pair", 2, heavy.sequence({heavy_choice, heavy_choice}));
  heavy.pattern("any", 1, heavy.repeat(3, 1, 2));
  EXPECT_DOUBLE_EQ(weight_of(heavy.strict(), "AA"), 1);
  EXPECT_EQ(pattern_of(heavy.strict(), "AA"), "pair");
  EXPECT_DOUBLE_EQ(weight_of(heavy.strict(), "AB"), 0.5);
  EXPECT_DOUBLE_EQ(weight_of(heavy.strict(), "CC"), 0.5);
}

TEST(Automaton, TextsOutsideAreAcceptedWithTheirWeight) {
  Builder builder;
  builder.pattern("p", 1, builder.sequence({0, 1}));
  const Automaton automaton(builder.grammar, letters(), OutsideTexts::kAllowed, 0.125);
  EXPECT_DOUBLE_EQ(weight_of(automaton, "AB"), 1);
  EXPECT_EQ(pattern_of(automaton, "AB"), "p");
  for (const char* text : {"", "A", "ABA", "C", "CCCCCCCC"}) {
    EXPECT_NEAR(weight_of(automaton, text), 0.125, 1e-12) << text;
    EXPECT_EQ(pattern_of(automaton, text), "") << text;
  }
}

TEST(Automaton, TokensTheAlphabetLacksLeadNowhere) {
  Builder builder;
  builder.grammar.token_sets.push_back({"Z"});
  const int missing = builder.add({Kind::kTokens, 3, {}, {}, 0, 0});
  builder.pattern("with Z", 1, builder.sequence({0, 0, missing}));
  builder.pattern("without", 1, builder.sequence({1, 2}));
  const Automaton automaton = builder.strict();
  EXPECT_EQ(automaton.next(Automaton::kStart, 0), Automaton::kNowhere)
      << "no text begins so, the search must not lose itself there";
  EXPECT_EQ(weight_of(automaton, "BC"), 1);
}

TEST(Automaton, AcceptAllAcceptsAll) {
  const Automaton automaton = Automaton::accept_all(4);
  EXPECT_EQ(automaton.log_weight(automaton.after(std::vector<int>{0, 1, 2, 2, 1})), 0);
  EXPECT_EQ(automaton.pattern(Automaton::kStart), nullptr);
}

TEST(Automaton, RefusesAGrammarWithoutATextInTheAlphabet) {
  Builder builder;
  builder.grammar.token_sets[0] = {"Z"};
  builder.pattern("p", 1, 0);
  EXPECT_THAT(error_of([&] { builder.strict(); }, ErrorCode::kInvalidArgument),
              HasSubstr("no text of the grammar"));
}

TEST(Automaton, RefusesAWeightOutsideThatIsNone) {
  Builder builder;
  builder.pattern("p", 1, 0);
  for (const double weight : {0.0, -1.0, 1.5, std::nan("")}) {
    EXPECT_THAT(
        error_of([&] { Automaton(builder.grammar, letters(), OutsideTexts::kAllowed, weight); },
                 ErrorCode::kInvalidArgument),
        HasSubstr("more than 0 and at most 1"));
  }
}

TEST(Automaton, NestedRepetitionsAreBounded) {
  Builder builder;
  int node = 0;
  for (int i = 0; i < 10; ++i) node = builder.repeat(node, 64, 64);
  builder.pattern("p", 1, node);
  EXPECT_THAT(error_of([&] { builder.strict(); }, ErrorCode::kLimit), HasSubstr("states"));
}

TEST(Automaton, EmptyRepetitionsAreBounded) {
  Builder builder;
  const int nothing = builder.repeat(3, 0, 0);
  int node = builder.choice(std::vector<int>(8000, nothing), std::vector<double>(8000, 1));
  node = builder.repeat(node, 64, 64);
  builder.pattern("p", 1, node);
  EXPECT_THAT(error_of([&] { builder.strict(); }, ErrorCode::kLimit), HasSubstr("states"));
}

TEST(Automaton, AnEmptyRepetitionIsNoToken) {
  Builder builder;
  builder.pattern("p", 1, builder.sequence({0, builder.repeat(3, 0, 0), 1}));
  const Automaton automaton = builder.strict();
  EXPECT_EQ(weight_of(automaton, "AB"), 1);
  EXPECT_EQ(weight_of(automaton, "ACB"), 0);
}

TEST(Automaton, TokensNamedAgainAndAgainAreBounded) {
  Builder builder;
  const Alphabet same(std::vector<std::string>(5000, "A"), 4999, 5000);
  builder.grammar.token_sets[0] = std::vector<std::string>(5000, "A");
  builder.pattern("p", 1, 0);
  EXPECT_THAT(error_of([&] { Automaton(builder.grammar, same, OutsideTexts::kForbidden, 1); },
                       ErrorCode::kLimit),
              HasSubstr("steps to make ready"));
}

// The classic: which of the last tokens was an A takes 2^n states.
TEST(Automaton, ExponentialGrammarsAreBounded) {
  Builder builder;
  const int head = builder.repeat(3, 0, 60);
  const int tail = builder.repeat(3, 40, 40);
  builder.pattern("p", 1, builder.sequence({head, 0, tail}));
  error_of([&] { builder.strict(); }, ErrorCode::kLimit);
  EXPECT_THAT(error_of([&] { builder.strict(); }, ErrorCode::kLimit), HasSubstr("test"));
}

}  // namespace
}  // namespace lprnet::ctc
