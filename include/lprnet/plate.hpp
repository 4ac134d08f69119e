#pragma once

#include <string>
#include <vector>

namespace lprnet {

// One emitted token of the alphabet, usually one character of the plate.
struct Character {
  std::string text;         // UTF-8, as the model file's alphabet spells it
  float confidence = 0.0F;  // softmax probability of the class at `step`, 0 to 1
  int step = 0;             // time step at which the token was emitted, from 0
};

// What a plate image reads. `confidence` is the product over all time steps of the probability of
// the step's best class: the probability of exactly this CTC path. It is defined for an empty text
// too (the probability that every step is blank), and is 0 when a logit is NaN.
struct Plate {
  std::string text;  // UTF-8, the characters' texts joined; may be empty
  float confidence = 0.0F;
  std::vector<Character> characters;
};

}  // namespace lprnet
