#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ctc/automaton.h"
#include "ctc/probabilities.h"

namespace lprnet::ctc {

struct BeamOptions {
  int width = 8;             // prefixes kept at each step, at least 1
  int classes_per_step = 8;  // the most probable ones that may begin a token; at least 1
};

// CTC prefix beam search (Hannun et al. 2014) in the log domain, over the texts of an automaton. At
// each step it keeps the prefixes of the largest probability, each with the sum over the paths that
// it has seen. With as many prefixes as there are, and all classes, the answer is exact. Ties go to
// the prefix that was found first, so that the answer is the same everywhere.
//
// Owns scratch memory, sized when it is made: run() allocates nothing. Movable; use from one thread
// at a time.
class BeamSearch {
 public:
  // A text that was found.
  struct Found {
    double log_probability = 0;  // of the paths that were seen: at most that of the text
    double score = 0;            // with the automaton's weight; never -infinity
    int state = 0;               // of the automaton, behind the text
    std::span<const int> text;   // classes; lives until the next run
  };

  // REQUIRES: the automaton is not null, for so many classes; 0 <= blank < classes; steps >= 1.
  BeamSearch(std::shared_ptr<const Automaton> automaton, int blank, int steps,
             const BeamOptions& options);

  // What it takes to make one.
  static std::int64_t bytes(std::int64_t classes, std::int64_t steps, const BeamOptions& options);

  const Automaton& automaton() const noexcept { return *automaton_; }

  // The texts that end in accepting states, the largest score first; none where no text of the
  // automaton has a probability. Lives until the next run. REQUIRES: as many classes and steps as
  // given above.
  std::span<const Found> run(const Probabilities& probabilities) noexcept;

 private:
  // A prefix: the path to it in a tree of all that were ever kept.
  struct Node {
    int parent;
    int token;  // its last; -1 of the empty prefix
    int state;
    int length;
    int first_child;
    int next_sibling;
    int entry;  // which of the beam it is now, -1: none
  };
  // A prefix in the beam, with the logarithm of the probability of paths that end in a blank, or in
  // the last token, and of both.
  struct Entry {
    int node;
    double blank;
    double token;
    double both;
  };
  // What may be in the next beam: an entry as it stays (token -1), or one token longer.
  struct Candidate {
    double score;
    int order;
    int entry;
    int token;
    int state;
  };
  static bool is_better(const Candidate& a, const Candidate& b) noexcept {
    return a.score > b.score || (a.score == b.score && a.order < b.order);
  }
  void begin() noexcept;
  void choose_classes(const float* logs) noexcept;
  void stay(const float* logs) noexcept;
  void grow(const float* logs) noexcept;
  void offer(const Candidate& candidate) noexcept;
  void advance() noexcept;
  int child_of(int node, int token, int state) noexcept;
  Node& node(int index) noexcept { return nodes_[static_cast<std::size_t>(index)]; }

  std::shared_ptr<const Automaton> automaton_;
  int blank_;
  int steps_;
  std::size_t width_;
  std::size_t classes_per_step_;
  std::vector<Node> nodes_;
  std::size_t node_count_ = 0;
  std::vector<Entry> beam_;    // the best first
  std::vector<Entry> stayed_;  // the beam's entries one step on
  std::vector<Entry> next_;
  std::vector<Candidate> candidates_;  // a heap, the worst on top
  std::vector<int> classes_;           // that may begin a token at this step, the best first
  std::vector<int> taken_;             // by class: the entry that has such a child in the beam
  std::vector<int> text_;
  std::vector<Found> found_;
};

}  // namespace lprnet::ctc
