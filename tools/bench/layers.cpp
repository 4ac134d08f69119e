// Speed of LPRNet's layers and of whole models, for every instruction set of the machine:
//
//   lprnet_layers_benchmark [--model FILE]... [Google Benchmark's options]
//
// The counter `peak` is the share of the multiply-adds that the core does at most, measured at the
// start of the same run. Names: dense/ISA/LAYER and pruned/ISA/LAYER for single layers; for each
// model infer/ISA/MODEL for the whole network, step/ISA/MODEL/STEP for what it consists of, and
// preprocess, decode, recognize.

#include <benchmark/benchmark.h>

#include <cstring>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "lprnet/benchmark.hpp"
#include "lprnet/lprnet.hpp"
#include "one_layer_model.h"

namespace {

using benchmark::Counter;
using benchmark::State;
using ModelPointer = std::shared_ptr<const lprnet::Model>;

void count_work(State& state, std::int64_t macs, double peak) {
  if (macs == 0) return;
  const double operations = 2.0 * static_cast<double>(macs);
  state.counters["FLOP/s"] = Counter(operations, Counter::kIsIterationInvariantRate);
  state.counters["peak"] = Counter(operations / peak, Counter::kIsIterationInvariantRate);
}

std::vector<float> random_input(const lprnet::Model& model) {
  std::size_t count = 1;
  for (const auto size : model.input_shape()) count *= static_cast<std::size_t>(size);
  std::vector<float> values(count);
  std::mt19937 generator(1);
  std::uniform_real_distribution<float> distribution(-1, 1);
  for (float& value : values) value = distribution(generator);
  return values;
}

void infer(State& state, const ModelPointer& model, double peak) {
  lprnet::Session session(model);
  session.set_input(random_input(*model).data());
  for (auto _ : state) session.infer();
  count_work(state, model->summary().macs_run, peak);
}

void register_layers(const std::string& group, const std::vector<bench::Layer>& layers,
                     const std::string& isa, double peak) {
  for (const auto& layer : layers) {
    const auto name = group + "/" + isa + "/" + layer.name;
    benchmark::RegisterBenchmark(name.c_str(), [layer, isa, peak](State& state) {
      infer(state, bench::load_one_layer(layer, isa), peak);
    });
  }
}

void step(State& state, const ModelPointer& model, std::size_t index, double peak) {
  constexpr int kRounds = 100;
  lprnet::Session session(model);
  session.set_input(random_input(*model).data());
  for (auto _ : state) state.SetIterationTime(lprnet::measure_steps(session, kRounds)[index]);
  count_work(state, model->summary().steps[index].macs, peak);
}

lprnet::Image random_image(int width, int height) {
  lprnet::Image image(width, height);
  std::mt19937 generator(1);
  for (int i = 0; i < 3 * width * height; ++i)
    image.data()[i] = static_cast<std::uint8_t>(generator());
  return image;
}

void register_stages(const std::string& name, const ModelPointer& model) {
  benchmark::RegisterBenchmark(("preprocess/" + name).c_str(),
                               [model](State& state) {
                                 lprnet::Session session(model);
                                 const auto image = random_image(static_cast<int>(state.range(0)),
                                                                 static_cast<int>(state.range(1)));
                                 for (auto _ : state) session.preprocess(image.view());
                               })
      ->Args({94, 24})
      ->Args({240, 80});
  // Of noise, for which a beam has more to do than for a plate. The beam keeps 8 prefixes, with the
  // model's grammar where it carries one.
  for (const auto& [how, decoder] :
       {std::pair{"greedy", lprnet::Decoder::kGreedy}, std::pair{"beam", lprnet::Decoder::kBeam}}) {
    for (const bool ignore_grammar : {true, false}) {
      lprnet::DecodeOptions options;
      options.decoder = decoder;
      options.ignore_grammar = ignore_grammar;
      const std::string grammar = ignore_grammar ? "" : "_with_grammar";
      benchmark::RegisterBenchmark(("decode/" + name + "/" + how + grammar).c_str(),
                                   [model, options](State& state) {
                                     lprnet::Session session(model, 1, options);
                                     session.set_input(random_input(*model).data());
                                     session.infer();
                                     for (auto _ : state) {
                                       benchmark::DoNotOptimize(session.decode());
                                     }
                                   });
    }
  }
  benchmark::RegisterBenchmark(("recognize/" + name).c_str(), [model](State& state) {
    lprnet::Session session(model);
    const auto image = random_image(240, 80);
    for (auto _ : state) benchmark::DoNotOptimize(session.recognize(image));
  });
}

void register_model(const std::filesystem::path& path, const std::string& isa, double peak) {
  lprnet::ModelOptions options;
  options.isa = isa;
  const ModelPointer model = lprnet::Model::load(path, options);
  const std::string name = isa + "/" + path.stem().string();
  benchmark::RegisterBenchmark(("infer/" + name).c_str(), infer, model, peak);
  const auto steps = model->summary().steps;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    benchmark::RegisterBenchmark(("step/" + name + "/" + steps[i].name).c_str(), step, model, i,
                                 peak)
        ->UseManualTime()
        ->Iterations(1);
  }
  if (model->description().plate_reader() != nullptr) register_stages(name, model);
}

// Takes "--model FILE" out of the arguments.
std::vector<std::filesystem::path> take_models(int& argc, char** argv) {
  std::vector<std::filesystem::path> models;
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--model") == 0 && i + 1 < argc) {
      models.emplace_back(argv[++i]);
    } else {
      argv[kept++] = argv[i];
    }
  }
  argc = kept;
  return models;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto models = take_models(argc, argv);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    for (const auto& isa : lprnet::Model::instruction_sets()) {
      const double peak = lprnet::measure_peak(isa);
      benchmark::AddCustomContext("peak GFLOP/s, " + isa, std::to_string(peak / 1e9));
      register_layers("dense", bench::dense_layers(), isa, peak);
      register_layers("pruned", bench::pruned_layers(), isa, peak);
      for (const auto& model : models) register_model(model, isa, peak);
    }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "lprnet_layers_benchmark: " << error.what() << '\n';
    return 1;
  }
}
