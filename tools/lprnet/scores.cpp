#include "scores.h"

#include <algorithm>
#include <cmath>

#include "utf8.h"

namespace lprnet::cli {

double Share::value() const {
  return total == 0 ? 0 : static_cast<double>(right) / static_cast<double>(total);
}

Interval wilson(const Share& share) {
  if (share.total == 0) return {0, 1};
  constexpr double kZ = 1.959963984540054;  // the normal distribution's 97.5 % quantile
  const auto n = static_cast<double>(share.total);
  const double p = share.value();
  const double middle = (p + kZ * kZ / (2 * n)) / (1 + kZ * kZ / n);
  const double half = kZ * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n)) / (1 + kZ * kZ / n);
  return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

std::vector<Edit> align(const std::vector<std::string>& label,
                        const std::vector<std::string>& read) {
  const std::size_t rows = label.size() + 1;
  const std::size_t columns = read.size() + 1;
  // cost[i * columns + j]: edits between the first i of the label and the first j of the reading
  std::vector<std::size_t> cost(rows * columns);
  auto at = [&](std::size_t i, std::size_t j) -> std::size_t& { return cost[i * columns + j]; };
  auto substitution = [&](std::size_t i, std::size_t j) {
    return at(i - 1, j - 1) + (label[i - 1] == read[j - 1] ? 0 : 1);
  };
  for (std::size_t i = 0; i < rows; ++i) at(i, 0) = i;
  for (std::size_t j = 0; j < columns; ++j) at(0, j) = j;
  for (std::size_t i = 1; i < rows; ++i) {
    for (std::size_t j = 1; j < columns; ++j) {
      at(i, j) = std::min({substitution(i, j), at(i - 1, j) + 1, at(i, j - 1) + 1});
    }
  }
  std::vector<Edit> edits;
  std::size_t i = label.size();
  std::size_t j = read.size();
  while (i > 0 || j > 0) {
    if (i > 0 && j > 0 && at(i, j) == substitution(i, j)) {
      edits.push_back({label[--i], read[--j]});
    } else if (i > 0 && at(i, j) == at(i - 1, j) + 1) {
      edits.push_back({label[--i], ""});
    } else {
      edits.push_back({"", read[--j]});
    }
  }
  std::reverse(edits.begin(), edits.end());
  return edits;
}

void TextScores::add(const std::string& label, const std::string& read) {
  const std::vector<std::string> expected = characters_of(label);
  const bool right = label == read;
  plates.add(right);
  by_length[expected.size()].add(right);
  if (!expected.empty()) by_first[expected.front()].add(right);
  if (by_position.size() < expected.size()) by_position.resize(expected.size());

  std::size_t position = 0;
  for (const Edit& edit : align(expected, characters_of(read))) {
    if (!edit.is_match()) {
      ++edits;
      ++confusions[{edit.label, edit.read}];
    }
    if (!edit.label.empty()) {
      characters.add(edit.is_match());
      by_position[position++].add(edit.is_match());
    }
  }
}

double TextScores::error_rate() const {
  return characters.total == 0 ? 0
                               : static_cast<double>(edits) / static_cast<double>(characters.total);
}

}  // namespace lprnet::cli
