// Graphs of kinds that failed once.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "graph/graph.h"
#include "tests/evaluator/agreement.h"
#include "tests/evaluator/random_graph.h"

namespace lprnet::test {
namespace {

using graph::Op;
using tensor::Shape;
using tensor::Tensor;

Tensor noise(const Shape& shape, std::uint32_t seed) {
  Choices choices(seed);
  std::vector<float> values(static_cast<std::size_t>(shape.elements()));
  for (float& x : values) x = static_cast<float>(choices.noise());
  return {shape, std::move(values)};
}

graph::Conv2d conv(const Shape& filter, graph::Pair padding) {
  graph::Conv2d op;
  op.weight = {"w", noise(filter, 2)};
  op.bias = {"b", noise({filter[0]}, 3)};
  op.padding = padding;
  return op;
}

// Two convolutions with something between them that does not leave zeros around its result: the
// second pads rows or columns.
struct Between {
  const char* name;
  // Adds what is between; `a` and `b` are two convolutions' values, [1,16,10,12] or [16,10,12].
  int (*add)(graph::GraphBuilder& builder, int a, int b);
};

int combined(graph::GraphBuilder& builder, graph::BinaryKind kind, int a, int b) {
  graph::Binary op;
  op.kind = kind;
  return builder.add("between", op, {a, b});
}

int sliced(graph::GraphBuilder& builder, int a, int axis_from_the_end, std::int64_t start,
           std::int64_t end, std::int64_t step) {
  return builder.add("between", graph::Slice{-axis_from_the_end, start, end, step}, {a});
}

int batched(const graph::GraphBuilder& builder, int a) { return builder.shape_of(a).rank() - 3; }

std::vector<std::int64_t> with_batch(const graph::GraphBuilder& builder, int a,
                                     std::vector<std::int64_t> dims) {
  if (batched(builder, a) > 0) dims.insert(dims.begin(), 1);
  return dims;
}

const Between kBetween[] = {
    {"add", [](auto& to, int a, int b) { return combined(to, graph::BinaryKind::kAdd, a, b); }},
    {"sub", [](auto& to, int a, int b) { return combined(to, graph::BinaryKind::kSub, a, b); }},
    {"mul", [](auto& to, int a, int b) { return combined(to, graph::BinaryKind::kMul, a, b); }},
    {"twice", [](auto& to, int a, int) { return combined(to, graph::BinaryKind::kAdd, a, a); }},
    {"mul_by_a_number",
     [](auto& to, int a, int) {
       graph::Binary op;
       op.kind = graph::BinaryKind::kMul;
       op.other = 2;
       return to.add("between", op, {a});
     }},
    {"slice_of_rows", [](auto& to, int a, int) { return sliced(to, a, 2, 2, 8, 1); }},
    {"slice_of_columns", [](auto& to, int a, int) { return sliced(to, a, 1, 3, 9, 1); }},
    {"slice_of_channels", [](auto& to, int a, int) { return sliced(to, a, 3, 1, 9, 1); }},
    {"every_other_row", [](auto& to, int a, int) { return sliced(to, a, 2, 1, 10, 2); }},
    {"every_other_column", [](auto& to, int a, int) { return sliced(to, a, 1, 0, 12, 2); }},
    // As wide with its padding of 3 as what it is a slice of.
    {"slice_as_wide_as_it_was", [](auto& to, int a, int) { return sliced(to, a, 1, 6, 12, 1); }},
    {"reshape",
     [](auto& to, int a, int) {
       return to.add("between", graph::Reshape{with_batch(to, a, {16, 20, 6})}, {a});
     }},
    {"reshape_over_channels",
     [](auto& to, int a, int) {
       return to.add("between", graph::Reshape{with_batch(to, a, {4, 40, 12})}, {a});
     }},
    {"permute",
     [](auto& to, int a, int) {
       const auto dims = batched(to, a) > 0 ? std::vector<std::int64_t>{0, 1, 3, 2}
                                            : std::vector<std::int64_t>{0, 2, 1};
       return to.add("between", graph::Permute{dims}, {a});
     }},
    {"flatten_and_back",
     [](auto& to, int a, int) {
       const int flat = to.add("flat", graph::Flatten{-2, -1}, {a});
       return to.add("between", graph::Reshape{with_batch(to, a, {16, 12, 10})}, {flat});
     }},
    {"concat",
     [](auto& to, int a, int b) {
       return to.add("between", graph::Concat{-3}, {a, b});
     }},
    {"relu",
     [](auto& to, int a, int) {
       return to.add("between", graph::Activation{graph::ActivationKind::kRelu}, {a});
     }},
    {"pool",
     [](auto& to, int a, int) {
       graph::AvgPool2d op;
       op.kernel_size = {3, 3};
       op.stride = {1, 1};
       op.padding = {1, 1};
       return to.add("between", op, {a});
     }},
};

class PaddedBehind : public testing::TestWithParam<Between> {};

TEST_P(PaddedBehind, SeesZerosAroundItsInput) {
  for (const Shape& shape : {Shape{1, 3, 10, 12}, Shape{2, 3, 10, 12}, Shape{3, 10, 12}}) {
    if (shape[0] == 2 && std::string(GetParam().name).find("back") != std::string::npos) continue;
    if (shape[0] == 2 && std::string(GetParam().name).find("reshape") == 0) continue;
    for (const graph::Pair padding : {graph::Pair{1, 0}, {0, 3}, {3, 0}, {2, 1}, {0, 1}}) {
      for (const bool read_again : {false, true}) {
        graph::GraphBuilder builder("test");
        const int x = builder.add_input("x", shape);
        const int a = builder.add("a", conv({16, 3, 1, 1}, {0, 0}), {x});
        const int b = builder.add("b", conv({16, 3, 3, 3}, {1, 1}), {x});
        const int between = GetParam().add(builder, a, b);
        const Shape& seen = builder.shape_of(between);
        const std::int64_t channels = seen[seen.rank() - 3];
        int y = builder.add("y", conv({8, channels, 3, 3}, padding), {between});
        if (read_again) {  // what lies around a value may be wanted twice
          const int other = builder.add("other", conv({8, channels, 1, 5}, {0, 2}), {between});
          graph::Reduce sum;
          const int number = builder.add("number", sum, {other});
          y = builder.add("sum", graph::Binary{}, {y, number});
        }
        const auto graph = std::move(builder).finish(y);
        const auto found = disagreement(graph, {noise(shape, 1)}, every_trial());
        EXPECT_FALSE(found) << *found << ", input " << shape.to_string() << ", padding "
                            << padding[0] << "," << padding[1]
                            << (read_again ? ", read twice" : "");
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(What, PaddedBehind, testing::ValuesIn(kBetween),
                         [](const auto& test) { return std::string(test.param.name); });

// A padding that is larger than the input, as far behind it as a wrong guess would read.
TEST(PaddedBehind, AnAddMayLieFarOutside) {
  graph::GraphBuilder builder("test");
  const int x = builder.add_input("x", {1, 3, 24, 94});
  const int relu = builder.add("r", graph::Activation{graph::ActivationKind::kRelu}, {x});
  const int sigmoid = builder.add("s", graph::Activation{graph::ActivationKind::kSigmoid}, {x});
  const int sum = combined(builder, graph::BinaryKind::kAdd, relu, sigmoid);
  graph::Conv2d far = conv({3, 3, 1, 1}, {300, 0});
  far.stride = {300, 1};
  const auto graph = std::move(builder).finish(builder.add("y", far, {sum}));
  const auto found = disagreement(graph, {noise({1, 3, 24, 94}, 1)}, every_trial());
  EXPECT_FALSE(found) << *found;
}

// PyTorch 1.13: -inf where a window lies in the padding alone, for every number of channels.
TEST(MaxPool, OfNoPixelIsMinusInfinity) {
  for (const std::int64_t channels : {1, 3, 16, 20}) {
    for (const bool three : {false, true}) {
      graph::MaxPool2d two_d;
      two_d.kernel_size = {2, 1};
      two_d.stride = {3, 2};
      two_d.padding = {1, 0};
      two_d.dilation = {2, 2};
      graph::MaxPool3d three_d;
      three_d.kernel_size = {1, 2, 1};
      three_d.stride = {1, 3, 2};
      three_d.padding = {0, 1, 0};
      three_d.dilation = {1, 2, 2};
      graph::GraphBuilder builder("test");
      const int x = builder.add_input("x", {1, channels, 1, 3});
      int y = x;
      if (three) {
        for (auto& part : builder.parts_of("y", three_d, {x})) {
          y = builder.add(std::move(part.name), std::move(part.op), {y});
        }
      } else {
        y = builder.add("y", two_d, {x});
      }
      const auto found = disagreement(std::move(builder).finish(y), {noise({1, channels, 1, 3}, 1)},
                                      every_trial());
      EXPECT_FALSE(found) << *found << ", " << channels << " channels";
    }
  }
}

// PyTorch 1.13 with ceil_mode: F.max_pool2d([[3, -6]], (4, 1), (2, 1), (1, 0)) is [[3, -6]], and
// F.avg_pool2d of the same is a third of it, as the window ends with the padding.
TEST(Pool, OneWindowMayReachBeyondThePadding) {
  for (const bool max : {true, false}) {
    graph::MaxPool2d largest;
    largest.kernel_size = {4, 1};
    largest.stride = {2, 1};
    largest.padding = {1, 0};
    largest.ceil_mode = true;
    graph::AvgPool2d average;
    average.kernel_size = largest.kernel_size;
    average.stride = largest.stride;
    average.padding = largest.padding;
    average.ceil_mode = true;
    graph::GraphBuilder builder("test");
    const int x = builder.add_input("x", {1, 1, 1, 2});
    const int y = builder.add("y", max ? Op{largest} : Op{average}, {x});
    const auto graph = std::move(builder).finish(y);
    EXPECT_EQ(graph::evaluate(graph, {{3, -6}})[0],
              max ? (graph::Values{3, -6}) : (graph::Values{1, -2}));
    const auto found = disagreement(graph, {{{1, 1, 1, 2}, {3, -6}}}, every_trial());
    EXPECT_FALSE(found) << *found;
  }
}

Tensor scaled(Tensor tensor, float factor) {
  std::vector<float> values = tensor.to_vector();
  for (float& x : values) x *= factor;
  return {tensor.shape(), std::move(values)};
}

// A network that was never trained well: features of 1e37, whose squares overflow, so that PyTorch
// divides by infinity and answers; a pass must not make a sum of them before it divides.
TEST(Overflow, NoPassMakesAFiniteAnswerInfinite) {
  for (const float size : {1e30F, 1e35F, 1e37F}) {
    graph::GraphBuilder builder("test");
    const int x = builder.add_input("x", {1, 3, 6, 10});
    graph::Conv2d layer = conv({16, 3, 3, 3}, {1, 1});
    layer.weight.tensor = scaled(layer.weight.tensor, size);
    const int feature = builder.add("feature", layer, {x});
    graph::Binary square;
    square.kind = graph::BinaryKind::kPow;
    square.other = 2;
    const int squares = builder.add("square", square, {feature});
    const int mean =
        builder.add("mean", graph::Reduce{graph::ReduceKind::kMean, {1, 2, 3}, true}, {squares});
    graph::Binary divide;
    divide.kind = graph::BinaryKind::kDiv;
    const int quotient = builder.add("quotient", divide, {feature, mean});
    const int joined = builder.add("joined", graph::Concat{1}, {quotient, x});
    graph::Conv2d container = conv({5, 19, 1, 1}, {0, 0});
    container.weight.tensor = scaled(container.weight.tensor, 50);
    const int classes = builder.add("classes", container, {joined});
    const auto graph = std::move(builder).finish(
        builder.add("y", graph::Reduce{graph::ReduceKind::kMean, {2}, false}, {classes}));
    const auto found = disagreement(graph, {noise({1, 3, 6, 10}, 1)}, every_trial());
    EXPECT_FALSE(found) << *found << ", features of " << size;
  }
}

// The mean over a layer's results, which the passes would like to take before the layer: a sum that
// may overflow.
graph::ValidGraph mean_behind_small_weights(graph::GraphBuilder& builder, int large) {
  graph::Conv2d small = conv({5, 4, 1, 1}, {0, 0});
  small.weight.tensor = scaled(small.weight.tensor, 1e-10F);
  const int classes = builder.add("classes", small, {large});
  return std::move(builder).finish(
      builder.add("y", graph::Reduce{graph::ReduceKind::kMean, {2}, false}, {classes}));
}

TEST(Overflow, AMeanStaysBehindALayerThatMakesThingsSmall) {
  graph::GraphBuilder builder("test");
  const int x = builder.add_input("x", {1, 4, 9, 3});
  graph::Binary grow;
  grow.kind = graph::BinaryKind::kMul;
  grow.other = 1.5e38;
  const int product = builder.add("product", grow, {x});
  const int large =
      builder.add("large", graph::Activation{graph::ActivationKind::kRelu}, {product});
  const auto graph = mean_behind_small_weights(builder, large);
  const auto found =
      disagreement(graph, {Tensor({1, 4, 9, 3}, std::vector<float>(108, 1))}, every_trial());
  EXPECT_FALSE(found) << *found;
}

// Nobody knows how large an exponential is: here as large as float32 allows.
TEST(Overflow, AMeanOfExponentialsStaysFinite) {
  graph::GraphBuilder builder("test");
  const int x = builder.add_input("x", {1, 4, 9, 3});
  const int large = builder.add("large", graph::Activation{graph::ActivationKind::kExp}, {x});
  const auto graph = mean_behind_small_weights(builder, large);
  const auto found =
      disagreement(graph, {Tensor({1, 4, 9, 3}, std::vector<float>(108, 88.5F))}, every_trial());
  EXPECT_FALSE(found) << *found;
}

// BatchNorm's scale of 1e30 behind results of 1e-25.
TEST(Overflow, ANormalisationStaysWhereItsScaleDoesNotFitTheWeights) {
  graph::GraphBuilder builder("test");
  const int x = builder.add_input("x", {1, 4, 5, 7});
  graph::Conv2d layer = conv({8, 4, 3, 3}, {1, 1});
  layer.weight.tensor = scaled(layer.weight.tensor, 1e20F);
  layer.bias = {};
  const int grown = builder.add("grown", layer, {x});
  graph::BatchNorm norm;
  norm.weight = {"n", Tensor({8}, std::vector<float>(8, 1e25F))};
  norm.bias = {"b", noise({8}, 4)};
  norm.running_mean = {"m", Tensor({8}, std::vector<float>(8, 0))};
  norm.running_var = {"v", Tensor({8}, std::vector<float>(8, 1))};
  const auto graph = std::move(builder).finish(builder.add("y", norm, {grown}));
  const auto found = disagreement(graph, {scaled(noise({1, 4, 5, 7}, 1), 1e-30F)}, every_trial());
  EXPECT_FALSE(found) << *found;
}

}  // namespace
}  // namespace lprnet::test
