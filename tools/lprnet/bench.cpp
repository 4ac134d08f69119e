#include <atomic>
#include <barrier>
#include <cstdint>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "checkpoint_arguments.h"
#include "command.h"
#include "json_text.h"
#include "limit_arguments.h"
#include "lprnet/benchmark.hpp"
#include "lprnet/error.hpp"
#include "lprnet/image.hpp"
#include "lprnet/session.hpp"
#include "model_search.h"
#include "output.h"
#include "safe_text.h"
#include "stopwatch.h"
#include "text_table.h"

namespace lprnet::cli {
namespace {

struct BenchArguments {
  Limits limits;
  std::string model;
  CheckpointArguments checkpoint;
  ImageOptions image_options;
  std::string isa;
  std::string image;
  int batch = 1;
  int threads = 1;
  int seconds = 2;
  bool layers = false;
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

// A round is `batch` plates, normalised input to logits, shared out over `threads` sessions; a
// single plate is shared by the threads of one session.
Timing time_network(const std::shared_ptr<const Model>& model, const Image& image,
                    const BenchArguments& options) {
  if (options.batch == 1) {
    Session session(model, options.threads);
    session.preprocess(image.view());
    return time_of([&] { session.infer(); }, options.seconds);
  }
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

  std::latch started(1);
  std::optional<std::barrier<>> gate;  // made when it is known how many threads there are
  std::atomic<int> left = 0;
  bool done = false;  // changed only while the helpers wait at the gate
  auto work = [&](Session& session) {
    while (left.fetch_sub(1) > 0) session.infer();
  };
  std::vector<std::thread> helpers;
  helpers.reserve(static_cast<std::size_t>(options.threads));
  for (int i = 1; i < options.threads; ++i) {
    try {
      helpers.emplace_back([&, i] {
        started.wait();
        while (true) {
          gate->arrive_and_wait();
          if (done) return;
          work(sessions[static_cast<std::size_t>(i)]);
          gate->arrive_and_wait();
        }
      });
    } catch (const std::system_error&) {
      break;
    }
  }
  const int threads = static_cast<int>(helpers.size()) + 1;
  gate.emplace(threads);
  started.count_down();
  Timing timing;
  if (threads == options.threads) {
    timing = time_of(
        [&] {
          left = options.batch;
          gate->arrive_and_wait();
          work(sessions[0]);
          gate->arrive_and_wait();
        },
        options.seconds);
  }
  done = true;
  gate->arrive_and_wait();
  for (std::thread& helper : helpers) helper.join();
  if (threads < options.threads) {
    throw Error(ErrorCode::kUnsupported, "the system starts " + std::to_string(threads) + " of " +
                                             std::to_string(options.threads) + " threads");
  }
  return timing;
}

struct Result {
  ModelSummary summary;
  Timing network;  // of a round
  Timing preprocess;
  Timing decode;
  std::vector<double> step_seconds;  // as summary.steps
  double peak = 0;                   // floating-point operations a second of one core
};

// What share of the cores' peak so many multiply-adds in so many seconds are.
double share_of_peak(std::int64_t macs, double seconds, double peak) {
  return seconds > 0 ? 2 * static_cast<double>(macs) / seconds / peak : 0;
}

Result measure(const std::shared_ptr<const Model>& model, const Image& image,
               const BenchArguments& options) {
  constexpr double kStageSeconds = 0.3;
  constexpr int kStepRounds = 200;
  Result result;
  result.summary = model->summary();
  result.peak = measure_peak(options.isa);
  result.network = time_network(model, image, options);
  Session session(model);
  result.preprocess = time_of([&] { session.preprocess(image.view()); }, kStageSeconds);
  session.infer();
  result.decode = time_of([&] { session.decode(); }, kStageSeconds);
  if (options.layers) result.step_seconds = measure_steps(session, kStepRounds);
  return result;
}

struct PerPlate {
  double median_ms;
  double min_ms;
  double share_of_peak;

