#pragma once

#include <string>
#include <vector>

#include "json_text.h"
#include "lprnet/photo_reader.hpp"

namespace lprnet::cli {

// What one picture gave, as OpenALPR writes it (`alpr -j`, data type "alpr_results", version 2),
// for programs that parse that. `file` and, where the picture could not be read, `error` are ours.
struct OpenAlprPicture {
  std::string file;
  std::string error;  // empty: the rest is known
  int width = 0;
  int height = 0;
  double milliseconds = 0;
  Region region;         // where plates were looked for; empty: everywhere
  int wanted_texts = 1;  // for each plate, its alternatives among them
};

// Confidences are percentages there, and the text itself is the first of its candidates.
Json openalpr_json(const OpenAlprPicture& picture, const std::vector<FoundPlate>& plates);

}  // namespace lprnet::cli
