#include "ctc/automaton.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "base/error_text.h"

namespace lprnet::ctc {
namespace {

// A grammar as an automaton that is not deterministic yet, built from the back: states lead to
// states that were made before them, so that there are no cycles.
class Paths {
 public:
  struct Arc {
    int tokens;  // of Grammar::token_sets; kFree: without a token
    int to;
    double weight;
  };
  static constexpr int kEvery = -1;  // as Grammar::Node::tokens
  static constexpr int kFree = -2;

  explicit Paths(const Grammar& grammar) : grammar_(grammar) {
    double largest = 0;
    for (const auto& pattern : grammar.patterns) largest = std::max(largest, pattern.weight);
    start_ = add_state();
    for (std::size_t i = 0; i < grammar.patterns.size(); ++i) {
      const auto& pattern = grammar.patterns[i];
      const int end = add_state();
      patterns_[static_cast<std::size_t>(end)] = static_cast<int>(i);
      add_arc(start_, {kFree, build(pattern.node, end), pattern.weight / largest});
    }
  }

  int start() const noexcept { return start_; }
  const std::vector<Arc>& arcs(int state) const { return arcs_[static_cast<std::size_t>(state)]; }
  // Of a state in which a pattern ends; -1 of others.
  int pattern(int state) const { return patterns_[static_cast<std::size_t>(state)]; }

 private:
  int add_state() {
    if (arcs_.size() == kMaxGrammarStates) {
      base::fail(ErrorCode::kLimit, "the grammar ", grammar_.name, " has more than ",
                 kMaxGrammarStates, " states; repeat less, or have fewer alternatives");
    }
    arcs_.emplace_back();
    patterns_.push_back(-1);
    return static_cast<int>(arcs_.size()) - 1;
  }
  void add_arc(int from, Arc arc) { arcs_[static_cast<std::size_t>(from)].push_back(arc); }

  // The state from which the node's texts lead to `end`. Each node adds a state or more, so that
  // the bound above bounds the work.
  int build(int index, int end) {
    const Grammar::Node& node = grammar_.nodes[static_cast<std::size_t>(index)];
    switch (node.kind) {
      case Grammar::NodeKind::kTokens: {
        const int state = add_state();
        add_arc(state, {node.tokens, end, 1});
        return state;
      }
      case Grammar::NodeKind::kSequence: {
        int state = add_state();
        add_arc(state, {kFree, end, 1});
        for (auto child = node.children.rbegin(); child != node.children.rend(); ++child) {
          state = build(*child, state);
        }
        return state;
      }
      case Grammar::NodeKind::kChoice: {
        const int state = add_state();
        for (std::size_t i = 0; i < node.children.size(); ++i) {
          const int child = build(node.children[i], end);
          add_arc(state, {kFree, child, node.weights[i]});
        }
        return state;
      }
      case Grammar::NodeKind::kRepeat: {
        if (node.to == 0) {
          const int nothing = add_state();
          add_arc(nothing, {kFree, end, 1});
          return nothing;
        }
        int state = end;
        for (int i = node.to; i > 0; --i) {
          const int one = build(node.children[0], state);
          state = add_state();
          add_arc(state, {kFree, one, 1});
          if (i > node.from) add_arc(state, {kFree, end, 1});
        }
        return state;
      }
    }
    return end;
  }

  const Grammar& grammar_;
  int start_ = 0;
  std::vector<std::vector<Arc>> arcs_;
  std::vector<int> patterns_;
};

// States of the grammar that a text can have led to, each with the largest weight of the ways.
using States = std::vector<std::pair<int, double>>;

class Determiniser {
 public:
  Determiniser(const Grammar& grammar, const Alphabet& alphabet)
      : grammar_(grammar), paths_(grammar), classes_(alphabet.classes()) {
    std::map<std::string_view, std::vector<int>> classes_of;
    for (int c = 0; c < classes_; ++c) {
      if (c == alphabet.blank()) continue;
      classes_of[alphabet.token(c)].push_back(c);
      every_.push_back(c);
    }
    for (const auto& tokens : grammar.token_sets) {
      auto& set = sets_.emplace_back();
      for (const std::string& token : tokens) {
        const auto found = classes_of.find(token);
        if (found != classes_of.end()) {
          count_work(found->second.size());
          set.insert(set.end(), found->second.begin(), found->second.end());
        }
      }
      std::sort(set.begin(), set.end());
      set.erase(std::unique(set.begin(), set.end()), set.end());
    }
  }

  // Fills the table state by state; `finish` gets each state's members.
  template <typename Finish>
  std::vector<int> run(const Finish& finish) {
    id_of({{paths_.start(), 1.0}});
    std::vector<int> table;
    for (std::size_t state = 0; state < states_.size(); ++state) {
      finish(states_[state]);
      expect((state + 1) * static_cast<std::size_t>(classes_) <= kMaxTableEntries,
             "its table has more than ", kMaxTableEntries, " entries");
      table.resize((state + 1) * static_cast<std::size_t>(classes_), Automaton::kNowhere);
      std::map<int, States> reached;  // by class
      for (const auto& [member, weight] : States(states_[state])) {
        for (const auto& arc : paths_.arcs(member)) {
          if (arc.tokens == Paths::kFree) continue;
          for (const int c : classes(arc.tokens)) {
            count_work(1);
            reached[c].emplace_back(arc.to, weight * arc.weight);
          }
        }
      }
      for (auto& [c, members] : reached) {
        table[state * static_cast<std::size_t>(classes_) + static_cast<std::size_t>(c)] =
            id_of(std::move(members));
      }
    }
    return table;
  }

