#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lprnet::ctc {

// Which texts a plate may have: a regular language without unbounded repetition, as data. Bounded
// where it is read (formats/grammar_json.h). A value.
struct Grammar {
  enum class NodeKind { kTokens, kSequence, kChoice, kRepeat };
  // Nodes refer to others by index, always to smaller ones, so that there are no cycles.
  struct Node {
    NodeKind kind = NodeKind::kSequence;
    int tokens = -1;              // kTokens: index of the set; -1: every token of the alphabet
    std::vector<int> children;    // kSequence, kChoice: any number; kRepeat: one
    std::vector<double> weights;  // kChoice: of each child, above 0
    int from = 0;                 // kRepeat: at least
    int to = 0;                   // kRepeat: at most, from <= to
  };
  // A kind of plate.
  struct Pattern {
    std::string name;
    double weight = 1;  // above 0
    int node = 0;
  };

  std::string name;
  std::vector<std::vector<std::string>> token_sets;
  std::vector<Node> nodes;
  std::vector<Pattern> patterns;
};

// Whether texts outside of the grammar are answers.
enum class OutsideTexts { kForbidden, kAllowed };

}  // namespace lprnet::ctc
