#pragma once

#include <string>
#include <vector>

#include "reading.h"
#include "records.h"

namespace lprnet::cli {

// Writes readings to standard output as they come: a line of `text`
// (path<TAB>plate<TAB>confidence), a `csv` row, an `ndjson` or `openalpr` object on a line, or an
// element of a `json` array. An unreadable image is a row or object with `error`; in `text` it goes
// to standard error. Whatever a name holds, it stays one field of one record. See Records for
// signals.
class ReadingWriter {
 public:
  static const std::vector<std::string>& formats() { return Records::formats(); }

  // Readings with less than `min_confidence`, where that is above 0, are not accepted: their text
  // is left out of `text` and `csv`, they are no plate in `openalpr`, and the other objects say
  // `accepted`. `wanted_texts`: how many were asked for, for each image. REQUIRES: `format` is one
  // of formats().
  ReadingWriter(const std::string& format, double min_confidence, int wanted_texts);

  void write(const Reading& reading);
  void finish() { records_.finish(); }

 private:
  Records records_;
  double min_confidence_;
  int wanted_texts_;
};

}  // namespace lprnet::cli
