#include "graph/max_pool3d.h"

namespace lprnet::graph {

std::vector<NamedOp> in_two_dimensions(const MaxPool3d& op, const std::string& name,
                                       const std::vector<tensor::Shape>& inputs) {
  const tensor::Shape output = infer_shape(op, inputs);
  const bool has_images = output.rank() == 5;
  std::vector<NamedOp> ops;
  // The last three dimensions are pooled; what is before them becomes one.
  if (has_images) ops.push_back({name + ".images", Flatten{0, 1}});
  // A window of one element in depth has no padding there: it picks every stride-th element.
  const bool flat = op.kernel_size[0] == 1;
  if (flat && op.stride[0] > 1) ops.push_back({name + ".slice", Slice{1, 0, {}, op.stride[0]}});
  MaxPool2d plane;
  plane.kernel_size = {op.kernel_size[1], op.kernel_size[2]};
  plane.stride = {op.stride[1], op.stride[2]};
  plane.padding = {op.padding[1], op.padding[2]};
  plane.dilation = {op.dilation[1], op.dilation[2]};
  plane.ceil_mode = op.ceil_mode;
  ops.push_back({name + ".plane", plane});
  if (!flat) {
    // Each pixel of a plane is a column of its own.
    ops.push_back({name + ".columns", Flatten{-2, -1}});
    MaxPool2d depth;
    depth.kernel_size = {op.kernel_size[0], 1};
    depth.stride = {op.stride[0], 1};
    depth.padding = {op.padding[0], 0};
    depth.dilation = {op.dilation[0], 1};
    depth.ceil_mode = op.ceil_mode;
    ops.push_back({name + ".depth", depth});
  }
  if (!flat || has_images) ops.push_back({name, Reshape{output.to_vector()}});
  ops.back().name = name;
  return ops;
}

}  // namespace lprnet::graph
