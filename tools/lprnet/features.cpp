#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "checkpoint_arguments.h"
#include "command.h"
#include "decode_arguments.h"
#include "encoded_picture.h"
#include "feature_sheets.h"
#include "folder.h"
#include "limit_arguments.h"
#include "lprnet/error.hpp"
#include "lprnet/image.hpp"
#include "lprnet/model.hpp"
#include "lprnet/output_file.hpp"
#include "lprnet/session.hpp"
#include "output.h"
#include "safe_text.h"
#include "signals.h"
#include "step_probabilities.h"
#include "text_table.h"

namespace lprnet::cli {
namespace {

namespace fs = std::filesystem;

struct FeaturesArguments {
  Limits limits;
  std::string model;
  CheckpointArguments checkpoint;
  DecodeArguments decoding;
  ImageOptions image_options;
  std::string image;
  std::string output;
};

bool is_picture_shape(const std::vector<std::int64_t>& shape) {
  return shape.size() == 4 && shape[2] * shape[3] > 1;
}

// The values worth a sheet: what each convolution gives, behind the normalisation and the
// activation that follow it.
std::vector<std::string> stage_values(const ModelSummary& summary) {
  const auto has = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  std::vector<std::string> stages;
  const std::vector<std::int64_t>* shape = nullptr;  // of the stage that may go on
  for (const NodeSummary& node : summary.nodes) {
    if (has(node.op, "conv") && is_picture_shape(node.shape)) {
      stages.push_back(node.name);
      shape = &node.shape;
    } else if (shape != nullptr && node.shape == *shape &&
               (has(node.op, "norm") || has(node.op, "dropout") || node.parameters == 0) &&
               !has(node.op, "pool") && !has(node.op, "pow") && !has(node.op, "mul") &&
               !has(node.op, "div") && !has(node.op, "sub") && !has(node.op, "slice")) {
      stages.back() = node.name;
    } else {
      shape = nullptr;
    }
  }
  return stages;
}

// A part of a file's name, whatever a model calls its nodes.
std::string name_for_file(const std::string& node) {
  std::string name;
  for (const char c : node) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                          (c >= 'a' && c <= 'z') || c == '.' || c == '_';
    name += is_plain ? c : '-';
  }
  constexpr std::size_t kLongest = 80;
  return name.substr(0, kLongest);
}

class Sheets {
 public:
  Sheets(const std::string& folder, const std::string& image)
      : folder_(made_folder(folder)), image_(image) {}

  void write(const std::string& name, const Image& sheet) {
    const fs::path target = folder_ / name;
    std::error_code unknown;
    if (fs::equivalent(target, image_, unknown)) {
      throw Error(ErrorCode::kIo, target.string() +
                                      ": is the picture that is read, and would be written over; "
                                      "name another folder with -o");
    }
    OutputFile file(target);
    file.write(png_of(sheet));
    file.finish();
    ++count_;
  }

  std::size_t count() const { return count_; }

