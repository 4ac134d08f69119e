#include <algorithm>

#include "graph/infer_shape.h"
#include "kernels/reduce.h"
#include "plan/plan_builder.h"
#include "tensor/loop_nest.h"

// Operators that only look at their input in another way cost nothing where strides can say it.
namespace lprnet::plan {

using tensor::Layout;
using tensor::Shape;

void PlanBuilder::lower(const graph::Identity& /*op*/) { set_output(input()); }

void PlanBuilder::lower(const graph::Slice& op) {
  const Slot in = input();
  const int axis = graph::resolve_axis(op.dim, in.layout.shape.rank());
  const auto range = graph::resolve_slice(op, in.layout.shape[axis]);
  Slot out =
      in.view(range.start * in.layout.stride(axis), in.layout.sliced(axis, range.count, op.step));
  // Around some rows lie the other rows; what lies to the left and right of them stays. Columns
  // alike. All images and channels have the same halo.
  out.halo = in.halo;
  if (axis == 2) out.halo.h = 0;
  if (axis == 3) out.halo.w = 0;
  set_output(out);
}

void PlanBuilder::lower(const graph::Permute& op) {
  const Slot in = input();
  std::array<int, tensor::kMaxRank> axes{};
  for (std::size_t i = 0; i < op.dims.size(); ++i) {
    axes[i] = graph::resolve_axis(op.dims[i], in.layout.shape.rank());
  }
  set_output(in.view(0, in.layout.permuted(axes)));
}

void PlanBuilder::lower_reshape(const Shape& shape) {
  const Slot in = input();
  if (const auto layout = in.layout.reshaped(shape)) {
    set_output(in.view(0, *layout));
    return;
  }
  const Slot dense = new_slot(Layout::row_major(in.layout.shape),
                              static_cast<std::size_t>(in.layout.shape.elements()), 0);
  emit_copy(in, dense);
  set_output(dense.view(0, Layout::row_major(shape)));
}

void PlanBuilder::lower(const graph::Reshape& /*op*/) { lower_reshape(node().shape); }
void PlanBuilder::lower(const graph::Flatten& /*op*/) { lower_reshape(node().shape); }
void PlanBuilder::lower(const graph::Squeeze& /*op*/) { lower_reshape(node().shape); }
void PlanBuilder::lower(const graph::Unsqueeze& /*op*/) { lower_reshape(node().shape); }

void PlanBuilder::lower(const graph::Constant& op) { set_output(constant(op.value.tensor)); }

void PlanBuilder::lower(const graph::Concat& op) {
  const Slot out = new_output();
  const int axis = graph::resolve_axis(op.dim, node().shape.rank());
  std::ptrdiff_t shift = 0;
  for (std::size_t i = 0; i < node().inputs.size(); ++i) {
    const Slot in = input(i);
    const std::int64_t size = in.layout.shape[axis];
    emit_copy(in, out.view(shift, out.layout.sliced(axis, size, 1)));
    shift += size * out.layout.stride(axis);
  }
}

void PlanBuilder::lower(const graph::Reduce& op) {
  const Slot in = input();
  Shape kept = in.layout.shape;
  const auto axes = graph::reduced_axes(op, kept.rank());
  if (squares_[static_cast<std::size_t>(node().inputs[0])]) return lower_mean_square(op);
  if (kept.rank() == 4 && !axes.empty() && axes.front() >= 2 && in.layout.stride(1) == 1 &&
      op.kind != graph::ReduceKind::kMin) {
    return lower_spatial_mean(op, axes);
  }
  for (const int axis : axes) kept = kept.with(axis, 1);
  const Slot out = new_output();
  // The same memory with the reduced dimensions still there.
  Slot full = out;
  for (const int axis : axes) {
    if (!op.keepdim) full.layout = full.layout.inserted(axis);
  }
  const auto kind = op.kind;
  emit(std::string(graph::name_of(node().op)),
       [=](const Memory& memory) { kernels::reduce(kind, memory.view(in), memory.view(full)); });
}

void PlanBuilder::lower_mean_square(const graph::Reduce& op) {
  const Slot in = input();  // what is squared
  const Slot out = new_output();
  const tensor::LoopNest<1> loops({in.layout});
  const double scale = op.kind == graph::ReduceKind::kMean
                           ? 1.0 / static_cast<double>(in.layout.shape.elements())
                           : 1.0;
  const auto sum_of_squares = kernels_.sum_of_squares;
  emit("mean_square", [=](const Memory& memory) {
    const float* x = memory.at(in);
    double sum = 0;
    loops.for_each_inner([&](const auto& offsets) {
      if (loops.inner_stride(0) == 1) {
        sum += sum_of_squares(x + offsets[0], loops.inner_size());
        return;
      }
      for (std::int64_t i = 0; i < loops.inner_size(); ++i) {
        const double value = x[offsets[0] + i * loops.inner_stride(0)];
        sum += value * value;
      }
    });
    *memory.at(out) = static_cast<float>(sum * scale);
  });
  report().absorbed.push_back(graph_.name_of(node().inputs[0]));
}

void PlanBuilder::lower(const graph::Softmax& op) {
  const Slot in = input();
  const Slot out = new_output();
  const int rank = node().shape.rank();
  const int axis = rank == 0 ? 0 : graph::resolve_axis(op.dim, rank);
  const bool log = op.log;
  emit(std::string(graph::name_of(node().op)), [=](const Memory& memory) {
    kernels::softmax(memory.view(in), axis, log, memory.view(out));
  });
}

}  // namespace lprnet::plan
