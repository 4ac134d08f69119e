#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "formats/json_document.h"

namespace lprnet::formats {

// What one JSON value can become. True when `json` has the type, and then `value` is set; integers
// are written as integers and fit, numbers are finite.
bool convert(const Json& json, bool& value);
bool convert(const Json& json, std::int64_t& value);
bool convert(const Json& json, double& value);
bool convert(const Json& json, std::string& value);

template <typename T, std::size_t N>
bool convert(const Json& json, std::array<T, N>& values);
template <typename T>
bool convert(const Json& json, std::vector<T>& values) {
  if (!json.is_array()) return false;
  values.clear();
  values.reserve(json.size());
  for (const Json& element : json) {
    if (!convert(element, values.emplace_back())) return false;
  }
  return true;
}

// null: no value.
template <typename T>
bool convert(const Json& json, std::optional<T>& value) {
  value.reset();
  return json.is_null() || convert(json, value.emplace());
}

// One number stands for all, as PyTorch's number-or-tuple arguments do.
template <typename T, std::size_t N>
bool convert(const Json& json, std::array<T, N>& values) {
  if (!json.is_array()) {
    T one{};
    if (json.is_null() || !convert(json, one)) return false;
    values.fill(one);
    return true;
  }
  if (json.size() != N) return false;
  for (std::size_t i = 0; i < N; ++i) {
    if (!convert(json[i], values[i])) return false;
  }
  return true;
}

// The same types in words, for messages: "an integer", "a list of strings".
inline std::string words_for(const bool*) { return "true or false"; }
inline std::string words_for(const std::int64_t*) { return "a 64-bit integer"; }
inline std::string words_for(const double*) { return "a number"; }
inline std::string words_for(const std::string*) { return "a string"; }
template <typename T, std::size_t N>
std::string words_for(const std::array<T, N>*);
template <typename T>
std::string words_for(const std::optional<T>*) {
  return words_for(static_cast<const T*>(nullptr)) + " or null";
}
template <typename T>
std::string words_for(const std::vector<T>*) {
  return "a list, each " + words_for(static_cast<const T*>(nullptr));
}
template <typename T, std::size_t N>
std::string words_for(const std::array<T, N>*) {
  return "one value for all, or a list of " + std::to_string(N) + ", each " +
         words_for(static_cast<const T*>(nullptr));
}

// What becomes of keys that nobody asked for.
enum class OtherKeys { kRefused, kSkipped };

// An object that is read key by key; a key that is missing or has another type is an error:
// Error(kFormat) with `where`, the key, what was found and expected.
class ObjectReader {
 public:
  // REQUIRES: `json` outlives the reader. Throws when it is no object.
  ObjectReader(const Json& json, std::string where);

  const std::string& where() const noexcept { return where_; }

  // The value, or null when there is no such key.
  const Json* find(const char* key);
  const Json& get(const char* key);

  template <typename T>
  T required(const char* key) {
    T value{};
    read(key, get(key), value);
    return value;
  }
  // Leaves `value` as it is when there is no such key.
  template <typename T>
  void optional(const char* key, T& value) {
    if (const Json* found = find(key)) read(key, *found, value);
  }

  // A key that nobody asked for is an error too. REQUIRES: every key that may be there was asked
  // for.
  void refuse_others() const;
  void finish(OtherKeys others) const {
    if (others == OtherKeys::kRefused) refuse_others();
  }

  [[noreturn]] void refuse(const char* key, const Json& found, const std::string& expected) const;

 private:
  template <typename T>
  void read(const char* key, const Json& json, T& value) const {
    if (!convert(json, value)) refuse(key, json, words_for(static_cast<const T*>(nullptr)));
  }

  const Json::object_t* members_;
  std::string where_;
  std::vector<const char*> known_;
};

// A value as a message shows it: short ones whole, long ones by their type.
std::string shown(const Json& json);

}  // namespace lprnet::formats
