// Random graphs of all operators: passes, planner and kernels against the evaluator. The seeds are
// fixed; LPRNET_FIRST_SEED moves them, to look at other graphs than the suite does. A failure
// prints a smaller graph that fails as well, as a model file.
#include "tests/evaluator/random_graph.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "graph/optimize.h"
#include "lprnet/error.hpp"
#include "plan/plan.h"
#include "tests/evaluator/agreement.h"

namespace lprnet::test {
namespace {

constexpr std::uint32_t kGroups = 8;
constexpr std::uint32_t kGraphsInGroup = 400;

std::uint32_t first_seed() {
  const char* text = std::getenv("LPRNET_FIRST_SEED");
  return text == nullptr ? 0 : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

std::optional<std::string> disagreement_of(const formats::ModelFile& file,
                                           const std::vector<tensor::Tensor>& inputs) {
  const auto graph = graph::validate(file.graph, file.weights, file.where);
  return disagreement(graph, inputs, every_trial());
}

std::string report(const RandomGraph& random) {
  const formats::ModelFile smaller = shrunk(random.file, [&](const formats::ModelFile& file) {
    try {
      return disagreement_of(file, random.inputs).has_value();
    } catch (const Error&) {  // without a node others may not fit
      return false;
    }
  });
  return disagreement_of(smaller, random.inputs).value_or("") + " in\n" + json_of(smaller);
}

class RandomGraphs : public testing::TestWithParam<std::uint32_t> {};

TEST_P(RandomGraphs, AgreeWithTheEvaluator) {
  int failures = 0;
  for (std::uint32_t i = 0; i < kGraphsInGroup && failures < 3; ++i) {
    const std::uint32_t seed = first_seed() + GetParam() * kGraphsInGroup + i;
    const RandomGraph random = random_graph(Choices(seed));
    const auto found = disagreement(random.graph, random.inputs, every_trial());
    if (!found) continue;
    ++failures;
    ADD_FAILURE() << "seed " << seed << ": " << *found << "\nsmaller: " << report(random);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomGraphs, testing::Range(std::uint32_t{0}, kGroups),
                         [](const auto& test) { return std::to_string(test.param); });

TEST(RandomGraph, AreTheSameForTheSameSeed) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    EXPECT_EQ(json_of(random_graph(Choices(seed)).file), json_of(random_graph(Choices(seed)).file));
  }
}

TEST(RandomGraph, HaveEveryOperatorOftenAndInVariety) {
  std::map<std::string_view, int> operators;
  std::map<std::string, int> situations;
  for (std::uint32_t seed = 0; seed < kGroups * kGraphsInGroup; ++seed) {
    const RandomGraph random = random_graph(Choices(seed));
    const auto& graph = random.graph;
    graph::PassNotes notes;
    for (const graph::Pass& pass : graph::all_passes()) {
      notes.clear();
      const bool fewer = pass.run(graph, notes).nodes().size() != graph.nodes().size();
      if (fewer || !notes.empty()) ++situations[pass.name];
    }
    const plan::Plan plan =
        plan::build_plan(graph::optimize(graph, notes), *kernels::kernel_sets().front());
    for (const plan::StepReport& step : plan.steps()) {
      if (step.in_place) ++situations["in place"];
      if (!step.absorbed.empty()) ++situations["absorbed"];
      ++situations[step.op];
    }
    if (is_comparable(graph, expected_of(graph, random.inputs))) ++situations["comparable"];
    std::vector<int> readers(static_cast<std::size_t>(graph.value_count()));
    for (const auto& node : graph.nodes()) {
      ++operators[graph::name_of(node.op)];
      for (const int input : node.inputs) ++readers[static_cast<std::size_t>(input)];
      ++situations["rank " + std::to_string(node.shape.rank())];
      if (const auto* conv = std::get_if<graph::Conv2d>(&node.op)) {
        if (conv->groups > 1) ++situations["groups"];
        if (conv->padding[0] > 0 && conv->padding[1] == 0) ++situations["padding (p, 0)"];
        if (conv->padding[0] == 0 && conv->padding[1] > 0) ++situations["padding (0, p)"];
        if (conv->dilation != graph::Pair{1, 1}) ++situations["dilation"];
        if (conv->stride != graph::Pair{1, 1}) ++situations["stride"];
        if (conv->weight.tensor.shape()[1] >= 16) ++situations["many channels"];
      }
      if (node.inputs.size() == 2 && node.inputs[0] == node.inputs[1]) ++situations["x op x"];
    }
    if (graph.input_count() > 1) ++situations["two inputs"];
    if (graph.outputs().size() > 1) ++situations["several outputs"];
    for (const auto& output : graph.outputs()) {
      if (graph.is_input(output.value)) ++situations["an input is the output"];
      if (readers[static_cast<std::size_t>(output.value)] > 0) ++situations["an output is read"];
    }
    for (const int count : readers) {
      if (count > 1) ++situations["several readers"];
    }
  }
  EXPECT_EQ(operators.size(), 56U);
  for (const auto& [name, count] : operators) EXPECT_GE(count, 20) << name;
  for (const char* name : {"rank 0",
                           "rank 1",
                           "rank 2",
                           "rank 3",
                           "rank 4",
                           "rank 5",
                           "groups",
                           "padding (p, 0)",
                           "padding (0, p)",
                           "dilation",
                           "stride",
                           "many channels",
                           "x op x",
                           "two inputs",
                           "an input is the output",
                           "several readers",
                           "in place",
                           "absorbed",
                           "mean_square",
                           "conv2d (winograd)",
                           "zero_halo",
                           "copy"}) {
    EXPECT_GE(situations[name], 20) << name;
  }
  for (const graph::Pass& pass : graph::all_passes()) EXPECT_GE(situations[pass.name], 20);
  // All but those that take the nearest pixel or leave -inf.
  EXPECT_GE(situations["comparable"], kGroups * kGraphsInGroup * 9 / 10);
}

}  // namespace
}  // namespace lprnet::test
