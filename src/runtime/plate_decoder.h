#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ctc/alphabet.h"
#include "ctc/automaton.h"
#include "ctc/beam_search.h"
#include "ctc/decoder.h"
#include "ctc/probabilities.h"
#include "ctc/text_probability.h"
#include "lprnet/decode.hpp"
#include "lprnet/description.hpp"
#include "lprnet/plate.hpp"

namespace lprnet {

// Turns outputs of a plate reader into plates, as options and model say. Scratch memory; use from
// one thread at a time. What it holds of others is shared or outlives it.
class PlateDecoder {
 public:
  // Checks a model's own grammar and temperature. Throws Error, beginning with `where`:
  // kInvalidModel, or what reading the grammar throws.
  static void expect_sound(const PlateReader& reader, const ctc::Alphabet& alphabet,
                           const std::string& where);
  // Throws Error(kInvalidArgument) for a grammar that does not fit the alphabet, Error(kLimit) for
  // one beyond the bounds. REQUIRES: options for which bytes() did not throw; reader and alphabet
  // outlive it.
  PlateDecoder(const PlateReader& reader, const ctc::Alphabet& alphabet, int steps,
               const DecodeOptions& options);

  // What making one takes, the grammar's table left out, which is bounded. Throws
  // Error(kInvalidArgument) for options out of range.
  static std::int64_t bytes(const PlateReader& reader, std::int64_t classes, std::int64_t steps,
                            const DecodeOptions& options);

  Plate decode(const ctc::LogitsView& logits);

 private:
  struct Choice {
    std::vector<int> text;
    GrammarMatch match = GrammarMatch::kUnused;
    std::string pattern;
    double share = -1;  // of the grammar's texts that were found; below 0: not asked for
    std::optional<double> log_probability;  // at a temperature of 1, where the search needed it
  };
  // The logits of an output, whatever its scores are.
  ctc::LogitsView logits_of(const ctc::LogitsView& output);
  void set_grammar(const PlateReader& reader, const DecodeOptions& options);
  std::vector<Choice> greedy(const ctc::LogitsView& logits, std::vector<int>& steps) const;
  std::vector<Choice> beam();
  Choice choice_of(std::span<const int> text) const;
  std::string text_of(const std::vector<int>& text) const;
  float confidence_of(const Choice& choice);

  const ctc::Alphabet& alphabet_;
  double temperature_;
  double least_log_probability_;  // of an answer; -infinity: any
  std::size_t candidates_;
  bool is_strict_ = false;
  std::vector<float> logarithms_;  // (steps, classes) of probabilities; empty: scores are logits
  std::shared_ptr<const ctc::Automaton> automaton_;  // null: no grammar
  ctc::Probabilities probabilities_;
  ctc::TextProbability text_probability_;
  std::optional<ctc::BeamSearch> search_;  // none: greedy
};

}  // namespace lprnet
