#include <memory>
#include <string>
#include <variant>

#include "checkpoint_arguments.h"
#include "command.h"
#include "decode_arguments.h"
#include "limit_arguments.h"
#include "lprnet/error.hpp"
#include "lprnet/model.hpp"
#include "output.h"
#include "safe_text.h"
#include "signals.h"
#include "text_table.h"

namespace lprnet::cli {
namespace {

struct ConvertArguments {
  Limits limits;
  std::string input;
  std::string output;
  CheckpointArguments checkpoint;
  std::string grammar;
  std::string grammar_mode;
  double temperature = 0;  // 0: as it is
  std::string looks;
};

// The model's own description with what the options say.
Description description_for(const Model& model, const ConvertArguments& options) {
  Description description = model.description();
  auto* reader = std::get_if<PlateReader>(&description.purpose);
  if (options.grammar.empty() && options.grammar_mode.empty() && options.temperature == 0 &&
      options.looks.empty()) {
    return description;
  }
  if (reader == nullptr) {
    throw Error(ErrorCode::kInvalidArgument, options.input +
                                                 ": reads no plates, so it has no use for a "
                                                 "grammar, a temperature or further looks");
  }
  if (options.grammar == "none") {
    reader->grammar.clear();
  } else if (!options.grammar.empty()) {
    reader->grammar = load_grammar(options.grammar)->text();
    reader->grammar_mode = GrammarMode::kStrict;
  }
  if (!options.grammar_mode.empty()) {
    if (reader->grammar.empty()) {
      throw Error(ErrorCode::kInvalidArgument, options.input + ": has no grammar to be " +
                                                   options.grammar_mode +
                                                   " about; name one with --grammar");
    }
    reader->grammar_mode =
        options.grammar_mode == "soft" ? GrammarMode::kSoft : GrammarMode::kStrict;
  }
  if (options.temperature > 0) reader->temperature = options.temperature;
  if (options.looks == "none") {
    reader->further_looks.reset();
  } else if (!options.looks.empty()) {
    reader->further_looks = FurtherLooks::load(options.looks);
  }
  return description;
}

int convert(const ConvertArguments& options) {
  ModelOptions model_options;
  model_options.limits = options.limits;
  model_options.checkpoint = options.checkpoint.options();
  const std::shared_ptr<const Model> model = Model::load(options.input, model_options);
  const Description description = description_for(*model, options);
  {
    const HeldSignals held;
    model->save(options.output, description);
  }
  // What was written is read again and must answer its own self-test.
  ModelOptions written_options;
  written_options.limits = options.limits;
  const Verification result = Model::load(options.output, written_options)->verify();
  const auto& shape = model->input_shape();
  print(formatted("%s: %s, %s parameters, ", shown(options.output).c_str(),
                  shown(description.name).c_str(), grouped(model->summary().parameters).c_str()));
  if (const PlateReader* reader = description.plate_reader()) {
    print(formatted("input %lldx%lld %s, %s, %lld classes, blank %d, ",
                    static_cast<long long>(shape[3]), static_cast<long long>(shape[2]),
                    name_of(reader->preprocessing.channel_order).c_str(),
                    name_of(reader->preprocessing.resize).c_str(),
                    static_cast<long long>(model->outputs()[0].shape[1]), reader->blank));
  }
  print(formatted("self-test of %s %s\n", shown(result.origin).c_str(),
                  result.passed ? "passed" : "FAILED"));
  const auto& provenance = description.provenance;
  if (const auto assumed = provenance.find("assumed"); assumed != provenance.end()) {
    print(formatted("assumed: %s\n", shown(assumed->second).c_str()));
  }
  if (const PlateReader* reader = model->description().plate_reader()) {
    if (reader->scores == Scores::kProbabilities) {
      print("note: its network ends in a softmax, so its scores are read as probabilities\n");
    }
  }
  return result.passed ? kAllDone : kSomeFailed;
}

}  // namespace

Command convert_command() {
  return {"convert", "Turn a checkpoint into a model file",
          "  lprnet convert Final_LPRNet_model.pth -o plate.safetensors\n"
          "  lprnet convert --profile stnpair --stn stn.pth lprnet.pth -o plate.safetensors\n"
          "  lprnet convert --alphabet A75 weights.pth -o plate.safetensors\n"
          "  lprnet convert --grammar cn --looks looks.json plate.safetensors -o sure.safetensors",
          [](Arguments& arguments) -> std::function<int()> {
            auto options = std::make_shared<ConvertArguments>();
            arguments.text("IN", "", &options->input,
                           "PyTorch checkpoint, .safetensors weights, or model file (.json too)",
                           Arguments::Presence::kRequired);
            arguments.output(&options->output, "The model file to write");
            declare_whole_checkpoint(arguments, &options->checkpoint);
            arguments.heading("How the model decodes plates");
            arguments.text("--grammar", shown_grammars(), &options->grammar,
                           "The texts that its plates may have");
            arguments.choice("--grammar-mode", &options->grammar_mode, {"strict", "soft"},
                             "strict: only such texts; soft: others when much more probable");
            arguments.number("--temperature", "T", &options->temperature, 0.01, 100,
                             "Divides the logits for confidences; see tools/train");
            arguments.text("--looks", "FILE", &options->looks,
                           "How it looks again at pictures that it is not sure of: a JSON file, "
                           "see models/FORMAT.md, or none");
            arguments.heading("Options");
            declare_limits(arguments, &options->limits);
            return [options] { return convert(*options); };
          }};
}

}  // namespace lprnet::cli
