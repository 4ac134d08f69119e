#include "ctc/beam_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace lprnet::ctc {
namespace {

constexpr double kNothing = -std::numeric_limits<double>::infinity();

}  // namespace

BeamSearch::BeamSearch(std::shared_ptr<const Automaton> automaton, int blank, int steps,
                       const BeamOptions& options)
    : automaton_(std::move(automaton)),
      blank_(blank),
      steps_(steps),
      width_(static_cast<std::size_t>(options.width)),
      classes_per_step_(
          static_cast<std::size_t>(std::min(options.classes_per_step, automaton_->classes()))) {
  nodes_.resize(1 + width_ * static_cast<std::size_t>(steps));
  for (auto* entries : {&beam_, &stayed_, &next_}) entries->reserve(width_);
  candidates_.reserve(width_);
  classes_.reserve(classes_per_step_);
  taken_.resize(static_cast<std::size_t>(automaton_->classes()));
  text_.resize(width_ * static_cast<std::size_t>(steps));
  found_.reserve(width_);
}

std::int64_t BeamSearch::bytes(std::int64_t classes, std::int64_t steps,
                               const BeamOptions& options) {
  const std::int64_t width = options.width;
  return (1 + width * steps) * std::int64_t{sizeof(Node)} +
         width * std::int64_t{3 * sizeof(Entry) + sizeof(Candidate) + sizeof(Found)} +
         (2 * classes + width * steps) * std::int64_t{sizeof(int)};
}

void BeamSearch::begin() noexcept {
  nodes_[0] = {-1, -1, Automaton::kStart, 0, -1, -1, 0};
  node_count_ = 1;
  beam_.assign(1, {0, 0.0, kNothing, 0.0});
}

void BeamSearch::choose_classes(const float* logs) noexcept {
  classes_.clear();
  auto least = static_cast<float>(kNothing);  // to be beaten
  for (int c = 0; c < automaton_->classes(); ++c) {
    if (logs[c] <= least || c == blank_) continue;
    if (classes_.size() == classes_per_step_) classes_.pop_back();
    auto place = classes_.end();
    while (place != classes_.begin() && logs[c] > logs[*(place - 1)]) --place;
    classes_.insert(place, c);
    if (classes_.size() == classes_per_step_) least = logs[classes_.back()];
  }
}

void BeamSearch::offer(const Candidate& candidate) noexcept {
  if (candidate.score == kNothing) return;
  if (candidates_.size() == width_) {
    if (!is_better(candidate, candidates_.front())) return;
    std::pop_heap(candidates_.begin(), candidates_.end(), is_better);
    candidates_.back() = candidate;
  } else {
    candidates_.push_back(candidate);
  }
  std::push_heap(candidates_.begin(), candidates_.end(), is_better);
}

// Entries that keep their text: a blank, the last token once more, or the last token coming from
// the prefix without it, where that is in the beam.
void BeamSearch::stay(const float* logs) noexcept {
  stayed_.clear();
  candidates_.clear();
  for (const Entry& entry : beam_) {
    const Node& prefix = node(entry.node);
    Entry one{entry.node, entry.both + static_cast<double>(logs[blank_]), kNothing, 0};
    if (prefix.token >= 0) {
      double from = entry.token;
      const Node& parent = node(prefix.parent);
      if (parent.entry >= 0) {
        const Entry& shorter = beam_[static_cast<std::size_t>(parent.entry)];
        from = log_add(from, parent.token == prefix.token ? shorter.blank : shorter.both);
      }
      one.token = from + static_cast<double>(logs[prefix.token]);
    }
    one.both = log_add(one.blank, one.token);
    const int order = static_cast<int>(stayed_.size());
    stayed_.push_back(one);
    offer({one.both, order, order, -1, prefix.state});
  }
}

// Entries with one token more, unless that text is in the beam: stay() has counted it.
void BeamSearch::grow(const float* logs) noexcept {
  std::fill(taken_.begin(), taken_.end(), -1);
  int order = static_cast<int>(beam_.size());
  for (std::size_t e = 0; e < beam_.size(); ++e) {
    const Entry& entry = beam_[e];
    const Node& prefix = node(entry.node);
    for (int child = prefix.first_child; child >= 0; child = node(child).next_sibling) {
      if (node(child).entry < 0) continue;
      taken_[static_cast<std::size_t>(node(child).token)] = static_cast<int>(e);
    }
    for (const int c : classes_) {
      const auto log = static_cast<double>(logs[c]);
      // Classes come in falling order, so none after this is better.
      if (candidates_.size() == width_ && entry.both + log < candidates_.front().score) break;
      if (taken_[static_cast<std::size_t>(c)] == static_cast<int>(e)) continue;
      const int state = automaton_->next(prefix.state, c);
      if (state == Automaton::kNowhere) continue;
      const double score = (c == prefix.token ? entry.blank : entry.both) + log;
      offer({score, order++, static_cast<int>(e), c, state});
    }
  }
}

int BeamSearch::child_of(int parent, int token, int state) noexcept {
  for (int child = node(parent).first_child; child >= 0; child = node(child).next_sibling) {
    if (node(child).token == token) return child;
  }
  const int made = static_cast<int>(node_count_++);
  node(made) = {parent, token, state, node(parent).length + 1, -1, node(parent).first_child, -1};
  node(parent).first_child = made;
  return made;
}

// The candidates become the beam.
void BeamSearch::advance() noexcept {
  std::sort(candidates_.begin(), candidates_.end(), is_better);
  for (const Entry& entry : beam_) node(entry.node).entry = -1;
  next_.clear();
  for (const Candidate& candidate : candidates_) {
    const auto from = static_cast<std::size_t>(candidate.entry);
    if (candidate.token < 0) {
      next_.push_back(stayed_[from]);
    } else {
      const int child = child_of(beam_[from].node, candidate.token, candidate.state);
      next_.push_back({child, kNothing, candidate.score, candidate.score});
    }
    node(next_.back().node).entry = static_cast<int>(next_.size()) - 1;
  }
  std::swap(beam_, next_);
}

std::span<const BeamSearch::Found> BeamSearch::run(const Probabilities& probabilities) noexcept {
  begin();
  for (int step = 0; step < steps_; ++step) {
    const float* logs = probabilities.logs_of_step(step);
    choose_classes(logs);
    stay(logs);
    grow(logs);
    advance();
  }
  found_.clear();
  for (const Entry& entry : beam_) {
    const Node& end = node(entry.node);
    const double score = entry.both + automaton_->log_weight(end.state);
    if (score == kNothing) continue;
    int* text = text_.data() + found_.size() * static_cast<std::size_t>(steps_);
    int index = entry.node;
    for (int i = end.length; i-- > 0; index = node(index).parent) text[i] = node(index).token;
    found_.push_back({entry.both, score, end.state, {text, static_cast<std::size_t>(end.length)}});
  }
  // Equal scores stay in the order of the beam. Few entries: no sort that may allocate.
  for (std::size_t i = 1; i < found_.size(); ++i) {
    for (std::size_t k = i; k > 0 && found_[k].score > found_[k - 1].score; --k) {
      std::swap(found_[k], found_[k - 1]);
    }
  }
  return found_;
}

}  // namespace lprnet::ctc