  PerPlate(const Result& result, const BenchArguments& options)
      : median_ms(result.network.median_ms / options.batch),
        min_ms(result.network.min_ms / options.batch),
        share_of_peak(cli::share_of_peak(result.summary.macs_run, median_ms / 1e3,
                                         result.peak * options.threads)) {}
};

Json to_json(const Model& model, const Result& result, const BenchArguments& options) {
  const PerPlate plate(result, options);
  Json json = {{"precision", "fp32"},
               {"isa", model.isa()},
               {"threads", options.threads},
               {"batch", options.batch},
               {"median_ms_per_plate", rounded(plate.median_ms, 5)},
               {"min_ms_per_plate", rounded(plate.min_ms, 5)},
               {"preprocess_ms", rounded(result.preprocess.median_ms, 5)},
               {"decode_ms", rounded(result.decode.median_ms, 5)},
               {"mmacs", rounded(millions(result.summary.macs_run), 6)},
               {"mmacs_before_pruning", rounded(millions(result.summary.macs), 6)},
               {"fma_peak_gflops", rounded(result.peak / 1e9, 5)},
               {"share_of_peak", rounded(plate.share_of_peak, 4)}};
  if (!options.layers) return json;
  Json layers = Json::array();
  for (std::size_t i = 0; i < result.step_seconds.size(); ++i) {
    const StepSummary& step = result.summary.steps[i];
    const double seconds = result.step_seconds[i];
    layers.push_back(
        {{"name", step.name},
         {"op", step.op},
         {"mmacs", rounded(millions(step.macs), 6)},
         {"milliseconds", rounded(seconds * 1e3, 5)},
         {"share_of_peak", rounded(share_of_peak(step.macs, seconds, result.peak), 4)}});
  }
  json["layers"] = std::move(layers);
  return json;
}

std::string layer_table(const Result& result) {
  TextTable table({kLeft, kLeft, kRight, kRight, kRight, kRight});
  table.add({"step", "operator", "MMACs", "ms", "GFLOP/s", "of peak"});
  for (std::size_t i = 0; i < result.step_seconds.size(); ++i) {
    const StepSummary& step = result.summary.steps[i];
    const double seconds = result.step_seconds[i];
    const double share = share_of_peak(step.macs, seconds, result.peak);
    const bool multiplies = step.macs > 0;
    table.add({step.name, step.op, multiplies ? formatted("%.3f", millions(step.macs)) : "",
               formatted("%.4f", seconds * 1e3),
               multiplies ? formatted("%.1f", share * result.peak / 1e9) : "",
               multiplies ? formatted("%.0f %%", 100 * share) : ""});
  }
  return table.to_string();
}

std::string to_text(const Model& model, const Image& image, const Result& result,
                    const BenchArguments& options) {
  const PerPlate plate(result, options);
  std::string text =
      formatted("%s, fp32 on %s, %d %s, batches of %d\n", shown(model.description().name).c_str(),
                model.isa().c_str(), options.threads, options.threads == 1 ? "thread" : "threads",
                options.batch);
  TextTable table({kLeft, kRight, kLeft});
  table.add({"network", formatted("%.4f ms", plate.median_ms),
             formatted("a plate, median; fastest %.4f", plate.min_ms)});
  table.add({"preprocess", formatted("%.4f ms", result.preprocess.median_ms),
             formatted("a picture of %d x %d", image.width(), image.height())});
  table.add({"decode", formatted("%.4f ms", result.decode.median_ms), ""});
  text += table.to_string();
  text += formatted(
      "%.2f MMACs run of %.2f in the file; %.0f %% of the FMA peak, %.0f GFLOP/s a core\n",
      millions(result.summary.macs_run), millions(result.summary.macs), 100 * plate.share_of_peak,
      result.peak / 1e9);
  if (options.layers) text += "\n" + layer_table(result);
  return text;
}

int bench(const BenchArguments& options) {
  ModelOptions model_options;
  model_options.limits = options.limits;
  model_options.isa = options.isa;
  model_options.checkpoint = options.checkpoint.options();
  const std::shared_ptr<const Model> model = load_model(options.model, model_options);
  if (model->description().plate_reader() == nullptr) {
    throw Error(ErrorCode::kInvalidArgument,
                model->description().name + ": bench needs a model that reads plates");
  }
  const Image image =
      options.image.empty() ? noise_for(*model) : Image::load(options.image, options.image_options);
  const Result result = measure(model, image, options);
  print(options.json ? json_page(to_json(*model, result, options))
                     : to_text(*model, image, result, options));
  return kAllDone;
}

}  // namespace

Command bench_command() {
  return {"bench", "Measure how fast this machine reads plates",
          "  lprnet bench --layers\n"
          "  lprnet bench --threads 2 --batch 64 --json\n"
          "  lprnet bench --model model.safetensors --isa avx2 --image plate.jpg",
          [](Arguments& arguments) -> std::function<int()> {
            auto options = std::make_shared<BenchArguments>();
            declare_model(arguments, &options->model);
            declare_checkpoint(arguments, &options->checkpoint);
            declare_isa(arguments, &options->isa);
            arguments.text("--image", "FILE", &options->image,
                           "Picture to measure with; else noise");
            arguments.number("--batch", "N", &options->batch, 1, 65536, "Plates in a round");
            arguments.number("--threads", "N", &options->threads, 1, 64,
                             "Threads that share the batch, or the plate where it is one");
            arguments.number("--seconds", "N", &options->seconds, 1, 3600, "Seconds to measure");
            arguments.flag("--layers", &options->layers, "The time of each step, too");
            arguments.flag("--json", &options->json, "One JSON object");
            declare_limits(arguments, &options->limits);
            declare_limits(arguments, &options->image_options);
            return [options] { return bench(*options); };
          }};
}

}  // namespace lprnet::cli
