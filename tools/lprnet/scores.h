#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace lprnet::cli {

// So many of so many.
struct Share {
  std::size_t right = 0;
  std::size_t total = 0;

  void add(bool is_right) {
    total += 1;
    right += is_right ? 1 : 0;
  }
  double value() const;  // 0 of nothing is 0
};

struct Interval {
  double low;
  double high;
};

// Wilson's score interval at 95 %. 0 to 1 for nothing.
Interval wilson(const Share& share);

// One step from the label to the reading; an empty side: a character that is missing, or one too
// many.
struct Edit {
  std::string label;
  std::string read;

  bool is_match() const { return label == read; }
};

// The fewest edits that turn the label's characters into the reading's.
std::vector<Edit> align(const std::vector<std::string>& label,
                        const std::vector<std::string>& read);

// How well readings agree with their labels. Characters are code points.
class TextScores {
 public:
  void add(const std::string& label, const std::string& read);

  Share plates;
  Share characters;  // of the labels' characters, those that the alignment finds right
  std::size_t edits =
      0;  // substitutions, characters missing and too many; over characters.total: CER
  std::vector<Share> by_position;          // of the label
  std::map<std::size_t, Share> by_length;  // whole plates, by the label's length
  std::map<std::string, Share> by_first;   // whole plates, by the label's first character
  std::map<std::pair<std::string, std::string>, std::size_t>
      confusions;  // (label, read), no matches

  double error_rate() const;
};

}  // namespace lprnet::cli
