#include "tests/hostile/mutations.h"

#include <cstdint>
#include <limits>
#include <vector>

namespace lprnet::hostile {
namespace {

using nlohmann::json;

const std::vector<json>& replacements() {
  static const std::vector<json> values{
      nullptr,
      true,
      0,
      -1,
      3,
      1 << 24,
      std::numeric_limits<std::int64_t>::max(),
      std::numeric_limits<std::int64_t>::min(),
      std::numeric_limits<std::uint64_t>::max(),
      0.5,
      -1e308,
      1e-320,
      "",
      "x",
      "../x",
      std::string(3, '\0'),
      std::string(2000, 'y'),
      json::array(),
      json::array({0}),
      json::array({-1, -1}),
      json::array({1LL << 62, 1LL << 62, 1LL << 62}),
      json(std::vector<int>(500, 1)),
      json::array({nullptr, json::object()}),
      json::object(),
      json{{"x", 1}},
  };
  return values;
}

// The members and elements of `json`, as paths; the root is none of them.
void collect(const json& json_value, const json::json_pointer& here,
             std::vector<json::json_pointer>& paths) {
  if (json_value.is_object()) {
    for (const auto& [key, value] : json_value.items()) {
      paths.push_back(here / key);
      collect(value, here / key, paths);
    }
  } else if (json_value.is_array()) {
    for (std::size_t i = 0; i < json_value.size(); ++i) {
      paths.push_back(here / i);
      collect(json_value[i], here / i, paths);
    }
  }
}

}  // namespace

void each_mutation(
    const json& original,
    const std::function<void(const json& mutant, const std::string& change)>& visit) {
  std::vector<json::json_pointer> paths;
  collect(original, json::json_pointer(), paths);
  for (const auto& path : paths) {
    json mutant = original;
    json& parent = mutant[path.parent_pointer()];
    if (parent.is_array()) {
      parent.erase(static_cast<std::size_t>(std::stoul(path.back())));
    } else {
      parent.erase(path.back());
    }
    visit(mutant, path.to_string() + " gone");
  }
  for (const auto& path : paths) {
    for (const json& replacement : replacements()) {
      json mutant = original;
      mutant[path] = replacement;
      visit(mutant, path.to_string() + " is " + replacement.dump().substr(0, 60));
    }
  }
}

}  // namespace lprnet::hostile
