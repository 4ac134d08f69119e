#include "records.h"

#include <algorithm>
#include <cstdio>

#include "output.h"
#include "safe_text.h"

namespace lprnet::cli {
namespace {

// What is left to write when the program ends.
constexpr const char* kArrayEnd = "\n]\n";

}  // namespace

const std::vector<std::string>& Records::formats() {
  static const std::vector<std::string> names = {"text", "json", "ndjson", "csv", "openalpr"};
  return names;
}

Records::Records(const std::string& format, std::string_view csv_heading)
    : format_(static_cast<Format>(std::find(formats().begin(), formats().end(), format) -
                                  formats().begin())) {
  output_.begin();
  if (format_ == Format::kJson) print("[");
  if (format_ == Format::kCsv) print(csv_heading);
  flush_output();
  output_.end(format_ == Format::kJson ? kArrayEnd : "");
}

Records::~Records() {
  if (!finished_) finish();
}

void Records::write(const std::string& record) {
  output_.begin();
  if (format_ == Format::kJson) {
    print((first_ ? "\n" : ",\n") + record);
  } else if (format_ == Format::kNdjson || format_ == Format::kOpenAlpr) {
    print(record + '\n');
  } else {
    print(record);
  }
  first_ = false;
  flush_output();
  output_.end(format_ == Format::kJson ? kArrayEnd : "");
}

void Records::complain(const std::string& message) {
  output_.begin();
  flush_output();  // so that a terminal shows both in order
  cli::complain(message);
  output_.end(format_ == Format::kJson ? kArrayEnd : "");
}

void Records::finish() {
  finished_ = true;
  output_.begin();
  if (format_ == Format::kJson) print(kArrayEnd);
  flush_output();
  output_.end("");
}

std::string csv_field(const std::string& text) {
  std::string field = replaced(text);
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

std::string decimals(double value, int count) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*f", count, value);
  return text;
}

}  // namespace lprnet::cli
