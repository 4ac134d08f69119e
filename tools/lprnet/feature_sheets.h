#pragma once

#include <string>
#include <vector>

#include "lprnet/description.hpp"
#include "lprnet/image.hpp"
#include "lprnet/model.hpp"
#include "lprnet/plate.hpp"
#include "step_probabilities.h"

// Pictures that show what a plate reader makes of a plate.
namespace lprnet::cli {

// An input of a network, (1, channels, height, width), as the picture that it was made of.
Image input_picture(const NamedTensor& input, const Preprocessing& preprocessing);

struct TitledPicture {
  std::string title;
  Image picture;
};

// Pictures one below the other, small ones enlarged pixel by pixel.
Image pictures_sheet(const std::vector<TitledPicture>& pictures);

// The maps of a value of (1, channels, height, width), each from its least value, black, to its
// largest, bright. Flat ones, the same everywhere, are left out, and what comes after 512 others.
Image maps_sheet(const NamedTensor& value);

// The steps from `begin` on, without `end`, that give a character, and its class.
struct CharacterSteps {
  std::size_t token = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Of each character of the plate: from the step at which its token begins on, as long as that is
// the most probable one.
std::vector<CharacterSteps> steps_of(const Plate& plate, const StepProbabilities& probabilities);

// The probabilities as a heat map, a column for each step, under the picture that the network reads
// and above the characters that they give.
Image steps_sheet(const Image& picture, const Plate& plate, const StepProbabilities& probabilities);

}  // namespace lprnet::cli
