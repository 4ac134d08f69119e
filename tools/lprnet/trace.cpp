#include <memory>
#include <string>

#include "checkpoint_arguments.h"
#include "command.h"
#include "limit_arguments.h"
#include "lprnet/image.hpp"
#include "lprnet/model.hpp"
#include "output.h"
#include "safe_text.h"
#include "signals.h"

namespace lprnet::cli {
namespace {

struct TraceArguments {
  Limits limits;
  std::string model;
  CheckpointArguments checkpoint;
  ImageOptions image_options;
  std::string image;
  std::string output;
};

int trace(const TraceArguments& options) {
  ModelOptions model_options;
  model_options.limits = options.limits;
  model_options.checkpoint = options.checkpoint.options();
  const std::shared_ptr<const Model> model = Model::load(options.model, model_options);
  const Image image = Image::load(options.image, options.image_options);
  const std::vector<NamedTensor> values = model->trace(image.view());
  {
    const HeldSignals held;
    save_tensors(options.output, values);
  }
  print(shown(options.output) + ": " + std::to_string(values.size()) + " values\n");
  return kAllDone;
}

}  // namespace

Command trace_command() {
  return {"trace", "Write the output of every layer for one image, to compare with PyTorch",
          "  lprnet trace model.safetensors plate.jpg -o out.safetensors\n"
          "  python3 -c 'import safetensors.numpy as s; "
          "print(s.load_file(\"out.safetensors\").keys())'",
          [](Arguments& arguments) -> std::function<int()> {
            auto options = std::make_shared<TraceArguments>();
            constexpr auto kRequired = Arguments::Presence::kRequired;
            arguments.text("MODEL", "", &options->model, "Model file", kRequired);
            declare_checkpoint(arguments, &options->checkpoint);
            arguments.text("IMAGE", "", &options->image, "Image file", kRequired);
            arguments.output(&options->output, "Where to write");
            declare_limits(arguments, &options->limits);
            declare_limits(arguments, &options->image_options);
            return [options] { return trace(*options); };
          }};
}

}  // namespace lprnet::cli
