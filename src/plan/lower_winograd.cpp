#include <algorithm>
#include <array>
#include <memory>

#include "base/aligned_buffer.h"
#include "plan/packed_weights.h"
#include "plan/plan_builder.h"

namespace lprnet::plan {
namespace {

using kernels::kWinogradPoints;
using kernels::WinogradArgs;
using kernels::WinogradTile;
using tensor::Shape;

constexpr int kHeight = 2;  // of (N, C, H, W)
constexpr int kWidth = 3;

// How many taps a filter has whose tiles have `outputs` outputs.
constexpr int taps_for(int outputs) { return kWinogradPoints + 1 - outputs; }

// Tiles that are worked on at once: enough that a point's weights serve many, few enough that what
// lies between the passes stays in the second cache.
constexpr std::int64_t kBlock = 28;

// Filters whose products are added: one for every `taps` taps along the axis, the last one moved
// back to end where the convolution's filter ends, and for every tap across it.
std::int64_t filters_along(std::int64_t kernel, int taps) { return (kernel + taps - 1) / taps; }

// G: a filter's value at each point, over the product that undoes B^T's scale.
std::vector<std::array<double, kWinogradPoints>> filter_transform(int taps) {
  const std::array<double, 5> points{0, kernels::kWinogradNear, -kernels::kWinogradNear,
                                     kernels::kWinogradFar, -kernels::kWinogradFar};
  std::vector<std::array<double, kWinogradPoints>> transform(static_cast<std::size_t>(taps));
  for (std::size_t p = 0; p < points.size(); ++p) {
    double value = 1;
    for (const double q : points) {
      if (q != points[p]) value /= points[p] - q;
    }
    for (auto& tap : transform) {
      tap[p] = value;
      value *= points[p];
    }
  }
  transform.back()[kWinogradPoints - 1] = 1;
  return transform;
}

}  // namespace

PlanBuilder::Winograd PlanBuilder::choose_winograd(const graph::Conv2d& op, const Slot& out) const {
  const Shape& weight = op.weight.tensor.shape();
  if (kernels_.winograd == nullptr || !options_.winograd || op.groups != 1 ||
      weight[1] < kernels_.lanes) {
    return {};
  }
  // Vectors of multiply-adds for each line of the output. A value that passes to or from a point
  // costs about as much as kPass of them.
  constexpr std::int64_t kPass = 4;
  const std::int64_t in_width = in_vectors(weight[1]) / kernels_.lanes;
  const std::int64_t out_width = in_vectors(weight[0]) / kernels_.lanes;
  Winograd best;
  double least = 0.9;  // of the direct sum's
  for (const int axis : {kWidth, kHeight}) {
    const auto dimension = static_cast<std::size_t>(axis - kHeight);
    if (op.stride[dimension] != 1 || op.dilation[dimension] != 1) continue;
    const std::int64_t length = out.layout.shape[axis];
    for (const int outputs : {4, 3}) {
      const int taps = taps_for(outputs);
      if (weight[axis] < taps || length < outputs) continue;
      const std::int64_t filters =
          filters_along(weight[axis], taps) * weight[kHeight + kWidth - axis];
      const std::int64_t tiles = (length + outputs - 1) / outputs;
      const std::int64_t fewer =
          tiles * kWinogradPoints *
          (filters * weight[1] * out_width + kPass * (filters * in_width + 2 * out_width));
      const std::int64_t direct = length * weight[2] * weight[3] * weight[1] * out_width;
      const double share = static_cast<double>(fewer) / static_cast<double>(direct);
      if (share < least) {
        least = share;
        best = {axis, outputs};
      }
    }
  }
  return best;
}

void PlanBuilder::lower_winograd(const graph::Conv2d& op, const Winograd& choice, const Slot& in,
                                 const Slot& out, const Fused& fused) {
  struct Packed {
    base::AlignedBuffer weights;
    base::AlignedBuffer bias;
    base::AlignedBuffer zeros;
    std::vector<WinogradTile> tiles;
    std::vector<std::ptrdiff_t> filter_offsets;
    std::vector<std::ptrdiff_t> scratch_offsets;
    WinogradArgs args;  // points to the others
  };
  const auto packed = std::make_shared<Packed>();
  const Shape& weight = op.weight.tensor.shape();
  const int axis = choice.axis;
  const int across = kHeight + kWidth - axis;
  const int taps = taps_for(choice.outputs);
  const std::int64_t along = filters_along(weight[axis], taps);
  const std::int64_t filters = along * weight[across];

  // Filters, their transforms and where they begin.
  const auto transform = filter_transform(taps);
  const std::int64_t per_point = weight[0] * weight[1] * filters;
  std::vector<float> transforms(static_cast<std::size_t>(kWinogradPoints * per_point));
  const auto across_dimension = static_cast<std::size_t>(across - kHeight);
  for (std::int64_t f = 0; f < filters; ++f) {
    const std::int64_t tap_across = f / along;
    // The last filter begins earlier than it would and leaves alone the taps of the one before.
    const std::int64_t wanted = f % along * taps;
    const std::int64_t first = std::min(wanted, weight[axis] - taps);
    packed->filter_offsets.push_back(tap_across * op.dilation[across_dimension] *
                                         in.layout.stride(across) +
                                     first * in.layout.stride(axis));
    packed->scratch_offsets.push_back(f * in_vectors(weight[1]));
    for (std::int64_t pair = 0; pair < weight[0] * weight[1]; ++pair) {
      const float* filter = op.weight.tensor.data() + pair * weight[2] * weight[3];
      std::array<double, kWinogradPoints> sums{};
      for (std::int64_t tap = wanted - first; tap < taps; ++tap) {
        const std::int64_t at = axis == kWidth ? tap_across * weight[3] + first + tap
                                               : (first + tap) * weight[3] + tap_across;
        for (std::size_t p = 0; p < sums.size(); ++p) {
          sums[p] += transform[static_cast<std::size_t>(tap)][p] * double{filter[at]};
        }
      }
      for (std::size_t p = 0; p < sums.size(); ++p) {
        transforms[p * static_cast<std::size_t>(per_point) +
                   static_cast<std::size_t>(pair * filters + f)] = static_cast<float>(sums[p]);
      }
    }
  }
  const std::int64_t lanes = in_vectors(weight[0]);
  const std::int64_t point_weights = lanes * weight[1] * filters;
  packed->weights = base::AlignedBuffer(static_cast<std::size_t>(kWinogradPoints * point_weights));
  for (std::int64_t p = 0; p < kWinogradPoints; ++p) {
    const tensor::Tensor filter(Shape{weight[0], weight[1], filters, 1},
                                std::shared_ptr<const float>(std::shared_ptr<const void>(),
                                                             transforms.data() + p * per_point));
    pack_weights(filter, 0, weight[0], kernels_, packed->weights.data() + p * point_weights);
  }
  packed->bias = base::AlignedBuffer(static_cast<std::size_t>(lanes));
  packed->zeros = base::AlignedBuffer(static_cast<std::size_t>(lanes));
  pack_bias(op.bias, 0, weight[0], packed->bias.data());

  // Rows of tiles. The last tile of the axis ends where the output ends; of what it has in common
  // with the one before, that one's values stay.
  const std::int64_t length = out.layout.shape[axis];
  const std::int64_t along_tiles = (length + choice.outputs - 1) / choice.outputs;
  const std::int64_t rows = axis == kHeight ? along_tiles : out.layout.shape[kHeight];
  const std::int64_t cols = axis == kWidth ? along_tiles : out.layout.shape[kWidth];
  const auto begin = [&](int dimension, std::int64_t tile) {
    return dimension == axis ? std::min(tile * choice.outputs, length - choice.outputs) : tile;
  };
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t y = begin(kHeight, row);
    for (std::int64_t col = 0; col < cols; ++col) {
      const std::int64_t x = begin(kWidth, col);
      const std::int64_t tile = axis == kHeight ? row : col;
      packed->tiles.push_back(
          {y * op.stride[0] * in.layout.stride(2) + x * op.stride[1] * in.layout.stride(3),
           y * out.layout.stride(2) + x * out.layout.stride(3),
           static_cast<int>(tile * choice.outputs - begin(axis, tile))});
    }
  }

