// Convolutions, depthwise ones and pools with channel counts around each instruction set's vector,
// against the reference kernels.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "kernels/kernel_set.h"
#include "kernels/reference.h"
#include "tests/plan/golden_cases.h"

namespace lprnet::plan {
namespace {

tensor::Tensor noise(const tensor::Shape& shape, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> value;
  std::vector<float> values(static_cast<std::size_t>(shape.elements()));
  for (float& x : values) x = value(random);
  return {shape, std::move(values)};
}

struct Layer {
  std::int64_t in;
  std::int64_t out;
  graph::Pair kernel;
  graph::Pair stride{1, 1};
  graph::Pair padding{0, 0};
  graph::Pair dilation{1, 1};
  std::int64_t groups = 1;
};

// Convolution, ReLU and a pooling of its result.
GoldenCase network(const Layer& layer, std::int64_t height, std::int64_t width) {
  graph::GraphBuilder builder("test");
  const auto x = builder.add_input("x", {1, layer.in, height, width});
  graph::Conv2d conv;
  conv.weight = {"w",
                 noise({layer.out, layer.in / layer.groups, layer.kernel[0], layer.kernel[1]}, 1)};
  conv.bias = {"b", noise({layer.out}, 2)};
  conv.stride = layer.stride;
  conv.padding = layer.padding;
  conv.dilation = layer.dilation;
  conv.groups = layer.groups;
  const auto y = builder.add("conv", conv, {x});
  const auto z = builder.add("relu", graph::Activation{graph::ActivationKind::kRelu}, {y});
  graph::MaxPool2d pool;
  pool.kernel_size = {3, 3};
  pool.stride = {1, 2};
  pool.padding = {1, 1};
  const auto pooled = builder.add("pool", pool, {z});
  graph::AvgPool2d average;
  average.kernel_size = {2, 2};
  average.stride = {2, 2};
  average.ceil_mode = true;
  const auto averaged = builder.add("average", average, {pooled});
  GoldenCase result;
  result.graph = std::move(builder).finish(averaged);
  result.inputs.emplace("x", noise({1, layer.in, height, width}, 3));
  return result;
}

class ConvolutionTest : public testing::TestWithParam<const kernels::KernelSet*> {};

TEST_P(ConvolutionTest, AgreesWithTheReferenceAroundTheVectorsWidth) {
  const std::int64_t lanes = GetParam()->lanes;
  std::vector<Layer> layers;
  for (const std::int64_t out :
       {std::int64_t{1}, lanes - 1, lanes, lanes + 1, 3 * lanes, 4 * lanes + 3, 9 * lanes + 1}) {
    if (out < 1) continue;
    layers.push_back({3, out, {3, 3}, {1, 1}, {1, 1}});
    layers.push_back({lanes + 1, out, {1, 1}});
    layers.push_back({5, out, {3, 1}, {2, 1}, {1, 0}});
    layers.push_back({lanes, out, {1, 3}, {1, 2}, {0, 1}, {1, 2}});
    layers.push_back({out, out, {3, 3}, {1, 1}, {1, 1}, {1, 1}, out});
    layers.push_back({3 * out, 2 * 3 * out, {1, 2}, {1, 1}, {0, 0}, {1, 1}, 3});
  }
  layers.push_back({200, 70, {5, 2}});  // more weights than a block holds
  for (const Layer& layer : layers) {
    for (const std::int64_t width : {7, 29}) {
      const GoldenCase golden = network(layer, 6, width);
      const auto expected = run_case(golden, golden.graph, kernels::reference_kernels());
      const auto found = run_case(golden, golden.graph, *GetParam());
      const tensor::Tensor reference(golden.graph.shape_of(golden.graph.output()), expected);
      EXPECT_LE(relative_difference(found, reference), 2e-6)
          << layer.in << " to " << layer.out << " channels in " << layer.groups
          << " groups, kernel " << layer.kernel[0] << "x" << layer.kernel[1] << ", width " << width;
    }
  }
}

// Filters of one tile and of several, along both axes, odd lengths, channels that fill no vector.
TEST_P(ConvolutionTest, TakesFewerMultiplicationsForTheSameAnswer) {
  for (const std::int64_t in : {64, 83}) {
    for (const std::int64_t out : {65, 128}) {
      for (const Layer& layer :
           {Layer{in, out, {3, 1}, {1, 1}, {1, 0}}, Layer{in, out, {1, 3}, {1, 1}, {0, 1}},
            Layer{in, out, {3, 3}, {2, 1}, {1, 1}, {2, 1}}, Layer{in, out, {1, 4}},
            Layer{in, out, {2, 5}, {1, 1}, {2, 2}}, Layer{in, out, {13, 1}, {1, 1}, {3, 0}}}) {
        const GoldenCase golden = network(layer, 15, 11);
        const std::string what = std::to_string(in) + " to " + std::to_string(out) +
                                 " channels, kernel " + std::to_string(layer.kernel[0]) + "x" +
                                 std::to_string(layer.kernel[1]);
        const Plan plan = build_plan(golden.graph, *GetParam());
        EXPECT_TRUE(std::any_of(plan.steps().begin(), plan.steps().end(), [](const auto& step) {
          return step.op == "conv2d (winograd)";
        })) << what;
        const auto direct = run_case(golden, golden.graph, *GetParam(), {.winograd = false});
        const auto fewer = run_case(golden, golden.graph, *GetParam());
        const tensor::Tensor expected(golden.graph.shape_of(golden.graph.output()), direct);
        EXPECT_LE(relative_difference(fewer, expected), 2e-6) << what;
        EXPECT_NE(fewer, direct) << what;
      }
    }
  }
}

// A layer of the kind that `name` says, and the activation behind it.
GoldenCase activated_layer(const std::string& name, const graph::Op& activation) {
  const bool winograd = name == "winograd";
  const std::int64_t channels = winograd ? 64 : 6;
  const tensor::Shape shape =
      name == "linear" ? tensor::Shape{5, 37} : tensor::Shape{1, channels, 9, 13};
  graph::GraphBuilder builder("test");
  const auto x = builder.add_input("x", shape);
  graph::Op layer = graph::Linear{{"w", noise({21, 37}, 1)}, {"b", noise({21}, 2)}};
  if (name != "linear") {
    graph::Conv2d conv;
    if (name == "depthwise") conv.groups = channels;
    if (name == "groups") conv.groups = 2;
    const std::int64_t filters = name == "depthwise" ? channels : 70;
    conv.weight = {"w", noise({filters, channels / conv.groups, 1, winograd ? 3 : 2}, 1)};
    conv.bias = {"b", noise({filters}, 2)};
    conv.padding = {0, 1};
    layer = conv;
  }
  const auto y = builder.add("layer", layer, {x});
  const auto z = builder.add("activation", activation, {y});
  GoldenCase result;
  result.graph = std::move(builder).finish(z);
  result.inputs.emplace("x", noise(shape, 3));
  return result;
}

TEST_P(ConvolutionTest, AppliesEveryActivationItself) {
  std::vector<graph::Op> activations{graph::PRelu{{"slope", noise({1}, 4)}}};
  for (const auto& facts : tensor::all_activations()) {
    activations.emplace_back(graph::Activation{facts.kind, 0.3});
  }
  for (const graph::Op& activation : activations) {
    for (const char* layer : {"direct", "winograd", "depthwise", "groups", "linear"}) {
      const std::string what = std::string(graph::name_of(activation)) + " behind " + layer;
      const GoldenCase golden = activated_layer(layer, activation);
      const Plan plan = build_plan(golden.graph, *GetParam());
      EXPECT_EQ(plan.steps().back().name, "layer") << what;
      EXPECT_EQ(plan.steps().back().absorbed, std::vector<std::string>{"activation"}) << what;
      EXPECT_EQ(plan.steps().back().op == "conv2d (winograd)", layer == std::string("winograd"))
          << what;
      // The same bits, NaN included, as in a step of its own.
      const auto apart = run_case(golden, golden.graph, *GetParam(), {.keep_values = true});
      for (const int threads : {1, 2}) {
        const auto found = run_case(golden, golden.graph, *GetParam(), {}, threads);
        ASSERT_EQ(found.size(), apart.size());
        EXPECT_EQ(std::memcmp(found.data(), apart.data(), found.size() * sizeof(float)), 0) << what;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Isa, ConvolutionTest, testing::ValuesIn(kernels::kernel_sets()),
                         [](const auto& test) { return std::string(test.param->isa); });

}  // namespace
}  // namespace lprnet::plan
