#pragma once

#include <string>
#include <vector>

namespace lprnet {

// One emitted token of the alphabet, usually one character of the plate.
struct Character {
  std::string text;  // UTF-8, as the model file's alphabet spells it
  // Probability of this token, 0 to 1, given the others of the text: against every other token in
  // its place, and against none.
  float confidence = 0.0F;
  int step = 0;  // time step at which the token begins, from 0, in the look that read it
};

// Whether a text matches the grammar that it was decoded with.
enum class GrammarMatch {
  kUnused,     // there was no grammar
  kMatched,    // the text has one of its patterns
  kUnmatched,  // it has none. Strict: no text that has one is appreciably probable; `text` is empty
};

// A text that the picture may also show.
struct Alternative {
  std::string text;
  float confidence = 0.0F;  // as Plate::confidence
  GrammarMatch grammar = GrammarMatch::kUnused;
  std::string pattern;  // as Plate::pattern
};

// What a plate image reads. `confidence` is the probability of the text: the sum over all CTC paths
// that give it, with the logits divided by the model's temperature. It is defined for an empty text
// too (every step is blank). The beam search with a strict grammar gives its share among the
// texts of the grammar that it found, each with its pattern's weight, and all other texts, with
// DecodeOptions::outside_weight: the probability of the text given that the picture most probably
// shows a plate of the grammar. It is 0 when a strict
// grammar leaves no answer, and when a score of the network is NaN, which is no text either. Where
// two looks at the picture agree, see PlateReader::further_looks, it is the mean of both.
struct Plate {
  std::string text;  // UTF-8, the characters' texts joined; may be empty
  float confidence = 0.0F;
  std::vector<Character> characters;
  GrammarMatch grammar = GrammarMatch::kUnused;
  std::string pattern;  // name of the grammar's pattern that the text has; empty: of none
  int lines = 1;        // of text, as it was read: 1 or 2
  // The next best texts, the best first; see DecodeOptions::candidates.
  std::vector<Alternative> alternatives;
};

}  // namespace lprnet
