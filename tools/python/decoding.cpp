#include "decoding.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "lprnet/error.hpp"
#include "path.h"

namespace lprnet::python {
namespace {

namespace nb = nanobind;
using namespace nb::literals;

template <typename Enum, std::size_t kCount>
using Words = std::array<std::pair<const char*, Enum>, kCount>;

constexpr Words<Decoder, 3> kDecoders{
    {{"model", Decoder::kModel}, {"greedy", Decoder::kGreedy}, {"beam", Decoder::kBeam}}};
constexpr Words<GrammarMode, 2> kModes{
    {{"strict", GrammarMode::kStrict}, {"soft", GrammarMode::kSoft}}};

template <typename Enum, std::size_t kCount>
Enum chosen(const Words<Enum, kCount>& words, const std::string& word, const char* name) {
  std::string expected;
  for (const auto& [known, value] : words) {
    if (word == known) return value;
    expected += (expected.empty() ? "'" : ", '") + std::string(known) + "'";
  }
  throw Error(ErrorCode::kInvalidArgument,
              std::string(name) + ": is '" + word + "', expected one of " + expected);
}

template <typename Enum, std::size_t kCount>
const char* word_in(const Words<Enum, kCount>& words, Enum wanted) {
  for (const auto& [word, value] : words) {
    if (value == wanted) return word;
  }
  return "";
}

std::shared_ptr<const Grammar> load_grammar(nb::handle path) {
  const std::string file = path_of(path);
  const nb::gil_scoped_release release;
  return Grammar::load(file);
}

DecodeOptions options_of(const std::string& decoder, int beam_width, int classes_per_step,
                         std::shared_ptr<const Grammar> grammar, bool ignore_grammar,
                         const std::optional<std::string>& grammar_mode, double outside_weight,
                         int candidates, std::optional<double> temperature, bool further_looks,
                         std::optional<int> lines) {
  DecodeOptions options;
  options.decoder = chosen(kDecoders, decoder, "decoder");
  options.beam_width = beam_width;
  options.classes_per_step = classes_per_step;
  options.grammar = std::move(grammar);
  options.ignore_grammar = ignore_grammar;
  if (grammar_mode) options.grammar_mode = chosen(kModes, *grammar_mode, "grammar_mode");
  options.outside_weight = outside_weight;
  options.candidates = candidates;
  options.temperature = temperature;
  options.further_looks = further_looks;
  options.lines = lines;
  return options;
}

}  // namespace

const char* word_for(GrammarMatch match) {
  switch (match) {
    case GrammarMatch::kUnused:
      break;
    case GrammarMatch::kMatched:
      return "matched";
    case GrammarMatch::kUnmatched:
      return "unmatched";
  }
  return "unused";
}

DecodeOptions decode_options_of(const DecodeOptions* options) {
  return options == nullptr ? DecodeOptions{} : *options;
}

void bind_decoding(nb::module_& module) {
  nb::class_<Grammar>(module, "Grammar")
      .def_static("load", &load_grammar, "path"_a)
      .def_static(
          "parse",
          [](const std::string& text, const std::string& name) {
            return Grammar::parse(text, name);
          },
          "text"_a, "name"_a = "grammar")
      .def_static("known", &Grammar::known, "name"_a)
      .def_static("known_names", &Grammar::known_names)
      .def_prop_ro("name", &Grammar::name)
      .def_prop_ro("text", &Grammar::text)
      .def("__repr__", [](const Grammar& self) {
        return "Grammar(name=" + nb::cast<std::string>(nb::repr(nb::cast(self.name()))) + ")";
      });
  const DecodeOptions defaults;
  nb::class_<DecodeOptions>(module, "DecodeOptions")
      .def(
          "__init__",
          [](DecodeOptions* self, const std::string& decoder, int beam_width, int classes_per_step,
             std::shared_ptr<const Grammar> grammar, bool ignore_grammar,
             const std::optional<std::string>& grammar_mode, double outside_weight, int candidates,
             std::optional<double> temperature, bool further_looks, std::optional<int> lines) {
            new (self) DecodeOptions(options_of(
                decoder, beam_width, classes_per_step, std::move(grammar), ignore_grammar,
                grammar_mode, outside_weight, candidates, temperature, further_looks, lines));
          },
          nb::kw_only(), "decoder"_a = "model", "beam_width"_a = defaults.beam_width,
          "classes_per_step"_a = defaults.classes_per_step, "grammar"_a = nb::none(),
          "ignore_grammar"_a = false, "grammar_mode"_a = nb::none(),
          "outside_weight"_a = defaults.outside_weight, "candidates"_a = defaults.candidates,
          "temperature"_a = nb::none(), "further_looks"_a = defaults.further_looks,
          "lines"_a = nb::none())
      .def_prop_ro("decoder",
                   [](const DecodeOptions& self) { return word_in(kDecoders, self.decoder); })
      .def_ro("beam_width", &DecodeOptions::beam_width)
      .def_ro("classes_per_step", &DecodeOptions::classes_per_step)
      .def_ro("grammar", &DecodeOptions::grammar)
      .def_ro("ignore_grammar", &DecodeOptions::ignore_grammar)
      .def_prop_ro("grammar_mode",
                   [](const DecodeOptions& self) {
                     return self.grammar_mode
                                ? std::optional<std::string>(word_in(kModes, *self.grammar_mode))
                                : std::nullopt;
                   })
      .def_ro("outside_weight", &DecodeOptions::outside_weight)
      .def_ro("candidates", &DecodeOptions::candidates)
      .def_ro("temperature", &DecodeOptions::temperature)
      .def_ro("further_looks", &DecodeOptions::further_looks)
      .def_ro("lines", &DecodeOptions::lines);
}

}  // namespace lprnet::python
