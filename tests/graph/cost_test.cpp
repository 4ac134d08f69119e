// What each operator's work comes to, counted by hand.
#include "graph/cost.h"

#include <gmock/gmock.h>

#include <limits>
#include <set>

namespace lprnet::graph {
namespace {

using tensor::Shape;

Weight weight(const Shape& shape) {
  return {"w",
          tensor::Tensor(shape, std::vector<float>(static_cast<std::size_t>(shape.elements())))};
}

std::int64_t operations(const Op& op, const std::vector<Shape>& inputs) {
  GraphBuilder builder("test");
  std::vector<GraphBuilder::ValueId> ids;
  for (const Shape& shape : inputs) ids.push_back(builder.add_input("in", shape));
  const auto output = builder.add("node", op, ids);
  const ValidGraph graph = std::move(builder).finish(output);
  return operations_of(graph, graph.nodes()[0]);
}

struct Case {
  Op op;
  std::vector<Shape> inputs;
  std::int64_t operations;
};

Conv2d conv(const Shape& shape, std::int64_t groups) {
  Conv2d op;
  op.weight = weight(shape);
  op.padding = {1, 1};
  op.groups = groups;
  return op;
}
MaxPool2d max_pool(const Pair& kernel, const Pair& stride) {
  MaxPool2d op;
  op.kernel_size = kernel;
  op.stride = stride;
  return op;
}
AvgPool2d avg_pool() {
  AvgPool2d op;
  op.kernel_size = {5, 9};  // wider than the input of 4
  op.stride = {1, 1};
  op.padding = {2, 4};
  return op;
}
AdaptivePool2d adaptive(std::int64_t rows, std::int64_t cols) {
  AdaptivePool2d op;
  op.output_size = {rows, cols};
  return op;
}
Linear linear() {
  Linear op;
  op.weight = weight({7, 5});
  return op;
}
BatchNorm norm() {
  BatchNorm op;
  op.running_mean = weight({3});
  op.running_var = weight({3});
  return op;
}
Permute permute() {
  Permute op;
  op.dims = {1, 0};
  return op;
}
Reduce sum() {
  Reduce op;
  op.dim = {1};
  return op;
}
AffineGrid affine_grid() {
  AffineGrid op;
  op.size = {1, 3, 4, 5};
  return op;
}
GridSample sample(GridMode mode) {
  GridSample op;
  op.mode = mode;
  return op;
}
Reshape reshape() {
  Reshape op;
  op.shape = {6};
  return op;
}
Slice half() {
  Slice op;
  op.dim = 1;
  op.step = 2;
  return op;
}

Recurrent lstm() {
  Recurrent op;
  op.weight_hh = weight({20, 5});
  return op;
}
LayerNorm layer_norm() {
  LayerNorm op;
  op.normalized_shape = {4};
  return op;
}
Interpolate interpolate(InterpolateMode mode) {
  Interpolate op;
  op.mode = mode;
  op.size = Pair{2, 3};
  return op;
}

const std::vector<Case>& cases() {
  static const Shape image{1, 3, 4, 4};
  static const std::vector<Case> all = {
      {conv({8, 3, 3, 3}, 1), {image}, 8 * 4 * 4 * 27},
      {conv({3, 1, 3, 3}, 3), {image}, 3 * 4 * 4 * 9},
      {linear(), {{2, 5}}, 2 * 7 * 5},
      {norm(), {image}, 48},
      {layer_norm(), {image}, 48 * 4},
      {GroupNorm{{}, {}, 3, 1e-5}, {image}, 48 * 4},
      {MatMul{}, {{2, 1, 5}, {2, 5, 3}}, 2 * 3 * 5},
      // Four gates of five: a product with five values and a function, at 7 steps of 2 images.
      {lstm(), {{7, 2, 20}}, 7 * 2 * 20 * (5 + 16)},
      {interpolate(InterpolateMode::kBilinear), {image}, 3 * 2 * 3 * 4},
      {interpolate(InterpolateMode::kNearest), {image}, 3 * 2 * 3},
      {Activation{ActivationKind::kRelu}, {image}, 48},
      {Activation{ActivationKind::kTanh}, {image}, 48 * 16},
      {Activation{ActivationKind::kLeakyRelu}, {image}, 48},
      {Activation{ActivationKind::kExp}, {image}, 48 * 16},
      {Activation{ActivationKind::kClampMin}, {image}, 48},
      {PRelu{weight({3})}, {image}, 48},
      {Activation{ActivationKind::kElu}, {image}, 48 * 16},
      {Activation{ActivationKind::kGelu}, {image}, 48 * 16},
      {Softmax{1, false}, {image}, 48 * 18},
      {max_pool({2, 2}, {2, 2}), {image}, 3 * 2 * 2 * 4},
      {avg_pool(), {image}, 3 * 4 * 4 * (4 * 4)},
      // Windows of 3 rows: [0,2) [1,3) [2,4); of 2 columns: [0,2) [2,4).
      {adaptive(3, 2), {image}, 3 * 6 * 4},
      {Concat{1}, {image, image}, 96},
      {half(), {image}, 1 * 2 * 4 * 4},
      {reshape(), {{2, 3}}, 6},
      {Flatten{}, {image}, 48},
      {permute(), {{2, 3}}, 6},
      {Squeeze{}, {image}, 48},
      {Unsqueeze{}, {image}, 48},
      {Binary{BinaryKind::kAdd, {}, {}}, {{2, 1}, {1, 3}}, 6},
      {Binary{BinaryKind::kPow, 0.5, {}}, {{2, 3}}, 6 * 16},
      {sum(), {image}, 48},
      {affine_grid(), {{1, 2, 3}}, 4 * 5 * 2 * 3},
      {sample(GridMode::kBilinear), {image, {1, 2, 5, 2}}, 20 * 16 + 3 * 2 * 5 * 4},
      {sample(GridMode::kNearest), {image, {1, 2, 5, 2}}, 20 * 16 + 3 * 2 * 5},
      {Constant{weight({2, 3})}, {}, 0},
      {Identity{}, {image}, 48},
  };
  return all;
}

TEST(Operations, AreCountedForEveryOperator) {
  std::set<std::size_t> counted;
  for (const Case& c : cases()) {
    EXPECT_EQ(operations(c.op, c.inputs), c.operations) << name_of(c.op);
    counted.insert(c.op.index());
  }
  EXPECT_EQ(counted.size(), std::variant_size_v<Op>) << "an operator without a case";
}

TEST(Operations, DoNotWrap) {
  // As many outputs as a value can have, each of a window as large as one can be.
  const std::int64_t side = 16382;
  MaxPool2d op;
  op.kernel_size = {side, side};
  op.stride = {1, 1};
  op.padding = {side / 2, side / 2};
  const std::int64_t outputs = (side + 1) * (side + 1);
  EXPECT_EQ(operations(op, {{1, 1, side, side}}), outputs * side * side);
  Reduce all;
  EXPECT_EQ(operations(all, {{1 << 14, 1 << 14}}), std::int64_t{1} << 28);
}

TEST(Operations, AreMultiplyAccumulatesOnlyOfLayers) {
  GraphBuilder builder("test");
  const auto input = builder.add_input("in", {1, 3, 4, 4});
  const auto layer = builder.add("conv", conv({8, 3, 3, 3}, 1), {input});
  const auto output = builder.add("relu", Activation{ActivationKind::kRelu}, {layer});
  const ValidGraph graph = std::move(builder).finish(output);
  EXPECT_EQ(macs_of(graph, graph.nodes()[0]), 8 * 4 * 4 * 27);
  EXPECT_EQ(macs_of(graph, graph.nodes()[1]), 0);
  EXPECT_EQ(weight_elements_of(graph.nodes()[0]), 8 * 27);
}

}  // namespace
}  // namespace lprnet::graph