  WinogradArgs& args = packed->args;
  args.weights = packed->weights.data();
  args.point_weights = point_weights;
  args.bias = packed->bias.data();
  args.zeros = packed->zeros.data();
  args.tiles = packed->tiles.data();
  args.tile_count = rows * cols;
  args.block = std::min(kBlock, args.tile_count);
  args.in_step = in.layout.stride(axis);
  args.out_step = out.layout.stride(axis);
  args.outputs = choice.outputs;
  args.filters = static_cast<int>(filters);
  args.filter_offsets = packed->filter_offsets.data();
  args.scratch_offsets = packed->scratch_offsets.data();
  args.channels = static_cast<int>(weight[1]);
  args.in_vectors = static_cast<int>(in_vectors(weight[1]) / kernels_.lanes);
  args.out_vectors = static_cast<int>(lanes / kernels_.lanes);
  args.activation = fused.activation;
  reserve_scratch(winograd_scratch_floats(args, kernels_.lanes));
  const std::ptrdiff_t to_corner =
      op.padding[0] * in.layout.stride(2) + op.padding[1] * in.layout.stride(3);
  const auto winograd = kernels_.winograd;
  emit("conv2d (winograd)", [=](const Memory& memory, const Part& part) {
    WinogradArgs now = packed->args;
    now.scratch = memory.scratch;
    now.tiles += part.begin(packed->args.tile_count);
    now.tile_count = part.end(packed->args.tile_count) - part.begin(packed->args.tile_count);
    for (std::int64_t n = 0; n < out.layout.shape[0]; ++n) {
      now.in = memory.at(in) + n * in.layout.stride(0) - to_corner;
      now.out = memory.at(out) + n * out.layout.stride(0);
      winograd(now);
    }
  });
}

}  // namespace lprnet::plan
