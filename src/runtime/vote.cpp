#include "lprnet/vote.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>

namespace lprnet {
namespace {

// Chosen on six bad pictures of each of 250 held-out plates, as tools/train/measure_votes.py makes
// them, for right texts and for confidences that mean what they say.
constexpr double kShareOfOthers = 0.03;  // of the probability that is left, for a text not listed
constexpr double kMistaken = 0.1;        // that a reading says nothing about the plate

struct Candidate {
  std::string_view text;
  const Plate* plate = nullptr;              // the most confident reading with this text
  const Alternative* alternative = nullptr;  // or where it is an alternative, while plate is null
  std::vector<double> confidences;           // of each reading, below 0 where it does not list it
  double score = 0;
};

bool is_better(const Plate& plate, const Plate* other) {
  return other == nullptr || plate.confidence > other->confidence;
}

// A NaN is no probability.
double listed(float confidence) {
  return confidence > 0 ? std::min(static_cast<double>(confidence), 1.0) : 0;
}

// The log of the mixture of a reading that is right and one that is mistaken.
double log_evidence(double probability) {
  return std::log((1 - kMistaken) * probability + kMistaken * kShareOfOthers);
}

using Candidates = std::vector<Candidate>;

void add(Candidates& candidates, std::string_view text, float confidence, std::size_t reading,
         std::size_t count, const Plate* plate, const Alternative* alternative) {
  if (text.empty()) return;
  auto found = std::find_if(candidates.begin(), candidates.end(),
                            [text](const Candidate& other) { return other.text == text; });
  if (found == candidates.end()) {
    found = candidates.insert(found, {text, nullptr, nullptr, std::vector<double>(count, -1)});
  }
  Candidate& candidate = *found;
  candidate.confidences[reading] = listed(confidence);
  if (plate != nullptr && is_better(*plate, candidate.plate)) candidate.plate = plate;
  const Alternative* before = candidate.alternative;
  if (alternative != nullptr &&
      (before == nullptr || alternative->confidence > before->confidence)) {
    candidate.alternative = alternative;
  }
}

Plate plate_of(const Candidate& candidate) {
  if (candidate.plate != nullptr) {
    Plate plate = *candidate.plate;
    plate.alternatives.clear();
    return plate;
  }
  Plate plate;
  plate.text = candidate.text;
  plate.grammar = candidate.alternative->grammar;
  plate.pattern = candidate.alternative->pattern;
  return plate;
}

Alternative alternative_of(const Candidate& candidate) {
  if (candidate.plate == nullptr) return *candidate.alternative;
  return {candidate.plate->text, 0, candidate.plate->grammar, candidate.plate->pattern};
}

}  // namespace

Plate vote(const std::vector<Plate>& readings) {
  std::vector<const Plate*> voters;
  for (const Plate& plate : readings) {
    if (!plate.text.empty()) voters.push_back(&plate);
  }
  if (voters.empty()) return readings.empty() ? Plate{} : readings.front();
  if (readings.size() == 1) return readings.front();

  Candidates candidates;
  std::vector<double> left(voters.size());  // probability that a reading's texts leave
  std::size_t most = 1;
  for (std::size_t i = 0; i < voters.size(); ++i) {
    const Plate& plate = *voters[i];
    add(candidates, plate.text, plate.confidence, i, voters.size(), &plate, nullptr);
    double sum = listed(plate.confidence);
    for (const Alternative& other : plate.alternatives) {
      add(candidates, other.text, other.confidence, i, voters.size(), nullptr, &other);
      sum += listed(other.confidence);
    }
    left[i] = std::max(0.0, 1 - sum);
    most = std::max(most, plate.alternatives.size() + 1);
  }

  // That they show one of the texts that none of them lists.
  double none = -std::log(kShareOfOthers);
  for (const double probability : left) none += log_evidence(probability * kShareOfOthers);
  double highest = none;
  for (Candidate& candidate : candidates) {
    for (std::size_t i = 0; i < left.size(); ++i) {
      const double confidence = candidate.confidences[i];
      candidate.score += log_evidence(confidence < 0 ? left[i] * kShareOfOthers : confidence);
    }
    highest = std::max(highest, candidate.score);
  }
  double all = std::exp(none - highest);
  for (const Candidate& candidate : candidates) all += std::exp(candidate.score - highest);
  const auto share = [&](const Candidate& candidate) {
    return static_cast<float>(std::exp(candidate.score - highest) / all);
  };

  // The best of those that are left, of equals the first.
  const auto take_best = [&candidates] {
    const auto best =
        std::max_element(candidates.begin(), candidates.end(),
                         [](const Candidate& a, const Candidate& b) { return a.score < b.score; });
    Candidate taken = std::move(*best);
    candidates.erase(best);
    return taken;
  };
  const Candidate best = take_best();
  Plate answer = plate_of(best);
  answer.confidence = share(best);
  for (std::size_t i = 1; i < most && !candidates.empty(); ++i) {
    const Candidate next = take_best();
    answer.alternatives.push_back(alternative_of(next));
    answer.alternatives.back().confidence = share(next);
  }
  return answer;
}

}  // namespace lprnet
