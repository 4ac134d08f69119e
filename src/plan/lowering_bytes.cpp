#include "plan/lowering_bytes.h"

#include "base/aligned_buffer.h"
#include "base/checked.h"
#include "kernels/interpolate.h"
#include "kernels/pool_args.h"
#include "kernels/winograd_args.h"

namespace lprnet::plan {
namespace {

using base::saturating_add;
using base::saturating_mul;
using graph::ValidGraph;
using tensor::Shape;

constexpr std::int64_t kFloat = sizeof(float);
// A step with its report and what it captures: layouts of a few operands, strings.
constexpr std::int64_t kStepBytes = 4096;
// Window and scale, twice while they are moved.
constexpr std::int64_t kWindowBytes = 2 * (sizeof(kernels::Window) + kFloat);
// Of a group of a convolution: two buffers and what the heap adds.
constexpr std::int64_t kGroupBytes = 4 * base::kAlignment;

std::int64_t in_vectors(std::int64_t channels, std::int64_t lanes) {
  return (channels + lanes - 1) / lanes * lanes;
}

struct LoweringBytes {
  const ValidGraph& graph;
  const ValidGraph::Node& node;
  std::int64_t lanes;

  const Shape& input() const { return graph.shape_of(node.inputs[0]); }
  // The sizes of the last two dimensions.
  std::int64_t rows() const { return node.shape[node.shape.rank() - 2]; }
  std::int64_t cols() const { return node.shape[node.shape.rank() - 1]; }

  std::int64_t operator()(const graph::Conv2d& op) const {
    const Shape& weight = op.weight.tensor.shape();
    const std::int64_t taps = weight.elements(1, 4);
    const std::int64_t packed =
        saturating_mul(op.groups, in_vectors(weight[0] / op.groups, lanes) * (taps + 1) * kFloat);
    // Depthwise: channels of all groups share vectors, so that this is more.
    std::int64_t bytes = saturating_add(packed, op.groups * kGroupBytes);
    bytes = saturating_add(
        bytes, 2 * weight[2] * weight[3] * static_cast<std::int64_t>(sizeof(std::ptrdiff_t)));
    const bool winograd =
        op.groups == 1 && weight[1] >= lanes && (weight[2] >= 3 || weight[3] >= 3);
    if (winograd) {
      // At most three times as many weights (two filters of three taps for four taps), as they are
      // transformed and packed; a tile for each third of a row or column.
      bytes = saturating_add(bytes, saturating_mul(3 * kFloat, weight.elements()));
      bytes = saturating_add(bytes, saturating_mul(2, packed));
      const std::int64_t tiles = rows() * cols() / 3 + rows() + cols();
      bytes = saturating_add(bytes,
                             3 * tiles * static_cast<std::int64_t>(sizeof(kernels::WinogradTile)));
    }
    return bytes;
  }
  std::int64_t operator()(const graph::Linear& op) const {
    const Shape& weight = op.weight.tensor.shape();
    return in_vectors(weight[0], lanes) * (weight[1] + 1) * kFloat;
  }
  // Scale and shift, in double precision and rounded.
  std::int64_t operator()(const graph::BatchNorm&) const { return input()[1] * 6 * kFloat; }
  std::int64_t operator()(const graph::LayerNorm&) const { return 0; }
  std::int64_t operator()(const graph::GroupNorm&) const { return 0; }
  // A bias of zeros.
  std::int64_t operator()(const graph::MatMul&) const {
    return in_vectors(cols(), lanes) * kFloat + kGroupBytes;
  }
  std::int64_t operator()(const graph::Recurrent& op) const {
    const Shape& weight = op.weight_hh.tensor.shape();
    return in_vectors(weight[0], lanes) * (weight[1] + 1) * kFloat + kGroupBytes;
  }
  std::int64_t operator()(const graph::Interpolate&) const {
    return (rows() + cols()) * 2 * static_cast<std::int64_t>(sizeof(kernels::InterpolateTap));
  }
  std::int64_t operator()(const graph::MaxPool2d&) const { return windows(); }
  std::int64_t operator()(const graph::AvgPool2d&) const { return windows(); }
  std::int64_t operator()(const graph::AdaptivePool2d&) const { return windows(); }
  std::int64_t operator()(const graph::Reduce&) const {
    // As a pool, where height or width are reduced.
    return input().rank() == 4 ? (input()[2] + input()[3]) * kWindowBytes : 0;
  }
  std::int64_t operator()(const graph::AffineGrid&) const {
    return 4 * (node.shape[1] + node.shape[2]) * kFloat;
  }
  // A copy for each input.
  std::int64_t operator()(const graph::Concat&) const {
    return static_cast<std::int64_t>(node.inputs.size()) * (kStepBytes / 4 + name_bytes());
  }
  // Nothing but a step, if that.
  std::int64_t operator()(const graph::Activation&) const { return 0; }
  std::int64_t operator()(const graph::PRelu&) const { return 0; }
  std::int64_t operator()(const graph::Softmax&) const { return 0; }
  std::int64_t operator()(const graph::Slice&) const { return 0; }
  std::int64_t operator()(const graph::Reshape&) const { return 0; }
  std::int64_t operator()(const graph::Flatten&) const { return 0; }
  std::int64_t operator()(const graph::Permute&) const { return 0; }
  std::int64_t operator()(const graph::Squeeze&) const { return 0; }
  std::int64_t operator()(const graph::Unsqueeze&) const { return 0; }
  std::int64_t operator()(const graph::Binary&) const { return 0; }
  std::int64_t operator()(const graph::GridSample&) const { return 0; }
  std::int64_t operator()(const graph::Constant&) const { return 0; }
  std::int64_t operator()(const graph::Identity&) const { return 0; }

  std::int64_t windows() const { return (rows() + cols()) * kWindowBytes; }
  std::int64_t name_bytes() const { return static_cast<std::int64_t>(node.name.size()); }
};

}  // namespace

std::int64_t lowering_bytes(const ValidGraph& graph, const ValidGraph::Node& node,
                            std::int64_t lanes) {
  const LoweringBytes own{graph, node, lanes};
  return saturating_add(kStepBytes + 4 * own.name_bytes(), std::visit(own, node.op));
}

}  // namespace lprnet::plan
