#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace lprnet::cli {

// The optimal string alignment distance: how many parts are added, left out, changed, or swapped
// with their neighbour, to make one of the other.
std::size_t edit_distance(const std::vector<std::string>& a, const std::vector<std::string>& b);

}  // namespace lprnet::cli
