#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lprnet/export.hpp"

namespace lprnet {

// Which texts plates may have, read from JSON; models/DECODING.md describes it. Immutable: share it
// between threads.
class LPRNET_API Grammar {
 public:
  // Throws Error: kNotFound, kIo, kFormat with the line for what is wrong, kUnsupported for a newer
  // version or a grammar beyond the format's bounds, kLimit.
  static std::shared_ptr<const Grammar> load(const std::filesystem::path& path);
  // The same from text; `name` stands for the path in messages.
  static std::shared_ptr<const Grammar> parse(std::string_view text,
                                              const std::string& name = "grammar");
  // A grammar that comes with the library, one of known_names(): "cn" for Chinese plates, "de" for
  // German ones, "any" for every text. Throws Error(kInvalidArgument) for another name.
  static std::shared_ptr<const Grammar> known(const std::string& name);
  static std::vector<std::string> known_names();

  ~Grammar();
  Grammar(const Grammar&) = delete;
  Grammar& operator=(const Grammar&) = delete;

  const std::string& name() const noexcept;
  // The JSON text, as given. What PlateReader::grammar takes.
  const std::string& text() const noexcept;

 private:
  friend class PlateDecoder;
  struct Impl;
  explicit Grammar(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

enum class Decoder {
  kModel,   // a beam search where there is a grammar or several candidates are wanted, else greedy
  kGreedy,  // the best class of each step: the path of the largest probability
  kBeam,    // prefix beam search: the text of the largest probability
};

// What becomes of texts that do not match the grammar.
enum class GrammarMode {
  kStrict,  // they are no answers
  kSoft,    // they are answers when they are much more probable than those that match
};

// How a network's output becomes text, and whether one reading of a picture is enough. A value.
struct DecodeOptions {
  Decoder decoder = Decoder::kModel;
  // Of the beam search: prefixes kept, 1 to 256, and classes that may begin a token at a step, 1 or
  // more. More find more and take longer.
  int beam_width = 8;
  int classes_per_step = 8;
  // Used instead of the model's own; null: the model's own, if it has one.
  std::shared_ptr<const Grammar> grammar;
  // No grammar at all, not the model's either.
  bool ignore_grammar = false;
  // Not set: as the model says, and strict for a grammar that is given here.
  std::optional<GrammarMode> grammar_mode;
  // More than 0, at most 1: what the probability of texts that do not match the grammar is
  // multiplied by when it is compared with that of others, whose weights the grammar gives. Strict:
  // there is no answer when the best text that matches has a smaller probability than this, before
  // the model's temperature.
  double outside_weight = 3e-2;
  // How many texts to find at most, 1 to beam_width: the best in Plate::text, the others in
  // Plate::alternatives. Greedy finds one.
  int candidates = 1;
  // Divides the logits for probabilities, not for the choice of the text; above 0. Not set: the
  // model's own. Confidences rise with smaller ones.
  std::optional<double> temperature;
  // Whether a picture that is not read with confidence is looked at again, where the model says
  // how: see PlateReader::further_looks. Each look costs as much as the first.
  bool further_looks = true;
  // Lines of text on each plate, 1 or 2. Not set: what a detector says, or else what further looks
  // find. 2 is for models that say how two lines are read, see FurtherLooks::two_lines.
  std::optional<int> lines;
};

}  // namespace lprnet
