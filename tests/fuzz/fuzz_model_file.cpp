// Input: a model file. What is read is validated, written and read again; a graph of little work is
// optimised, planned and run on every instruction set, and where float32 can be expected to come
// near, the answers are those of the evaluator.
#include <string>
#include <vector>

#include "formats/model_file.h"
#include "graph/cost.h"
#include "graph/graph.h"
#include "lprnet/error.hpp"
#include "tests/evaluator/agreement.h"
#include "tests/fuzz/fuzz_input.h"

namespace lprnet::fuzz {
namespace {

// What is run: more would make the fuzzer slow.
Limits limits_of_runs() {
  Limits limits = small_limits().limits();
  limits.operations = 2'000'000;
  limits.arena_bytes = std::int64_t{1} << 24;
  return limits;
}

// The same numbers in each run, from -1 to 1.
std::vector<tensor::Tensor> inputs_for(const graph::ValidGraph& graph) {
  std::vector<tensor::Tensor> inputs;
  std::uint32_t state = 1;
  for (int i = 0; i < graph.input_count(); ++i) {
    const tensor::Shape& shape = graph.shape_of(i);
    std::vector<float> values(static_cast<std::size_t>(shape.elements()));
    for (float& x : values) {
      state = state * 1664525 + 1013904223;
      x = static_cast<float>(state >> 8) / (1 << 23) - 1;
    }
    inputs.emplace_back(shape, std::move(values));
  }
  return inputs;
}

}  // namespace
}  // namespace lprnet::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lprnet;
  const std::filesystem::path path = "no-such-folder/fuzz";
  formats::ModelFile file;
  try {
    file = formats::parse_model_file(fuzz::exact_bytes(data, size), path, fuzz::small_limits());
  } catch (const Error&) {
    return 0;
  }
  const std::string written = formats::write_model_file(file);
  const auto again = formats::parse_model_file(fuzz::exact_bytes(written), path);
  fuzz::require(formats::write_model_file(again) == written);
  test::Trials trials = test::every_trial();
  trials.each_pass = false;
  trials.threads.clear();
  trials.limits = fuzz::limits_of_runs();
  try {
    const auto graph =
        graph::validate(file.graph, file.weights, file.where, {}, fuzz::small_limits());
    graph::expect_within_limits(graph, trials.limits, file.where);
    const auto inputs = fuzz::inputs_for(graph);
    const bool compares = test::is_comparable(graph, test::expected_of(graph, inputs));
    const auto found = test::disagreement(graph, inputs, trials);
    fuzz::require(!compares || !found);
  } catch (const Error&) {
  }
  return 0;
}
