#include <algorithm>
#include <memory>

#include "base/aligned_buffer.h"
#include "plan/packed_weights.h"
#include "plan/plan_builder.h"

namespace lprnet::plan {
namespace {

using kernels::ConvArgs;
using kernels::DepthwiseArgs;
using tensor::Layout;
using tensor::Shape;

// Where the taps of a filter lie behind an output pixel's first input: stretches of floats.
struct Runs {
  std::vector<std::ptrdiff_t> offsets;
  int length = 0;
};

Runs runs_of(const graph::Conv2d& op, const Layout& in, std::int64_t channels) {
  const Shape& kernel = op.weight.tensor.shape();
  // Neighbouring pixels without a gap make one stretch.
  const bool merged = in.stride(3) == channels && op.dilation[1] == 1 && op.groups == 1;
  Runs runs;
  runs.length = static_cast<int>(merged ? kernel[3] * channels : channels);
  for (std::int64_t h = 0; h < kernel[2]; ++h) {
    for (std::int64_t w = 0; w < (merged ? 1 : kernel[3]); ++w) {
      runs.offsets.push_back(h * op.dilation[0] * in.stride(2) + w * op.dilation[1] * in.stride(3));
    }
  }
  return runs;
}

struct ConvGroup {
  base::AlignedBuffer weights;
  base::AlignedBuffer bias;
};

}  // namespace

void PlanBuilder::lower(const graph::Conv2d& op) {
  const Shape& weight = op.weight.tensor.shape();
  const std::int64_t out_channels = weight[0] / op.groups;
  const bool is_depthwise = weight[1] == 1 && out_channels == 1 && op.groups > 1;
  const std::int64_t in_channels = weight[1] * op.groups;

  // The kernels want channels together and zeros around: what does not lie so is copied.
  Slot in = batched_input();
  const Halo padding{op.padding[0], op.padding[1]};
  const std::ptrdiff_t pixel = is_depthwise ? in_vectors(in_channels) : in_channels;
  if (in.layout.stride(1) != 1 || in.layout.stride(3) < pixel || !in.halo.covers(padding)) {
    const Slot copy = new_value(in.layout.shape, padding, is_depthwise ? pixel : 0);
    emit_copy(in, copy);
    in = copy;
  }

  // Each group's last vector may reach beyond its channels: zeros, which the next group overwrites.
  const std::ptrdiff_t out_pixel =
      is_depthwise ? pixel : in_vectors((op.groups - 1) * out_channels + in_vectors(out_channels));
  const Slot out = new_batched_output(out_pixel);
  const Fused fused = fuse_activation();
  if (is_depthwise) {
    lower_depthwise(op, in, out, fused);
  } else if (const Winograd choice = choose_winograd(op, out); choice.outputs > 0) {
    lower_winograd(op, choice, in, out, fused);
  } else {
    const Runs runs = runs_of(op, in.layout, weight[1]);
    ConvArgs args;
    args.rows = out.layout.shape[2];
    args.cols = out.layout.shape[3];
    args.in_row_stride = op.stride[0] * in.layout.stride(2);
    args.in_col_stride = op.stride[1] * in.layout.stride(3);
    args.out_row_stride = out.layout.stride(2);
    args.out_col_stride = out.layout.stride(3);
    if (args.in_row_stride == args.cols * args.in_col_stride &&
        args.out_row_stride == args.cols * args.out_col_stride) {
      args.cols *= args.rows;
      args.rows = 1;
    }
    args.run_length = runs.length;
    args.runs = static_cast<int>(runs.offsets.size());
    args.out_vectors = static_cast<int>(in_vectors(out_channels) / kernels_.lanes);
    args.activation = fused.activation;

    auto groups = std::make_shared<std::vector<ConvGroup>>();
    for (std::int64_t g = 0; g < op.groups; ++g) {
      const auto lanes = static_cast<std::size_t>(in_vectors(out_channels));
      ConvGroup group{base::AlignedBuffer(lanes * static_cast<std::size_t>(weight.elements(1, 4))),
                      base::AlignedBuffer(lanes)};
      pack_weights(op.weight.tensor, g * out_channels, out_channels, kernels_,
                   group.weights.data());
      pack_bias(op.bias, g * out_channels, out_channels, group.bias.data());
      groups->push_back(std::move(group));
    }
    const std::ptrdiff_t to_corner =
        op.padding[0] * in.layout.stride(2) + op.padding[1] * in.layout.stride(3);
    const auto conv = kernels_.conv;
    emit(std::string(graph::name_of(node().op)),
         [=, offsets = runs.offsets](const Memory& memory, const Part& part) {
           const Pixels mine = part.of(args.rows, args.cols);
           if (mine.rows == 0 || mine.cols == 0) return;
           ConvArgs now = args;
           now.rows = mine.rows;
           now.cols = mine.cols;
           now.run_offsets = offsets.data();
           for (std::int64_t n = 0; n < out.layout.shape[0]; ++n) {
             const float* image = memory.at(in) + n * in.layout.stride(0) - to_corner +
                                  mine.offset(args.in_row_stride, args.in_col_stride);
             float* result = memory.at(out) + n * out.layout.stride(0) +
                             mine.offset(args.out_row_stride, args.out_col_stride);
             for (std::size_t g = 0; g < groups->size(); ++g) {
               now.in = image + static_cast<std::ptrdiff_t>(g) * weight[1];
               now.out = result + static_cast<std::ptrdiff_t>(g) * out_channels;
               now.weights = (*groups)[g].weights.data();
               now.bias = (*groups)[g].bias.data();
               conv(now);
             }
           }
         });
  }
  if (fused.node >= 0) {
    report().absorbed.push_back(graph_.nodes()[static_cast<std::size_t>(fused.node)].name);
  }
}

void PlanBuilder::lower_depthwise(const graph::Conv2d& op, const Slot& in, const Slot& out,
                                  const Fused& fused) {
  const Shape& weight = op.weight.tensor.shape();
  const std::int64_t taps = weight[2] * weight[3];
  const auto lanes = in_vectors(weight[0]);
  auto group = std::make_shared<ConvGroup>(
      ConvGroup{base::AlignedBuffer(static_cast<std::size_t>(lanes * taps)),
                base::AlignedBuffer(static_cast<std::size_t>(lanes))});
  for (std::int64_t channel = 0; channel < weight[0]; ++channel) {
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      group->weights.data()[tap * lanes + channel] = op.weight.tensor.data()[channel * taps + tap];
    }
  }
  pack_bias(op.bias, 0, weight[0], group->bias.data());
  std::vector<std::ptrdiff_t> offsets;
  for (std::int64_t h = 0; h < weight[2]; ++h) {
    for (std::int64_t w = 0; w < weight[3]; ++w) {
      offsets.push_back(h * op.dilation[0] * in.layout.stride(2) +
                        w * op.dilation[1] * in.layout.stride(3));
    }
  }
  DepthwiseArgs args;
  args.rows = out.layout.shape[2];
  args.cols = out.layout.shape[3];
  args.in_row_stride = op.stride[0] * in.layout.stride(2);
  args.in_col_stride = op.stride[1] * in.layout.stride(3);
  args.out_row_stride = out.layout.stride(2);
  args.out_col_stride = out.layout.stride(3);
  args.taps = static_cast<int>(taps);
  args.out_vectors = static_cast<int>(lanes / kernels_.lanes);
  args.activation = fused.activation;
  const std::ptrdiff_t to_corner =
      op.padding[0] * in.layout.stride(2) + op.padding[1] * in.layout.stride(3);
  const auto depthwise = kernels_.depthwise;
  emit("conv2d", [=](const Memory& memory, const Part& part) {
    const Pixels mine = part.of(args.rows, args.cols);
    DepthwiseArgs now = args;
    now.rows = mine.rows;
    now.cols = mine.cols;
    now.weights = group->weights.data();
    now.bias = group->bias.data();
    now.tap_offsets = offsets.data();
    for (std::int64_t n = 0; n < out.layout.shape[0]; ++n) {
      now.in = memory.at(in) + n * in.layout.stride(0) - to_corner +
               mine.offset(args.in_row_stride, args.in_col_stride);
      now.out = memory.at(out) + n * out.layout.stride(0) +
                mine.offset(args.out_row_stride, args.out_col_stride);
      depthwise(now);
    }
  });
}

