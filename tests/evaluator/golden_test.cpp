// The evaluator against PyTorch's answers: every golden operator, graph and model, and the values
// between a network's layers.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <string>

#include "formats/model_file.h"
#include "formats/safetensors.h"
#include "graph/evaluate.h"
#include "tests/plan/golden_cases.h"

namespace lprnet::graph {
namespace {

namespace fs = std::filesystem;

// PyTorch's float32 rounds sums of up to a thousand products.
constexpr double kOperatorTolerance = 4e-6;
// Networks are deeper; between PyTorch's own instruction sets 8e-5 has been seen (tests/golden).
constexpr double kNetworkTolerance = 1e-4;

const fs::path kGolden = fs::path(LPRNET_SOURCE_DIR) / "tests" / "golden";

Values values_of(const tensor::Tensor& tensor) { return {tensor.begin(), tensor.end()}; }

std::vector<float> floats_of(const Values& values) { return {values.begin(), values.end()}; }

TEST(Evaluator, AnswersEveryGoldenCaseAsPyTorch) {
  std::map<std::string, int> operators;
  for (const plan::GoldenCase& golden : plan::golden_cases()) {
    std::vector<Values> inputs;
    for (int i = 0; i < golden.graph.input_count(); ++i) {
      inputs.push_back(values_of(golden.inputs.at(golden.graph.name_of(i))));
    }
    const Values found = evaluate(golden.graph, inputs)[0];
    ASSERT_EQ(found.size(), golden.output.size()) << golden.file << " " << golden.name;
    EXPECT_LE(plan::relative_difference(floats_of(found), golden.output), kOperatorTolerance)
        << golden.file << " " << golden.name;
    for (const auto& node : golden.graph.nodes()) ++operators[std::string(name_of(node.op))];
  }
  // max_pool3d is others, once it is read.
  EXPECT_EQ(operators.size(), 56U) << "a golden case for every operator of models/FORMAT.md";
}

TEST(Evaluator, AnswersEveryGoldenModelAsPyTorch) {
  std::vector<fs::path> files{kGolden / "front.safetensors", kGolden / "lprnet_layers.safetensors"};
  for (const auto& entry : fs::directory_iterator(kGolden / "models"))
    files.push_back(entry.path());
  EXPECT_GE(files.size(), 9U);
  for (const fs::path& path : files) {
    const auto file = formats::read_model_file(path);
    const ValidGraph graph = validate(file.graph, file.weights, file.where);
    const Values found = evaluate(graph, {values_of(to_float(file.self_test->input))})[0];
    EXPECT_LE(plan::relative_difference(floats_of(found), to_float(file.self_test->outputs[0])),
              kNetworkTolerance)
        << path;
  }
}

TEST(Evaluator, ShowsTheValuesBetweenLayers) {
  const auto file = formats::read_model_file(kGolden / "lprnet_layers.safetensors");
  const auto trace =
      formats::read_safetensors(base::read_file(kGolden / "lprnet_layers.trace.safetensors"), "");
  const ValidGraph graph = validate(file.graph, file.weights, file.where);
  std::size_t seen = 0;
  evaluate(graph, {values_of(to_float(file.self_test->input))}, [&](int value, Values& elements) {
    const auto expected = trace.tensors.find("trace." + graph.name_of(value));
    if (expected == trace.tensors.end()) return;
    ++seen;
    EXPECT_LE(plan::relative_difference(floats_of(elements), to_float(expected->second)),
              kNetworkTolerance)
        << graph.name_of(value);
  });
  EXPECT_EQ(seen, trace.tensors.size());
}

// A node over one input.
Values answer(Op op, const tensor::Shape& shape, Values input) {
  GraphBuilder builder("test");
  const auto x = builder.add_input("x", shape);
  const auto y = builder.add("y", std::move(op), {x});
  return evaluate(std::move(builder).finish(y), {std::move(input)})[0];
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// PyTorch 1.13: F.max_pool2d(torch.ones(1, 1, 1, 1), (2, 1), (3, 2), (1, 0), (2, 2)), whose window
// is rows -1 and 1 of one row.
TEST(Evaluator, TheMaximumOfNoPixelIsMinusInfinity) {
  MaxPool2d pool;
  pool.kernel_size = {2, 1};
  pool.stride = {3, 2};
  pool.padding = {1, 0};
  pool.dilation = {2, 2};
  EXPECT_EQ(answer(pool, {1, 1, 1, 1}, {1}), Values{-kInfinity});
}

TEST(Evaluator, NaNStaysThroughMaximaAndActivations) {
  EXPECT_TRUE(std::isnan(answer(Activation{ActivationKind::kRelu}, {1}, {kNaN})[0]));
  EXPECT_TRUE(std::isnan(answer(Reduce{ReduceKind::kMax, {0}}, {3}, {1, kNaN, 2})[0]));
  EXPECT_TRUE(std::isnan(answer(Reduce{ReduceKind::kMin, {0}}, {3}, {1, kNaN, 2})[0]));
  MaxPool2d pool;
  pool.kernel_size = pool.stride = {1, 3};
  EXPECT_TRUE(std::isnan(answer(pool, {1, 1, 3}, {1, kNaN, 2})[0]));
}

TEST(Evaluator, WhatFloat32CannotHoldIsInfinite) {
  Binary square;
  square.kind = BinaryKind::kPow;
  square.other = 2;
  EXPECT_EQ(answer(square, {2}, {1e19, 1e20}), (Values{1e19 * 1e19, kInfinity}));
}

}  // namespace
}  // namespace lprnet::graph
