#include "tests/plan/golden_cases.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/aligned_buffer.h"
#include "formats/graph_json.h"
#include "formats/safetensors.h"
#include "plan/plan.h"
#include "plan/team.h"
#include "tensor/copy.h"

namespace lprnet::plan {
namespace {

void add_cases(const std::filesystem::path& path, std::vector<GoldenCase>& cases) {
  const std::string where = path.filename().string();
  const auto file = formats::read_safetensors(base::read_file(path), where);
  const auto golden = nlohmann::json::parse(file.metadata.at("lprnet.golden"));
  for (const auto& entry : golden.at("cases")) {
    const std::string name = entry.at("name");
    const auto document = formats::read_graph_json(
        formats::parse_json(entry.at("graph").dump(), where).json(), where);
    // A file holds the tensors of all its cases; those of this one carry its name.
    graph::WeightMap weights;
    for (const auto& [tensor, raw] : file.tensors) {
      if (tensor.rfind(name + "/", 0) == 0) weights.emplace(tensor, raw);
    }
    std::vector<std::string> not_weights{entry.at("output")};
    std::map<std::string, tensor::Tensor> inputs;
    for (const auto& [input, tensor] : entry.at("inputs").items()) {
      inputs.emplace(input, graph::to_float(file.tensors.at(tensor)));
      not_weights.push_back(tensor);
    }
    cases.push_back({where, name,
                     graph::validate(document.graph, weights, where + " " + name, not_weights),
                     std::move(inputs), graph::to_float(file.tensors.at(entry.at("output")))});
  }
}

}  // namespace

std::vector<GoldenCase> golden_cases() {
  const std::filesystem::path folder =
      std::filesystem::path(LPRNET_SOURCE_DIR) / "tests" / "golden";
  std::vector<std::filesystem::path> files{folder / "graphs.safetensors"};
  for (const auto& entry : std::filesystem::directory_iterator(folder / "ops")) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<GoldenCase> cases;
  for (const auto& file : files) add_cases(file, cases);
  return cases;
}

std::vector<float> run_case(const GoldenCase& golden, const graph::ValidGraph& graph,
                            const kernels::KernelSet& kernels, const PlanOptions& options,
                            int threads) {
  const Plan plan = build_plan(graph, kernels, options);
  const base::AlignedBuffer arena(plan.arena_floats(threads));
  // What a step must not rely on: memory that nobody wrote.
  std::fill_n(arena.data(), arena.size(), std::numeric_limits<float>::quiet_NaN());
  plan.initialise(arena.data());
  for (int i = 0; i < graph.input_count(); ++i) {
    const tensor::Tensor& input = golden.inputs.at(graph.name_of(i));
    tensor::copy({input.data(), tensor::Layout::row_major(input.shape())},
                 plan.input(i, arena.data()));
  }
  if (threads == 1) {
    plan.run(arena.data());
  } else {
    Team team(plan, arena.data(), threads);
    for (int round = 0; round < 3; ++round) team.run();
  }
  const tensor::ConstView output = plan.output(arena.data());
  std::vector<float> values(static_cast<std::size_t>(output.shape().elements()));
  tensor::copy(output, {values.data(), tensor::Layout::row_major(output.shape())});
  return values;
}

double relative_difference(const std::vector<float>& found, const tensor::Tensor& expected) {
  double largest = 1;
  double difference = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double want = expected.data()[i];
    const double have = found[i];
    if (std::isfinite(want)) largest = std::max(largest, std::abs(want));
    if (std::isfinite(want) && std::isfinite(have)) {
      difference = std::max(difference, std::abs(want - have));
    } else if (!(want == have || (std::isnan(want) && std::isnan(have)))) {
      return std::numeric_limits<double>::infinity();
    }
  }
  return difference / largest;
}

}  // namespace lprnet::plan
