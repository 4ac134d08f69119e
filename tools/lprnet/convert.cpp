#include <memory>
#include <string>

#include "checkpoint_arguments.h"
#include "command.h"
#include "limit_arguments.h"
#include "lprnet/model.hpp"
#include "output.h"
#include "safe_text.h"
#include "signals.h"
#include "text_table.h"

namespace lprnet::cli {
namespace {

struct Options {
  Limits limits;
  std::string input;
  std::string output;
  CheckpointArguments checkpoint;
};

int convert(const Options& options) {
  ModelOptions model_options;
  model_options.limits = options.limits;
  model_options.checkpoint = options.checkpoint.options();
  const std::shared_ptr<const Model> model = Model::load(options.input, model_options);
  {
    const HeldSignals held;
    model->save(options.output);
  }
  // What was written is read again and must answer its own self-test.
  ModelOptions written_options;
  written_options.limits = options.limits;
  const Verification result = Model::load(options.output, written_options)->verify();
  const Description& description = model->description();
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
  return result.passed ? kAllDone : kSomeFailed;
}

}  // namespace

Command convert_command() {
  return {"convert", "Turn a checkpoint into a model file",
          "  lprnet convert Final_LPRNet_model.pth -o plate.safetensors\n"
          "  lprnet convert --profile stnpair --stn stn.pth lprnet.pth -o plate.safetensors\n"
          "  lprnet convert --alphabet A75 weights.pth -o plate.safetensors",
          [](Arguments& arguments) -> std::function<int()> {
            auto options = std::make_shared<Options>();
            arguments.text("IN", "", &options->input,
                           "PyTorch checkpoint, .safetensors weights, or model file (.json too)",
                           Arguments::Presence::kRequired);
            arguments.output(&options->output, "The model file to write");
            declare_whole_checkpoint(arguments, &options->checkpoint);
            declare_limits(arguments, &options->limits);
            return [options] { return convert(*options); };
          }};
}

}  // namespace lprnet::cli
