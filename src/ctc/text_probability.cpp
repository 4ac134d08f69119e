#include "ctc/text_probability.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace lprnet::ctc {
namespace {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();

// Makes the largest of both 1 and the negligible 0: only ratios count, and denormals are slow.
void normalise(std::vector<float>& a, std::vector<float>& b) {
  const float top =
      std::max(*std::max_element(a.begin(), a.end()), *std::max_element(b.begin(), b.end()));
  if (top <= 0) return;
  constexpr float kNegligible = 1e-12F;
  for (auto* values : {&a, &b}) {
    for (float& value : *values) value = value / top >= kNegligible ? value / top : 0.0F;
  }
}

}  // namespace

double TextProbability::log_probability(const Probabilities& probabilities,
                                        std::span<const int> text) {
  if (text.size() > static_cast<std::size_t>(probabilities.steps())) return kImpossible;
  const std::size_t count = 2 * text.size() + 1;
  states_.assign(count, kImpossible);
  states_[0] = 0;  // before the first step
  for (int step = 0; step < probabilities.steps(); ++step) {
    const float* logs = probabilities.logs_of_step(step);
    // From the back, so that what a state takes from is still of the step before.
    for (std::size_t s = count; s-- > 0;) {
      double sum = states_[s];
      if (s > 0) sum = log_add(sum, states_[s - 1]);
      const bool is_token = s % 2 == 1;
      const std::size_t i = s / 2;
      if (is_token && i > 0 && text[i] != text[i - 1]) sum = log_add(sum, states_[s - 2]);
      states_[s] = sum + static_cast<double>(logs[is_token ? text[i] : blank_]);
    }
  }
  return count == 1 ? states_[0] : log_add(states_[count - 1], states_[count - 2]);
}

void TextProbability::resize(std::size_t count, int steps) {
  const auto size = static_cast<std::size_t>(steps) + 1;
  for (auto* columns : {&prefixes_, &suffixes_}) {
    if (columns->size() < count) columns->resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      (*columns)[i].blank.assign(size, 0.0F);
      (*columns)[i].token.assign(size, 0.0F);
    }
  }
}

// `longer` is `shorter` with one token more behind it, or before it when going backward; without a
// token (-1) it is nothing but blanks.
void TextProbability::extend(const Probabilities& probabilities, const Column& shorter, int token,
                             bool repeats, bool backward, Column& longer) const {
  const int steps = probabilities.steps();
  for (int taken = 1; taken <= steps; ++taken) {
    const auto t = static_cast<std::size_t>(taken);
    const float* step = probabilities.of_step(backward ? steps - taken : taken - 1);
    longer.blank[t] = (longer.blank[t - 1] + longer.token[t - 1]) * step[blank_];
    if (token < 0) continue;
    const float before = shorter.blank[t - 1] + (repeats ? 0.0F : shorter.token[t - 1]);
    longer.token[t] = (longer.token[t - 1] + before) * step[token];
  }
  normalise(longer.blank, longer.token);
}

