#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lprnet::cli {

// The bytes of the code point that the text begins with: 1 to 4, or 0 when what it begins with is
// not UTF-8 (overlong forms and surrogates are not). REQUIRES: the text is not empty.
std::size_t first_code_point(std::string_view text);

// The code points of a text, each as its own bytes. A byte that is not UTF-8 stands for itself.
std::vector<std::string> characters_of(std::string_view text);

// How many columns a terminal gives the text: two for a Chinese, Japanese or Korean character.
std::size_t columns_of(std::string_view text);

}  // namespace lprnet::cli
