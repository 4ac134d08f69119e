#include <atomic>
#include <barrier>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "command.h"
#include "json_text.h"
#include "lprnet/error.hpp"
#include "lprnet/image.hpp"
#include "lprnet/session.hpp"
#include "model_search.h"
#include "output.h"
#include "stopwatch.h"
#include "text_table.h"

namespace lprnet::cli {
namespace {

struct Options {
  std::string model;
  std::string isa;
  std::string image;
  int batch = 1;
  int threads = 1;
  int seconds = 2;
  bool json = false;
};

// Noise, the same on every machine, twice as wide and high as the network's input.
Image noise_for(const Model& model) {
  const std::vector<std::int64_t>& shape = model.input_shape();
  Image image(static_cast<int>(shape[3]) * 2, static_cast<int>(shape[2]) * 2);
  std::uint32_t state = 1;
  const int bytes = image.width() * image.height() * 3;
  for (int i = 0; i < bytes; ++i) {
    state = state * 1664525U + 1013904223U;
    image.data()[i] = static_cast<std::uint8_t>(state >> 24);
  }
  return image;
}

// A round is `batch` plates, normalised input to logits, shared out over `threads` sessions.
Timing time_network(const std::shared_ptr<const Model>& model, const Image& image,
                    const Options& options) {
  std::vector<Session> sessions;
  for (int i = 0; i < options.threads; ++i) {
    sessions.emplace_back(model);
    sessions.back().preprocess(image.view());
  }
  if (options.threads == 1) {
    return time_of(
        [&] {
          for (int i = 0; i < options.batch; ++i) sessions[0].infer();
        },
        options.seconds);
  }

  std::barrier gate(options.threads);
  std::atomic<int> left = 0;
  bool done = false;  // changed only while the helpers wait at the gate
  auto work = [&](Session& session) {
    while (left.fetch_sub(1) > 0) session.infer();
  };
  std::vector<std::thread> helpers;
  for (int i = 1; i < options.threads; ++i) {
    helpers.emplace_back([&, i] {
      while (true) {
        gate.arrive_and_wait();
        if (done) return;
        work(sessions[static_cast<std::size_t>(i)]);
        gate.arrive_and_wait();
      }
    });
  }
  const Timing timing = time_of(
      [&] {
        left = options.batch;
        gate.arrive_and_wait();
        work(sessions[0]);
        gate.arrive_and_wait();
      },
      options.seconds);
  done = true;
  gate.arrive_and_wait();
  for (std::thread& helper : helpers) helper.join();
  return timing;
}

int bench(const Options& options) {
  ModelOptions model_options;
  model_options.isa = options.isa;
  const std::shared_ptr<const Model> model = load_model(options.model, model_options);
  if (!model->description().reads_plates) {
    throw Error(ErrorCode::kInvalidArgument,
                model->description().name + ": bench needs a model that reads plates");
  }
  const Image image = options.image.empty() ? noise_for(*model) : Image::load(options.image);
  const ModelSummary summary = model->summary();

  const Timing network = time_network(model, image, options);
  Session session(model);
  constexpr double kStageSeconds = 0.3;
  const Timing preprocess = time_of([&] { session.preprocess(image.view()); }, kStageSeconds);
  session.infer();
  const Timing decode = time_of([&] { session.decode(); }, kStageSeconds);

  const double median = network.median_ms / options.batch;
  const double fastest = network.min_ms / options.batch;
  const double mmacs = static_cast<double>(summary.macs_run) / 1e6;
  const double mmacs_before = static_cast<double>(summary.macs) / 1e6;
  if (options.json) {
    print(json_page({{"precision", "fp32"},
                     {"isa", model->isa()},
                     {"threads", options.threads},
                     {"batch", options.batch},
                     {"median_ms_per_plate", rounded(median, 5)},
                     {"min_ms_per_plate", rounded(fastest, 5)},
                     {"preprocess_ms", rounded(preprocess.median_ms, 5)},
                     {"decode_ms", rounded(decode.median_ms, 5)},
                     {"mmacs", rounded(mmacs, 6)},
                     {"mmacs_before_pruning", rounded(mmacs_before, 6)}}));
    return kAllDone;
  }
  constexpr auto kLeft = TextTable::Side::kLeft;
  constexpr auto kRight = TextTable::Side::kRight;
  TextTable table({kLeft, kRight, kLeft});
  table.add({"network", formatted("%.4f ms", median),
             formatted("a plate, median; fastest %.4f", fastest)});
  table.add({"preprocess", formatted("%.4f ms", preprocess.median_ms),
             formatted("a picture of %d x %d", image.width(), image.height())});
  table.add({"decode", formatted("%.4f ms", decode.median_ms), ""});
  print(formatted("%s, fp32 on %s, %d threads, batches of %d\n", model->description().name.c_str(),
                  model->isa().c_str(), options.threads, options.batch));
  print(table.to_string());
  print(formatted("%.2f MMACs run of %.2f in the file\n", mmacs, mmacs_before));
  return kAllDone;
}

}  // namespace

Command bench_command() {
  return {
      "bench", "Measure how fast this machine reads plates",
      "  lprnet bench\n"
      "  lprnet bench --threads 2 --batch 64 --json\n"
      "  lprnet bench --model model.safetensors --isa avx2 --image plate.jpg",
      [](Arguments& arguments) -> std::function<int()> {
        auto options = std::make_shared<Options>();
        declare_model(arguments, &options->model);
        declare_isa(arguments, &options->isa);
        arguments.text("--image", "FILE", &options->image, "Picture to measure with; else noise");
        arguments.number("--batch", "N", &options->batch, 1, 65536, "Plates in a round");
        arguments.number("--threads", "N", &options->threads, 1, 1024, "Threads, a session each");
        arguments.number("--seconds", "N", &options->seconds, 1, 3600, "How long to measure");
        arguments.flag("--json", &options->json, "One JSON object");
        return [options] { return bench(*options); };
      }};
}

}  // namespace lprnet::cli
