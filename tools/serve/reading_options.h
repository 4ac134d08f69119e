#pragma once

#include <string>

#include "lprnet/photo_reader.hpp"
#include "request.h"

namespace lprnet::serve {

enum class Task {
  kRead,       // find the plates in photographs, and read them
  kRecognize,  // read crops of plates
};

// What a request asks for in its query.
struct ReadingOptions {
  std::string error;           // why the query is refused; empty: it is not
  PhotoOptions photo;          // kRecognize: `decoding` alone
  double min_confidence = 0;   // kRecognize: as the program's option
  bool probabilities = false;  // kRecognize: whether those of each step are wanted
  std::string name = "body";   // of a picture that is the body
  std::string key;             // equal where the options are
};

// The options of `lprnet read` and `lprnet recognize` under the same names, and `name`. What is not
// given is as in `defaults`. An option that is unknown or given twice is refused, and so is one
// that would name a file.
ReadingOptions reading_options(Task task, const Fields& query, const PhotoOptions& defaults);

}  // namespace lprnet::serve