TokenConfidence TextProbability::confidence_of(const Probabilities& probabilities,
                                               std::span<const int> text, std::size_t index) {
  const int steps = probabilities.steps();
  const Column& prefix = prefixes_[index];
  const Column& suffix = suffixes_[text.size() - index - 1];
  const int last = index > 0 ? text[index - 1] : -1;
  const int next = index + 1 < text.size() ? text[index + 1] : -1;
  const int own = text[index];
  const auto classes = static_cast<std::size_t>(probabilities.classes());
  running_.assign(classes, 0.0F);
  totals_.assign(classes, 0.0F);
  // The two classes beside it may not touch it: the general sum is wrong for them, theirs is here.
  std::array<float, 2> beside{};
  std::array<float, 2> beside_total{};
  const std::array<int, 2> beside_class{last, next};
  float none = 0;
  // Before the prefix and behind where the suffix fits there is nothing to add.
  const auto holds = [](const Column& column, int taken) {
    const auto t = static_cast<std::size_t>(taken);
    return column.blank[t] + column.token[t] > 0;
  };
  int begin = 0;
  while (begin < steps && !holds(prefix, begin)) ++begin;
  int end = steps;
  while (end > begin && !holds(suffix, steps - end)) --end;
  for (int t = begin; t < end; ++t) {
    const auto before = static_cast<std::size_t>(t);
    const auto after = static_cast<std::size_t>(steps - t - 1);
    const float* step = probabilities.of_step(t);
    const float in = prefix.blank[before] + prefix.token[before];
    const float out = suffix.blank[after] + suffix.token[after];
    float* running = running_.data();
    float* totals = totals_.data();
    for (std::size_t c = 0; c < classes; ++c) {
      running[c] = (running[c] + in) * step[c];
      totals[c] += running[c] * out;
    }
    for (std::size_t side = 0; side < 2; ++side) {
      const int c = beside_class[side];
      if (c < 0) continue;
      const float limited_in = c == last ? prefix.blank[before] : in;
      const float limited_out = c == next ? suffix.blank[after] : out;
      beside[side] = (beside[side] + limited_in) * step[c];
      beside_total[side] += beside[side] * limited_out;
    }
  }
  for (std::size_t side = 0; side < 2; ++side) {
    if (beside_class[side] >= 0) {
      totals_[static_cast<std::size_t>(beside_class[side])] = beside_total[side];
    }
  }
  totals_[static_cast<std::size_t>(blank_)] = 0;
  // Without the token. Each path once: cut where the prefix's last token ends.
  for (int t = 0; t <= (index == 0 ? 0 : steps); ++t) {
    const float ends = index == 0 ? 1.0F : prefix.token[static_cast<std::size_t>(t)];
    const auto after = static_cast<std::size_t>(steps - t);
    none += ends * (suffix.blank[after] + (last != next ? suffix.token[after] : 0.0F));
  }
  float sum = none;
  for (const float total : totals_) sum += total;
  TokenConfidence result;
  const float total = totals_[static_cast<std::size_t>(own)];
  result.confidence = total > 0 ? total / sum : 0.0F;

  // Where it begins: what comes after a step in the token, from the back.
  float rest = 0;
  float best = -1;
  for (int t = steps - 1; t >= 0; --t) {
    const auto before = static_cast<std::size_t>(t);
    const auto after = static_cast<std::size_t>(steps - t - 1);
    const float out = suffix.blank[after] + (own != next ? suffix.token[after] : 0.0F);
    const float in = prefix.blank[before] + (own != last ? prefix.token[before] : 0.0F);
    rest = (rest + out) * probabilities.of_step(t)[own];
    if (in * rest >= best) {
      best = in * rest;
      result.step = t;
    }
  }
  return result;
}

std::span<const TokenConfidence> TextProbability::tokens(const Probabilities& probabilities,
                                                         std::span<const int> text) {
  const int steps = probabilities.steps();
  result_.assign(text.size(), {});
  if (text.empty() || text.size() > static_cast<std::size_t>(steps)) return result_;
  resize(text.size(), steps);
  for (const bool backward : {false, true}) {
    std::vector<Column>& columns = backward ? suffixes_ : prefixes_;
    columns[0].blank[0] = 1;
    extend(probabilities, columns[0], -1, false, backward, columns[0]);
    for (std::size_t i = 1; i < text.size(); ++i) {
      const int token = text[backward ? text.size() - i : i - 1];
      const bool repeats = i > 1 && token == text[backward ? text.size() - i + 1 : i - 2];
      extend(probabilities, columns[i - 1], token, repeats, backward, columns[i]);
    }
  }
  for (std::size_t i = 0; i < text.size(); ++i) result_[i] = confidence_of(probabilities, text, i);
  return result_;
}

}  // namespace lprnet::ctc
