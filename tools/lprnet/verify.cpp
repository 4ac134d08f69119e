#include <memory>
#include <string>

#include "command.h"
#include "json_text.h"
#include "limit_arguments.h"
#include "model_search.h"
#include "output.h"
#include "safe_text.h"
#include "text_table.h"

namespace lprnet::cli {
namespace {

struct VerifyArguments {
  Limits limits;
  std::string model;
  std::string isa;
  bool json = false;
};

int verify(const VerifyArguments& options) {
  const std::string file = find_model(options.model);
  ModelOptions model_options;
  model_options.limits = options.limits;
  model_options.isa = options.isa;
  const std::shared_ptr<const Model> model = Model::load(file, model_options);
  const Verification result = model->verify();
  if (options.json) {
    print(json_page({{"file", file},
                     {"isa", model->isa()},
                     {"origin", result.origin},
                     {"max_absolute", result.max_absolute},
                     {"max_relative", result.max_relative},
                     {"tolerance", result.tolerance},
                     {"passed", result.passed}}));
  } else {
    print(formatted(
        "%s on %s, against %s: largest difference %.3g, relative to the largest logit %.3g "
        "(bound %.3g): ",
        shown(file).c_str(), model->isa().c_str(), shown(result.origin).c_str(),
        result.max_absolute, result.max_relative, result.tolerance));
    print(result.passed ? "passed\n" : "FAILED\n");
  }
  return result.passed ? kAllDone : kSomeFailed;
}

}  // namespace

Command verify_command() {
  return {"verify", "Replay a model's self-test on this machine",
          "  lprnet verify model.safetensors\n"
          "  lprnet verify --isa avx2 --json     the shipped model",
          [](Arguments& arguments) -> std::function<int()> {
            auto options = std::make_shared<VerifyArguments>();
            arguments.text("MODEL", "", &options->model,
                           "Model file; else the one that recognize uses");
            declare_isa(arguments, &options->isa);
            arguments.flag("--json", &options->json, "One JSON object");
            declare_limits(arguments, &options->limits);
            return [options] { return verify(*options); };
          }};
}

}  // namespace lprnet::cli
