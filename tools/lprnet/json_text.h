#pragma once

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "safe_text.h"

namespace lprnet::cli {

using Json = nlohmann::ordered_json;  // keys stay in the order in which they are written

// One line, or indented; bytes that are not UTF-8 (file names may hold any) become U+FFFD, and what
// could act on a terminal is written as an escape.
inline std::string json_line(const Json& json) {
  return safe_json(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}
inline std::string json_page(const Json& json) {
  return safe_json(json.dump(2, ' ', false, Json::error_handler_t::replace)) + "\n";
}

inline double wide(float value) { return static_cast<double>(value); }

// The number with so many significant digits: 0.98765 rather than 0.98765432834625.
inline double rounded(double value, int digits) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return std::strtod(text, nullptr);
}

}  // namespace lprnet::cli
