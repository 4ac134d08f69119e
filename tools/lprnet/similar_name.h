#pragma once

#include <string>
#include <vector>

namespace lprnet::cli {

// "; did you mean NAME?" for the name that differs from `word` by the fewest letters added, left
// out, changed or swapped with their neighbour, at most one of three; else empty.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& names);

}  // namespace lprnet::cli
