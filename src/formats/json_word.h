#pragma once

#include <algorithm>
#include <array>
#include <string>

#include "formats/json_object.h"

namespace lprnet::formats {

// A word of a document, and what it stands for.
template <typename T>
struct Word {
  const char* text;
  T value;
};
// Throws Error(kFormat), naming all words, for another one.
template <typename T, std::size_t N>
T read_word(ObjectReader& object, const char* key, const std::array<Word<T>, N>& words) {
  const Json& found = object.get(key);
  const auto* text = found.get_ptr<const Json::string_t*>();
  std::string expected;
  for (const auto& word : words) {
    if (text != nullptr && *text == word.text) return word.value;
    if (!expected.empty()) expected += " or ";
    expected.append("'").append(word.text).append("'");
  }
  object.refuse(key, found, expected);
}

template <typename T, std::size_t N>
const char* word_for(T value, const std::array<Word<T>, N>& words) {
  return std::find_if(words.begin(), words.end(),
                      [value](const auto& word) { return word.value == value; })
      ->text;
}

}  // namespace lprnet::formats
