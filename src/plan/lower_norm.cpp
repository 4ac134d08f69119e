#include "kernels/norm.h"
#include "plan/plan_builder.h"

namespace lprnet::plan {

using tensor::Layout;

void PlanBuilder::lower_norm(const Slot& in, const Slot& out, int kept, const graph::Weight& weight,
                             const graph::Weight& bias, const Layout& affine, double eps) {
  emit(std::string(graph::name_of(node().op)),
       [=, scales = weight.tensor, shifts = bias.tensor](const Memory& memory) {
         kernels::norm(memory.view(in), kept, scales.data(), shifts.data(), affine, eps,
                       memory.view(out));
       });
}

void PlanBuilder::lower(const graph::LayerNorm& op) {
  const Slot in = input();
  const Slot out = new_output();
  const int rank = node().shape.rank();
  const int kept = rank - static_cast<int>(op.normalized_shape.size());
  Layout affine = Layout::row_major(node().shape);
  for (int axis = 0; axis < kept; ++axis) affine.strides[static_cast<std::size_t>(axis)] = 0;
  lower_norm(in, out, kept, op.weight, op.bias, affine, op.eps);
}

void PlanBuilder::lower(const graph::GroupNorm& op) {
  const Slot in = input();
  const Slot out = new_output();
  const std::int64_t channels = node().shape[1] / op.num_groups;  // in a group
  // (N, groups, channels, ...)
  const auto in_groups = [&](const Layout& layout) {
    Layout split = layout.inserted(1);
    split.shape = split.shape.with(1, op.num_groups).with(2, channels);
    split.strides[2] = layout.strides[1];
    split.strides[1] = layout.strides[1] * channels;
    return split;
  };
  Layout affine{node().shape, {}};
  affine.strides[1] = 1;
  lower_norm(in.view(0, in_groups(in.layout)), out.view(0, in_groups(out.layout)), 2, op.weight,
             op.bias, in_groups(affine), op.eps);
}

}  // namespace lprnet::plan
