#pragma once

#include <string>
#include <vector>

#include "reading.h"
#include "signals.h"

namespace lprnet::cli {

// Writes readings to standard output as they come: a line of `text`
// (path<TAB>plate<TAB>confidence), a `csv` row, an `ndjson` object on a line, or an element of a
// `json` array. An unreadable image is a row or object with `error`; in `text` it goes to standard
// error. Whatever a name holds, it stays one field of one record. A signal leaves whole records and
// a closed array.
class ReadingWriter {
 public:
  static const std::vector<std::string>& formats();

  // REQUIRES: `format` is one of formats().
  explicit ReadingWriter(const std::string& format);
  // finish(), unless it was called: an array is closed when an exception ends the program too.
  ~ReadingWriter();
  ReadingWriter(const ReadingWriter&) = delete;
  ReadingWriter& operator=(const ReadingWriter&) = delete;

  void write(const Reading& reading);
  void finish();

 private:
  enum class Format { kText, kJson, kNdjson, kCsv };
  Format format_;
  bool first_ = true;
  bool finished_ = false;
  GracefulOutput output_;
};

}  // namespace lprnet::cli
