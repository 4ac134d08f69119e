// Input: a grammar's text. What is read is compiled for an alphabet and searched; each text that is
// found is one of the grammar's.
#include <memory>
#include <string_view>
#include <vector>

#include "ctc/automaton.h"
#include "ctc/beam_search.h"
#include "ctc/probabilities.h"
#include "formats/grammar_json.h"
#include "lprnet/error.hpp"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lprnet;
  constexpr int kClasses = 6;
  constexpr int kBlank = 5;
  constexpr int kSteps = 8;
  const auto text = fuzz::exact_bytes(data, size);
  std::vector<float> logits(kClasses * kSteps);
  for (std::size_t i = 0; i < logits.size(); ++i) logits[i] = static_cast<float>(i * 7 % 11);
  ctc::Probabilities probabilities(kClasses, kSteps);
  probabilities.read({logits.data(), kClasses, kSteps, 1, kClasses}, kBlank);
  try {
    const ctc::Grammar grammar = formats::read_grammar(
        {reinterpret_cast<const char*>(text.data), text.size}, "fuzz", fuzz::small_limits());
    const ctc::Alphabet alphabet({"京", "A", "B", "0", "1"}, kBlank, kClasses);
    for (const auto outside : {ctc::OutsideTexts::kForbidden, ctc::OutsideTexts::kAllowed}) {
      const auto automaton =
          std::make_shared<const ctc::Automaton>(grammar, alphabet, outside, 0.5);
      ctc::BeamSearch search(automaton, kBlank, kSteps, {8, 4});
      for (const auto& found : search.run(probabilities)) {
        fuzz::require(automaton->after(found.text) == found.state);
        fuzz::require(found.score <= found.log_probability + 1e-9);
        fuzz::require(outside == ctc::OutsideTexts::kAllowed ||
                      automaton->pattern(found.state) != nullptr);
      }
    }
  } catch (const Error&) {
    return 0;
  }
  return 0;
}
