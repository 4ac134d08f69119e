#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint_arguments.h"
#include "command.h"
#include "decode_arguments.h"
#include "inputs.h"
#include "limit_arguments.h"
#include "model_search.h"
#include "output.h"
#include "reading.h"
#include "reading_writer.h"

namespace lprnet::cli {
namespace {

struct RecognizeArguments {
  Limits limits;
  std::string model;
  CheckpointArguments checkpoint;
  DecodeArguments decoding;
  InputArguments input;
  std::string format = "text";
  double min_confidence = 0;
};

// A crop shows little beside its plate, which is flat; a photograph has the shape of a sensor.
bool is_plainly_photograph(const Reading& reading) {
  constexpr std::int64_t kLargeCrop = std::int64_t{640} * 400;
  return std::int64_t{reading.width} * reading.height >= kLargeCrop &&
         reading.width < 1.9 * reading.height;
}

int recognize(const RecognizeArguments& options) {
  ModelOptions model_options;
  model_options.limits = options.limits;
  model_options.checkpoint = options.checkpoint.options();
  const Recognizer recognizer(load_model(options.model, model_options), options.input.threads, 1,
                              options.decoding.options());
  options.input.open_output();
  ReadingWriter writer(options.format, options.min_confidence, options.decoding.candidates());
  Tally tally;
  std::size_t photographs = 0;
  std::string first;
  read_in_order(recognizer, options.input, [&](const Reading& reading) {
    writer.write(reading);
    tally.add(reading.error);
    if (is_plainly_photograph(reading) && photographs++ == 0) first = reading.file;
  });
  writer.finish();
  if (photographs > 0) {
    const std::string others =
        photographs > 1 ? " (and " + std::to_string(photographs - 1) + " more)" : "";
    complain(
        "note: " + first + others +
        " looks like a photograph, not the crop of a plate; lprnet read finds the plates in it");
  }
  return tally.status(options.format);
}

}  // namespace

Command recognize_command() {
  return {"recognize", "Read the plates in image files",
          "  lprnet recognize plate.jpg\n"
          "  lprnet recognize --model Final_LPRNet_model.pth plate.jpg\n"
          "  lprnet recognize --format csv --threads 4 --output plates.csv plates/\n"
          "  lprnet recognize --top 3 --grammar cn plate.jpg\n"
          "  find . -name '*.png' -print0 | lprnet recognize --format ndjson -0 -\n"
          "  lprnet recognize - < plate.jpg",
          [](Arguments& arguments) -> std::function<int()> {
            auto options = std::make_shared<RecognizeArguments>();
            declare_model(arguments, &options->model);
            declare_checkpoint(arguments, &options->checkpoint);
            options->decoding.declare(arguments,
                                      "Texts to give for each image, in text, json and openalpr");
            arguments.choice("--format", &options->format, ReadingWriter::formats(),
                             "How to write the readings");
            arguments.number("--min-confidence", "P", &options->min_confidence, 0.0, 1.0,
                             "Do not accept readings below; 0.9 or so where errors are costly");
            options->input.declare(arguments, "Images");
            declare_limits(arguments, &options->limits);
            declare_limits(arguments, &options->input.image_options);
            return [options] { return recognize(*options); };
          }};
}

}  // namespace lprnet::cli
