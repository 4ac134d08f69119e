#pragma once

#include <span>
#include <vector>

#include "ctc/probabilities.h"

namespace lprnet::ctc {

// How sure a token of a text is.
struct TokenConfidence {
  float confidence = 0.0F;  // see TextProbability::tokens()
  int step = 0;             // at which the token most probably begins
};

// Probabilities of whole texts under CTC: summed over all paths that give the text, by the forward
// algorithm (Graves et al. 2006). A text is a sequence of classes without the blank. Owns scratch
// memory that grows with the longest text; use from one thread at a time.
class TextProbability {
 public:
  // REQUIRES: 0 <= blank < classes of every Probabilities given later.
  explicit TextProbability(int blank) : blank_(blank) {}

  // log P(text), computed in the log domain; -infinity for a text that cannot be written in so many
  // steps.
  double log_probability(const Probabilities& probabilities, std::span<const int> text);

  // For each token of the text: P(text) divided by the sum of the probabilities of all texts that
  // differ from it in no more than this token: another one in its place, or none. So a token is
  // sure when nothing else in its place explains the picture, whatever the others are. 0 where the
  // text's probability is too small for a float. The result lives until the next call.
  std::span<const TokenConfidence> tokens(const Probabilities& probabilities,
                                          std::span<const int> text);

 private:
  // Of a prefix or suffix of the text, by the number of steps it takes: the probability of paths
  // that end (for a suffix: begin) in a blank, or are empty, and of those that do not.
  struct Column {
    std::vector<float> blank;
    std::vector<float> token;
  };
  void resize(std::size_t count, int steps);
  void extend(const Probabilities& probabilities, const Column& shorter, int token, bool repeats,
              bool backward, Column& longer) const;
  TokenConfidence confidence_of(const Probabilities& probabilities, std::span<const int> text,
                                std::size_t index);

  int blank_;
  std::vector<double> states_;  // of log_probability(): blank, token, blank, token, ..., blank
  std::vector<Column> prefixes_;
  std::vector<Column> suffixes_;
  std::vector<float> running_;  // by class: paths that are in the token that took the place
  std::vector<float> totals_;   // by class: the text with that class in the place
  std::vector<TokenConfidence> result_;
};

}  // namespace lprnet::ctc