Slot PlanBuilder::new_rows() {
  const Shape& shape = node().shape;
  const Shape padded = shape.with(shape.rank() - 1, in_vectors(shape[shape.rank() - 1]));
  Layout layout = Layout::row_major(padded);
  layout.shape = shape;
  return new_slot(layout, static_cast<std::size_t>(padded.elements()), 0);
}

void PlanBuilder::lower(const graph::Linear& op) {
  // A 1x1 convolution over rows: the last dimension is the channels, all others are pixels.
  const Slot given = input();
  const Shape& shape = given.layout.shape;
  const std::int64_t features = op.weight.tensor.shape()[1];
  const std::int64_t rows = shape.elements() / features;
  const Shape flat{rows, features};
  Slot in = given;
  if (auto reshaped = given.layout.reshaped(flat); reshaped && reshaped->stride(1) == 1) {
    in = given.view(0, *reshaped);
  } else {
    const Slot copy = new_value(shape, {}, 0);
    const Slot dense = copy.view(0, Layout::row_major(shape));
    emit_copy(given, dense);
    in = copy.view(0, Layout::row_major(flat));
  }
  const std::int64_t out_features = op.weight.tensor.shape()[0];
  const std::ptrdiff_t pitch = in_vectors(out_features);
  const Slot out = new_rows();
  set_output(out);
  const Fused fused = fuse_activation();

  auto group = std::make_shared<ConvGroup>(
      ConvGroup{base::AlignedBuffer(static_cast<std::size_t>(pitch * features)),
                base::AlignedBuffer(static_cast<std::size_t>(pitch))});
  const tensor::Tensor as_filter(
      Shape{out_features, features, 1, 1},
      std::shared_ptr<const float>(std::shared_ptr<const void>(), op.weight.tensor.data()));
  pack_weights(as_filter, 0, out_features, kernels_, group->weights.data());
  pack_bias(op.bias, 0, out_features, group->bias.data());
  ConvArgs args;
  args.rows = 1;
  args.cols = rows;
  args.in_col_stride = in.layout.stride(0);
  args.out_col_stride = pitch;
  args.runs = 1;
  args.run_length = static_cast<int>(features);
  args.out_vectors = static_cast<int>(pitch / kernels_.lanes);
  args.activation = fused.activation;
  const auto conv = kernels_.conv;
  emit("linear", [=](const Memory& memory) {
    static constexpr std::ptrdiff_t kNoOffset = 0;
    ConvArgs now = args;
    now.run_offsets = &kNoOffset;
    now.in = memory.at(in);
    now.out = memory.at(out);
    now.weights = group->weights.data();
    now.bias = group->bias.data();
    conv(now);
  });
  if (fused.node >= 0) {
    report().absorbed.push_back(graph_.nodes()[static_cast<std::size_t>(fused.node)].name);
  }
}

}  // namespace lprnet::plan
