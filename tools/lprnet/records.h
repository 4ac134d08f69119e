#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "signals.h"

namespace lprnet::cli {

// Records on standard output as they come: lines of `text`, `csv` rows under a heading, `ndjson`
// or `openalpr` objects on a line each, or elements of a `json` array. A signal leaves whole
// records and a closed array.
class Records {
 public:
  enum class Format { kText, kJson, kNdjson, kCsv, kOpenAlpr };
  static const std::vector<std::string>& formats();

  // Writes what comes before the first record. REQUIRES: `format` is one of formats().
  Records(const std::string& format, std::string_view csv_heading);
  // finish(), unless it was called: an array is closed when an exception ends the program too.
  ~Records();
  Records(const Records&) = delete;
  Records& operator=(const Records&) = delete;

  Format format() const noexcept { return format_; }

  // One record as its format has it: a JSON text without a newline, else whole lines (or none).
  void write(const std::string& record);
  // A message in its place among the records, on standard error.
  void complain(const std::string& message);
  void finish();

 private:
  Format format_;
  bool first_ = true;
  bool finished_ = false;
  GracefulOutput output_;
};

// A field as RFC 4180 quotes it.
std::string csv_field(const std::string& text);
// The number as printf's %.*f writes it.
std::string decimals(double value, int count);

}  // namespace lprnet::cli
