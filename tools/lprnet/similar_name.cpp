#include "similar_name.h"

#include <algorithm>
#include <cstddef>

#include "edit_distance.h"
#include "utf8.h"

namespace lprnet::cli {
std::string did_you_mean(const std::string& word, const std::vector<std::string>& names) {
  constexpr std::size_t kLongest = 64;  // names are shorter
  if (word.size() > kLongest) return "";
  std::string nearest;
  std::size_t least = std::max<std::size_t>(word.size() / 3, 1) + 1;
  for (const std::string& name : names) {
    const std::size_t differing = edit_distance(characters_of(word), characters_of(name));
    if (differing >= least) continue;
    least = differing;
    nearest = name;
  }
  return nearest.empty() ? "" : "; did you mean " + nearest + "?";
}

}  // namespace lprnet::cli