 private:
  fs::path folder_;
  fs::path image_;
  std::size_t count_ = 0;
};

std::string steps_text(const CharacterSteps& steps) {
  const std::string first = std::to_string(steps.begin);
  return steps.end == steps.begin + 1 ? first : first + "-" + std::to_string(steps.end - 1);
}

// What each character comes from, and what else its steps might be.
std::string characters_text(const Plate& plate, const StepProbabilities& probabilities) {
  TextTable table({kLeft, kLeft, kRight, kLeft, kRight});
  table.add({"character", "steps", "confidence", "next", ""});
  const std::vector<CharacterSteps> spans = steps_of(plate, probabilities);
  for (std::size_t i = 0; i < spans.size(); ++i) {
    std::size_t next = probabilities.tokens.size();
    double share = 0;
    for (std::size_t t = spans[i].begin; t < spans[i].end; ++t) {
      for (std::size_t k = 0; k < probabilities.tokens.size(); ++k) {
        const bool is_other = k != spans[i].token && !probabilities.tokens[k].empty();
        if (is_other && probabilities.steps[t][k] > share) {
          next = k;
          share = probabilities.steps[t][k];
        }
      }
    }
    const bool has_next = next < probabilities.tokens.size();
    table.add({plate.characters[i].text, steps_text(spans[i]),
               formatted("%.4f", static_cast<double>(plate.characters[i].confidence)),
               has_next ? probabilities.tokens[next] : "", formatted("%.4f", share)});
  }
  return table.to_string();
}

int features(const FeaturesArguments& options) {
  ModelOptions model_options;
  model_options.limits = options.limits;
  model_options.checkpoint = options.checkpoint.options();
  const std::shared_ptr<const Model> model = Model::load(options.model, model_options);
  const Image image = Image::load(options.image, options.image_options);
  if (!image.warning().empty()) complain("warning: " + image.warning());
  const std::vector<NamedTensor> values = model->trace(image.view());
  const auto value_named = [&](const std::string& name) -> const NamedTensor& {
    return *std::find_if(values.begin(), values.end(),
                         [&](const NamedTensor& value) { return value.name == name; });
  };
  const PlateReader& reader = *model->description().plate_reader();
  const ModelSummary summary = model->summary();

  // One look: the steps are those of the whole picture.
  DecodeOptions decoding = options.decoding.options();
  decoding.further_looks = false;
  Session session(model, 1, decoding);
  const Plate plate = session.recognize(image);
  const NamedTensor& scores = value_named(model->outputs().front().name);
  const StepProbabilities probabilities =
      step_probabilities(reader, decoding.temperature.value_or(reader.temperature), scores.values,
                         static_cast<std::size_t>(scores.shape[1]));

  const HeldSignals held;
  Sheets sheets(options.output, options.image);
  std::vector<TitledPicture> pictures;
  pictures.push_back({"picture", image});
  pictures.push_back(
      {"as the network gets it", input_picture(values.front(), reader.preprocessing)});
  for (const NodeSummary& node : summary.nodes) {
    if (node.op != "grid_sample" || !is_picture_shape(node.shape) ||
        node.shape[1] != values.front().shape[1]) {
      continue;
    }
    pictures.push_back({"straightened by the network",
                        input_picture(value_named(node.name), reader.preprocessing)});
  }
  sheets.write("00-picture.png", pictures_sheet(pictures));
  const std::vector<std::string> stages = stage_values(summary);
  for (std::size_t i = 0; i < stages.size(); ++i) {
    sheets.write(formatted("%02zu-", i + 1) + name_for_file(stages[i]) + ".png",
                 maps_sheet(value_named(stages[i])));
  }
  sheets.write("probabilities.png", steps_sheet(pictures.back().picture, plate, probabilities));

  print((plate.text.empty() ? "no text" : shown(plate.text)) + "  " +
        formatted("%.4f", static_cast<double>(plate.confidence)) + "\n");
  if (!plate.characters.empty()) print(characters_text(plate, probabilities));
  if (plate.text.empty() && plate.grammar == GrammarMatch::kUnmatched) {
    print("no text of the grammar; --grammar none gives what the steps say\n");
  }
  const Plate further = Session(model, 1, options.decoding.options()).recognize(image);
  if (further.text != plate.text) {
    print("with further looks, which these sheets do not show: " +
          (further.text.empty() ? "no text" : shown(further.text)) + "  " +
          formatted("%.4f", static_cast<double>(further.confidence)) + "\n");
  }
  print(shown(options.output) + ": " + std::to_string(sheets.count()) + " sheets\n");
  return kAllDone;
}

}  // namespace

Command features_command() {
  return {"features", "Draw what the network sees in one image, to understand a misreading",
          "  lprnet features lprnet-cn.safetensors plate.jpg -o sheets\n"
          "    sheets/00-picture.png      the picture as the network gets it, and straightened\n"
          "    sheets/01-NAME.png ...     the maps of each convolution, after its activation\n"
          "    sheets/probabilities.png   each step's probabilities, and the characters they give",
          [](Arguments& arguments) -> std::function<int()> {
            auto options = std::make_shared<FeaturesArguments>();
            constexpr auto kRequired = Arguments::Presence::kRequired;
            arguments.text("MODEL", "", &options->model, "Model file", kRequired);
            declare_checkpoint(arguments, &options->checkpoint);
            arguments.text("IMAGE", "", &options->image, "Image file", kRequired);
            arguments.text("-o,--output", "DIR", &options->output,
                           "Folder for the sheets, made if it is not there", kRequired);
            options->decoding.declare(arguments);
            declare_limits(arguments, &options->limits);
            declare_limits(arguments, &options->image_options);
            return [options] { return features(*options); };
          }};
}

}  // namespace lprnet::cli
