#pragma once

#include <string>
#include <vector>

#include "reading.h"
#include "records.h"

namespace lprnet::cli {

// Writes readings to standard output as they come: a line of `text`
// (path<TAB>plate<TAB>confidence), a `csv` row, an `ndjson` object on a line, or an element of a
// `json` array. An unreadable image is a row or object with `error`; in `text` it goes to standard
// error. Whatever a name holds, it stays one field of one record. See Records for signals.
class ReadingWriter {
 public:
  static const std::vector<std::string>& formats() { return Records::formats(); }

  // REQUIRES: `format` is one of formats().
  explicit ReadingWriter(const std::string& format);

  void write(const Reading& reading);
  void finish() { records_.finish(); }

 private:
  Records records_;
};

}  // namespace lprnet::cli
