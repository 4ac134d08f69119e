#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lprnet::serve {

// A part of a multipart/form-data body (RFC 7578).
struct Part {
  std::string name;
  std::optional<std::string> file_name;
  std::string_view bytes;  // of the body
};

// The boundary that a Content-Type names; no value where it is no multipart/form-data, or names
// none of 1 to 70 characters.
std::optional<std::string> boundary_of(std::string_view content_type);

// What is wrong with the body, or its parts, at most `most` of them.
struct Parts {
  std::string error;  // empty: `parts` holds all
  bool too_many = false;
  std::vector<Part> parts;
};
Parts parts_of(std::string_view body, std::string_view boundary, std::size_t most);

}  // namespace lprnet::serve
