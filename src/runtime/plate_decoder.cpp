#include "runtime/plate_decoder.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/error_text.h"
#include "ctc/greedy.h"
#include "formats/grammar_json.h"
#include "runtime/grammar_impl.h"

namespace lprnet {
namespace {

constexpr int kMaxBeamWidth = 256;
constexpr double kNothing = -std::numeric_limits<double>::infinity();

void expect(bool holds, const char* what, double found, const char* expected) {
  if (holds) return;
  base::fail(ErrorCode::kInvalidArgument, what, " is ", found, ", expected ", expected);
}

bool is_temperature(double value) { return value >= 0.01 && value <= 100; }

void expect_in_range(const DecodeOptions& options) {
  expect(options.beam_width >= 1 && options.beam_width <= kMaxBeamWidth, "the beam width",
         options.beam_width, "1 to 256");
  expect(options.classes_per_step >= 1, "classes_per_step", options.classes_per_step, "1 or more");
  expect(options.candidates >= 1 && options.candidates <= options.beam_width,
         "the number of candidates", options.candidates, "1 to the beam width");
  if (options.temperature) {
    expect(is_temperature(*options.temperature), "the temperature", *options.temperature,
           "0.01 to 100");
  }
  expect(options.outside_weight > 0 && options.outside_weight <= 1, "outside_weight",
         options.outside_weight, "more than 0, at most 1");
}

bool has_nan(const ctc::LogitsView& output) {
  for (int step = 0; step < output.steps; ++step) {
    const float* scores = output.data + step * output.step_stride;
    for (int c = 0; c < output.classes; ++c) {
      if (std::isnan(scores[c * output.class_stride])) return true;
    }
  }
  return false;
}

// A grammar is there to be used, and greedy finds one text.
bool uses_beam(const PlateReader& reader, const DecodeOptions& options) {
  if (options.decoder != Decoder::kModel) return options.decoder == Decoder::kBeam;
  return options.candidates > 1 || options.grammar != nullptr || !reader.grammar.empty();
}

ctc::BeamOptions beam_options(const DecodeOptions& options) {
  return {options.beam_width, options.classes_per_step};
}

}  // namespace

void PlateDecoder::expect_sound(const PlateReader& reader, const ctc::Alphabet& alphabet,
                                const std::string& where) {
  if (!is_temperature(reader.temperature)) {
    base::fail(ErrorCode::kInvalidModel, where, ": the temperature is ", reader.temperature,
               ", expected 0.01 to 100");
  }
  if (reader.grammar.empty()) return;
  try {
    const ctc::Grammar grammar = formats::read_grammar(reader.grammar, "its grammar");
    const ctc::Automaton automaton(grammar, alphabet, ctc::OutsideTexts::kForbidden, 1);
  } catch (const Error& error) {
    throw Error(
        error.code() == ErrorCode::kInvalidArgument ? ErrorCode::kInvalidModel : error.code(),
        base::cat(where, ": ", error.what()));
  }
}

std::int64_t PlateDecoder::bytes(const PlateReader& reader, std::int64_t classes,
                                 std::int64_t steps, const DecodeOptions& options) {
  expect_in_range(options);
  // Of the text's probability, for a text of a token at each step.
  const std::int64_t columns = 2 * (steps + 1) * (steps + 1) * std::int64_t{2 * sizeof(float)};
  const std::int64_t search = uses_beam(reader, options)
                                  ? ctc::BeamSearch::bytes(classes, steps, beam_options(options))
                                  : 0;
  const std::int64_t logarithms =
      reader.scores == Scores::kProbabilities ? std::int64_t{sizeof(float)} * classes * steps : 0;
  return ctc::Probabilities::bytes(classes, steps) + columns + search + logarithms;
}

PlateDecoder::PlateDecoder(const PlateReader& reader, const ctc::Alphabet& alphabet, int steps,
                           const DecodeOptions& options)
    : alphabet_(alphabet),
      temperature_(options.temperature.value_or(reader.temperature)),
      least_log_probability_(kNothing),
      candidates_(static_cast<std::size_t>(options.candidates)),
      probabilities_(alphabet.classes(), steps),
      text_probability_(alphabet.blank()) {
  if (reader.scores == Scores::kProbabilities) {
    logarithms_.resize(static_cast<std::size_t>(alphabet.classes()) *
                       static_cast<std::size_t>(steps));
  }
  set_grammar(reader, options);
  if (!uses_beam(reader, options)) return;
  auto automaton = automaton_;
  if (automaton == nullptr) {
    automaton =
        std::make_shared<const ctc::Automaton>(ctc::Automaton::accept_all(alphabet.classes()));
  }
  search_.emplace(std::move(automaton), alphabet.blank(), steps, beam_options(options));
}

void PlateDecoder::set_grammar(const PlateReader& reader, const DecodeOptions& options) {
  const bool is_own = options.grammar == nullptr;
  if (options.ignore_grammar || (is_own && reader.grammar.empty())) return;
  const GrammarMode mode =
      options.grammar_mode.value_or(is_own ? reader.grammar_mode : GrammarMode::kStrict);
  const auto outside =
      mode == GrammarMode::kSoft ? ctc::OutsideTexts::kAllowed : ctc::OutsideTexts::kForbidden;
  const ctc::Grammar own =
      is_own ? formats::read_grammar(reader.grammar, "the model's grammar") : ctc::Grammar();
  automaton_ = std::make_shared<const ctc::Automaton>(
      is_own ? own : options.grammar->impl_->grammar, alphabet_, outside, options.outside_weight);
  is_strict_ = mode == GrammarMode::kStrict;
  if (is_strict_) least_log_probability_ = std::log(options.outside_weight);
}

PlateDecoder::Choice PlateDecoder::choice_of(std::span<const int> text) const {
  Choice choice;
  choice.text.assign(text.begin(), text.end());
  if (automaton_ == nullptr) return choice;
  const int state = automaton_->after(text);
  const std::string* pattern =
      state == ctc::Automaton::kNowhere ? nullptr : automaton_->pattern(state);
  choice.match = pattern == nullptr ? GrammarMatch::kUnmatched : GrammarMatch::kMatched;
  if (pattern != nullptr) choice.pattern = *pattern;
  return choice;
}

std::vector<PlateDecoder::Choice> PlateDecoder::greedy(const ctc::LogitsView& logits,
                                                       std::vector<int>& steps) const {
  std::vector<int> text;
  for (const ctc::Emission& emission : ctc::greedy_decode(logits, alphabet_.blank())) {
    text.push_back(emission.index);
    steps.push_back(emission.step);
  }
  return {choice_of(text)};
}

// The candidates by their whole probability, of which the search has seen a part; texts that
// different classes of one token give count once.
std::vector<PlateDecoder::Choice> PlateDecoder::beam() {
  struct Scored {
    Choice choice;
    std::string text;
    double score;  // logarithm
  };
  std::vector<Scored> all;
  const auto texts = search_->run(probabilities_);
  // Of what the texts that were found leave to those outside the grammar a little counts, so that
  // one bad text is not sure only because it is the only one.
  double outside = 1;
  double sum = kNothing;
  for (const auto& found : texts) {
    outside -= std::exp(found.score - search_->automaton().log_weight(found.state));
    sum = ctc::log_add(sum, found.score / temperature_);
  }
  if (outside > 0) {
    sum = ctc::log_add(sum, (least_log_probability_ + std::log(outside)) / temperature_);
  }
  for (const auto& found : texts) {
    Choice choice = choice_of(found.text);
    if (is_strict_) choice.share = std::exp(found.score / temperature_ - sum);
    std::string text = text_of(choice.text);
    const auto known =
        std::find_if(all.begin(), all.end(), [&](const Scored& one) { return one.text == text; });
    if (known != all.end()) {
      known->choice.share += choice.share;
    } else if (all.size() < candidates_) {
      choice.log_probability = text_probability_.log_probability(probabilities_, found.text);
      const double weight = search_->automaton().log_weight(found.state);
      const double score = *choice.log_probability + weight;
      all.push_back({std::move(choice), std::move(text), score});
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Scored& a, const Scored& b) { return a.score > b.score; });
  std::vector<Choice> choices;
  if (all.empty() || *all.front().choice.log_probability < least_log_probability_) return choices;
  for (Scored& one : all) choices.push_back(std::move(one.choice));
  return choices;
}

std::string PlateDecoder::text_of(const std::vector<int>& text) const {
  std::string joined;
  for (const int index : text) joined += alphabet_.token(index);
  return joined;
}

float PlateDecoder::confidence_of(const Choice& choice) {
  if (choice.share >= 0) return static_cast<float>(std::min(1.0, choice.share));
  const double logarithm = choice.log_probability && temperature_ == 1
                               ? *choice.log_probability
                               : text_probability_.log_probability(probabilities_, choice.text);
  // Rounding may take a sum of probabilities above 1.
  return static_cast<float>(std::min(1.0, std::exp(logarithm)));
}

ctc::LogitsView PlateDecoder::logits_of(const ctc::LogitsView& output) {
  if (logarithms_.empty()) return output;
  float* to = logarithms_.data();
  for (int step = 0; step < output.steps; ++step) {
    const float* scores = output.data + step * output.step_stride;
    for (int c = 0; c < output.classes; ++c) *to++ = std::log(scores[c * output.class_stride]);
  }
  return {logarithms_.data(), output.classes, output.steps, 1, output.classes};
}

Plate PlateDecoder::decode(const ctc::LogitsView& output) {
  const ctc::LogitsView logits = logits_of(output);
  std::vector<int> steps;
  std::vector<Choice> choices;
  // Nothing is known of a plate when the network's arithmetic broke down.
  const bool is_readable = !has_nan(logits);
  if (is_readable && search_) {
    probabilities_.read(logits, alphabet_.blank());
    choices = beam();
  } else if (is_readable) {
    choices = greedy(logits, steps);
  }
  Plate plate;
  if (choices.empty()) {
    plate.grammar = automaton_ == nullptr ? GrammarMatch::kUnused : GrammarMatch::kUnmatched;
    return plate;
  }
  if (!search_ || temperature_ != 1) {
    probabilities_.read(logits, alphabet_.blank(), temperature_);
  }
  const Choice& best = choices.front();
  plate.text = text_of(best.text);
  plate.confidence = confidence_of(best);
  plate.grammar = best.match;
  plate.pattern = best.pattern;
  const auto tokens = text_probability_.tokens(probabilities_, best.text);
  for (std::size_t i = 0; i < best.text.size(); ++i) {
    plate.characters.push_back({alphabet_.token(best.text[i]), tokens[i].confidence,
                                steps.empty() ? tokens[i].step : steps[i]});
  }
  for (std::size_t i = 1; i < choices.size(); ++i) {
    plate.alternatives.push_back({text_of(choices[i].text), confidence_of(choices[i]),
                                  choices[i].match, choices[i].pattern});
  }
  return plate;
}

}  // namespace lprnet
