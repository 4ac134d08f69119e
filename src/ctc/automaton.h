#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "ctc/alphabet.h"
#include "ctc/grammar.h"

namespace lprnet::ctc {

// Bounds on what a grammar may become: states before and after it is made deterministic, entries of
// the table, and steps of the work.
inline constexpr std::size_t kMaxGrammarStates = std::size_t{1} << 13;
inline constexpr std::size_t kMaxTableEntries = std::size_t{1} << 22;
inline constexpr std::size_t kMaxGrammarWork = std::size_t{1} << 22;

// A grammar for one alphabet: a deterministic automaton over classes whose final states have
// weights. The weight of a text is the product of the weights on its way through the grammar, the
// largest where there are several ways, relative to the largest of all patterns' weights.
// Immutable.
class Automaton {
 public:
  static constexpr int kNowhere = -1;
  static constexpr int kStart = 0;

  // Accepts every text with weight 1, as part of no pattern.
  static Automaton accept_all(int classes);

  // Tokens that the alphabet lacks are left out, with the texts that need them; a token that is in
  // it twice counts for both classes. With OutsideTexts::kAllowed every other text is accepted too,
  // with `outside_weight` times the weight, as part of no pattern. Throws Error: kLimit beyond the
  // bounds above, kInvalidArgument when no text is left or outside_weight is not in (0, 1].
  Automaton(const Grammar& grammar, const Alphabet& alphabet, OutsideTexts outside,
            double outside_weight);

  int classes() const noexcept { return classes_; }
  int states() const noexcept { return static_cast<int>(finals_.size()); }
  // The state after a class that is not the blank, kNowhere where no text goes on so. REQUIRES: a
  // state and a class.
  int next(int state, int index) const noexcept {
    return next_[static_cast<std::size_t>(state) * static_cast<std::size_t>(classes_) +
                 static_cast<std::size_t>(index)];
  }
  // Logarithm of the weight of a text that ends here; -infinity where none does.
  double log_weight(int state) const noexcept { return final_of(state).log_weight; }
  // The name of the pattern that such a text has; null: of none.
  const std::string* pattern(int state) const noexcept {
    const int index = final_of(state).pattern;
    return index < 0 ? nullptr : &patterns_[static_cast<std::size_t>(index)];
  }
  // The state after a whole text, kNowhere when it leaves the automaton.
  template <typename Classes>
  int after(const Classes& text) const noexcept {
    int state = kStart;
    for (const int index : text) {
      if (state != kNowhere) state = next(state, index);
    }
    return state;
  }

 private:
  struct Final {
    double log_weight = -std::numeric_limits<double>::infinity();
    int pattern = -1;
  };
  Automaton() = default;
  const Final& final_of(int state) const noexcept {
    return finals_[static_cast<std::size_t>(state)];
  }
  void remove_dead_ends();
  void allow_outside(double log_weight);

  int classes_ = 0;
  std::vector<int> next_;      // (states, classes)
  std::vector<Final> finals_;  // by state
  std::vector<std::string> patterns_;
};

}  // namespace lprnet::ctc
