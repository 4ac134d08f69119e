#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "formats/json_document.h"

// JSON text made piece by piece, without a document. Text that is not UTF-8 throws
// Json::type_error, see utf8_or_fail().
namespace lprnet::formats {

// Texts as the elements of an array.
std::string json_array(const std::vector<std::string>& elements);

// A number, a string or true or false.
template <typename T>
std::string json_text(const T& value) {
  return Json(value).dump();
}
template <typename T>
std::string json_text(const std::optional<T>& value) {
  return value ? json_text(*value) : "null";
}
template <typename List>
std::string json_list(const List& values) {
  std::vector<std::string> elements;
  for (const auto& value : values) elements.push_back(json_text(value));
  return json_array(elements);
}
template <typename T>
std::string json_text(const std::vector<T>& values) {
  return json_list(values);
}
template <typename T, std::size_t N>
std::string json_text(const std::array<T, N>& values) {
  return json_list(values);
}

// An object; its keys come out sorted.
class ObjectWriter {
 public:
  template <typename T>
  void set(const std::string& key, const T& value) {
    set_text(key, json_text(value));
  }
  void set_text(const std::string& key, std::string text) { members_[key] = std::move(text); }
  std::string text() const;

 private:
  std::map<std::string, std::string> members_;
};

// What `write` gives. Throws Error(kInvalidArgument) with `where` for text that is not UTF-8.
template <typename Write>
std::string utf8_or_fail(const std::string& where, const Write& write) {
  try {
    return write();
  } catch (const Json::type_error&) {
    fail_not_utf8(where);
  }
}

}  // namespace lprnet::formats
