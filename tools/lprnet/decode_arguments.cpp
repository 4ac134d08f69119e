#include "decode_arguments.h"

#include <algorithm>
#include <memory>

namespace lprnet::cli {

std::shared_ptr<const Grammar> load_grammar(const std::string& name) {
  const auto names = Grammar::known_names();
  const bool is_known = std::find(names.begin(), names.end(), name) != names.end();
  return is_known ? Grammar::known(name) : Grammar::load(name);
}

std::string shown_grammars() {
  std::string text = "none|";
  for (const std::string& name : Grammar::known_names()) text += name + '|';
  return text + "FILE";
}

void DecodeArguments::declare(Arguments& arguments, const std::string& top_help) {
  arguments.heading("How plates are decoded");
  arguments.choice("--decoder", &decoder_, {"model", "greedy", "beam"},
                   "model: beam where there is a grammar or --top asks for more, else greedy");
  arguments.number("--beam-width", "N", &options_.beam_width, 1, 256,
                   "Prefixes that the beam search keeps");
  arguments.text("--grammar", shown_grammars(), &grammar_,
                 "The texts that plates may have, instead of the model's own");
  arguments.choice("--grammar-mode", &mode_, {"model", "strict", "soft"},
                   "strict: only such texts; soft: others when they are much more probable");
  if (!top_help.empty()) {
    arguments.number("--top", "N", &options_.candidates, 1, 256,
                     top_help + " (at most --beam-width)");
  }
  arguments.number("--temperature", "T", &temperature_, 0.01, 100,
                   "Divides the logits for confidences, instead of the model's own");
  arguments.flag("--one-look", &one_look_,
                 "Look once at each picture and each plate in it: faster, less exact");
  arguments.choice("--lines", &lines_, {"auto", "1", "2"},
                   "Lines of text on each plate; auto: as the picture shows");
  arguments.heading("Options");
}

DecodeOptions DecodeArguments::options() const {
  DecodeOptions options = options_;
  if (decoder_ == "greedy") options.decoder = Decoder::kGreedy;
  if (decoder_ == "beam") options.decoder = Decoder::kBeam;
  if (grammar_ == "none") {
    options.ignore_grammar = true;
  } else if (!grammar_.empty()) {
    options.grammar = load_grammar(grammar_);
  }
  if (mode_ == "strict") options.grammar_mode = GrammarMode::kStrict;
  if (mode_ == "soft") options.grammar_mode = GrammarMode::kSoft;
  if (temperature_ > 0) options.temperature = temperature_;
  options.further_looks = !one_look_;
  if (lines_ != "auto") options.lines = lines_ == "2" ? 2 : 1;
  return options;
}

}  // namespace lprnet::cli