  int pattern(int member) const { return paths_.pattern(member); }

 private:
  template <typename... Parts>
  void expect(bool holds, const Parts&... parts) const {
    if (!holds) base::fail(ErrorCode::kLimit, "the grammar ", grammar_.name, ": ", parts...);
  }
  void count_work(std::size_t count) {
    work_ += count;
    expect(work_ <= kMaxGrammarWork, "takes more than ", kMaxGrammarWork,
           " steps to make ready; have fewer alternatives that begin alike");
  }
  const std::vector<int>& classes(int tokens) const {
    return tokens == Paths::kEvery ? every_ : sets_[static_cast<std::size_t>(tokens)];
  }

  // With all that is reached without a token; of that only what goes on by tokens, or ends.
  States closed(States open) {
    std::map<int, double> best;
    while (!open.empty()) {
      const auto [state, weight] = open.back();
      open.pop_back();
      count_work(1);
      const auto [known, is_new] = best.try_emplace(state, weight);
      if (!is_new && known->second >= weight) continue;
      known->second = weight;
      for (const auto& arc : paths_.arcs(state)) {
        if (arc.tokens != Paths::kFree) continue;
        count_work(1);
        open.emplace_back(arc.to, weight * arc.weight);
      }
    }
    States kept;
    for (const auto& [state, weight] : best) {
      const auto& arcs = paths_.arcs(state);
      const bool goes_on = std::any_of(arcs.begin(), arcs.end(), [](const Paths::Arc& arc) {
        return arc.tokens != Paths::kFree;
      });
      if (goes_on || paths_.pattern(state) >= 0) kept.emplace_back(state, weight);
    }
    return kept;
  }

  int id_of(States members) {
    States states = closed(std::move(members));
    const auto found = ids_.find(states);
    if (found != ids_.end()) return found->second;
    expect(states_.size() < kMaxGrammarStates, "has more than ", kMaxGrammarStates, " states");
    const int id = static_cast<int>(states_.size());
    constexpr std::size_t kKeptIsDearer = 4;  // memory, not only time
    count_work(kKeptIsDearer * states.size());
    states_.push_back(states);
    ids_.emplace(std::move(states), id);
    return id;
  }

  const Grammar& grammar_;
  Paths paths_;
  int classes_;
  std::vector<int> every_;
  std::vector<std::vector<int>> sets_;
  std::size_t work_ = 0;
  std::vector<States> states_;
  std::map<States, int> ids_;
};

}  // namespace

Automaton Automaton::accept_all(int classes) {
  Automaton automaton;
  automaton.classes_ = classes;
  automaton.next_.assign(static_cast<std::size_t>(classes), kStart);
  automaton.finals_.push_back({0, -1});
  return automaton;
}

Automaton::Automaton(const Grammar& grammar, const Alphabet& alphabet, OutsideTexts outside,
                     double outside_weight)
    : classes_(alphabet.classes()) {
  if (!(outside_weight > 0 && outside_weight <= 1)) {
    base::fail(ErrorCode::kInvalidArgument, "the weight of texts outside of the grammar is ",
               outside_weight, ", expected more than 0 and at most 1");
  }
  for (const auto& pattern : grammar.patterns) patterns_.push_back(pattern.name);
  Determiniser determiniser(grammar, alphabet);
  next_ = determiniser.run([&](const States& members) {
    Final best;
    for (const auto& [member, weight] : members) {
      const int pattern = determiniser.pattern(member);
      if (pattern >= 0 && std::log(weight) > best.log_weight) best = {std::log(weight), pattern};
    }
    finals_.push_back(best);
  });
  remove_dead_ends();
  if (outside == OutsideTexts::kAllowed) allow_outside(std::log(outside_weight));
}

// States from which no text ends, because the alphabet lacks a token, are nowhere.
void Automaton::remove_dead_ends() {
  const auto classes = static_cast<std::size_t>(classes_);
  std::vector<std::vector<int>> before(finals_.size());
  for (std::size_t i = 0; i < next_.size(); ++i) {
    if (next_[i] == kNowhere) continue;
    auto& list = before[static_cast<std::size_t>(next_[i])];
    const int from = static_cast<int>(i / classes);
    if (list.empty() || list.back() != from) list.push_back(from);
  }
  std::vector<bool> is_alive(finals_.size());
  std::vector<int> open;
  const auto reach = [&](int state) {
    if (is_alive[static_cast<std::size_t>(state)]) return;
    is_alive[static_cast<std::size_t>(state)] = true;
    open.push_back(state);
  };
  for (int state = 0; state < states(); ++state) {
    if (!std::isinf(log_weight(state))) reach(state);
  }
  while (!open.empty()) {
    const int state = open.back();
    open.pop_back();
    for (const int from : before[static_cast<std::size_t>(state)]) reach(from);
  }
  if (!is_alive[kStart]) {
    base::fail(ErrorCode::kInvalidArgument,
               "no text of the grammar can be written with the model's alphabet");
  }
  for (int& state : next_) {
    if (state != kNowhere && !is_alive[static_cast<std::size_t>(state)]) state = kNowhere;
  }
}

// One more state, where texts go that leave the grammar.
void Automaton::allow_outside(double log_weight) {
  const int outside = states();
  for (int& state : next_) {
    if (state == kNowhere) state = outside;
  }
  next_.resize(next_.size() + static_cast<std::size_t>(classes_), outside);
  for (Final& one : finals_) {
    if (std::isinf(one.log_weight)) one.log_weight = log_weight;
  }
  finals_.push_back({log_weight, -1});
}

}  // namespace lprnet::ctc
