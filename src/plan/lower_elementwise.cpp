#include <cmath>
#include <memory>

#include "base/aligned_buffer.h"
#include "graph/batch_norm.h"
#include "graph/infer_shape.h"
#include "kernels/elementwise_args.h"
#include "plan/plan_builder.h"
#include "tensor/loop_nest.h"

namespace lprnet::plan {
namespace {

using kernels::RowOperand;
using tensor::Layout;
using tensor::LoopNest;
using tensor::Shape;
using tensor::Tensor;

// Runs row(offsets, n) over whole inner loops where the last operand's elements follow each other
// and the others' do or stand still, else element by element; `unit` tells the operands' strides in
// a row.
template <std::size_t kOperands, typename Row>
void for_each_row(const LoopNest<kOperands>& loops, Row row) {
  bool whole = loops.inner_stride(kOperands - 1) == 1;
  for (std::size_t o = 0; o < kOperands; ++o) {
    whole = whole && (loops.inner_stride(o) == 1 || loops.inner_stride(o) == 0);
  }
  loops.for_each_inner([&](auto offsets) {
    if (whole) {
      row(offsets, loops.inner_size());
      return;
    }
    for (std::int64_t i = 0; i < loops.inner_size(); ++i) {
      row(offsets, std::int64_t{1});
      for (std::size_t o = 0; o < kOperands; ++o) offsets[o] += loops.inner_stride(o);
    }
  });
}

template <std::size_t kOperands>
int row_stride(const LoopNest<kOperands>& loops, std::size_t operand) {
  return loops.inner_stride(operand) == 0 ? 0 : 1;
}

// Values of one for each channel, as an operand of a value of `shape`: the channels are
// dimension 1.
Layout per_channel(const Shape& shape, std::int64_t count) {
  Layout layout{shape, {}};
  if (count > 1) layout.strides[1] = 1;
  return layout;
}

}  // namespace

void PlanBuilder::lower(const graph::Activation& op) {
  const Slot in = input();
  const bool in_place = may_overwrite(0);
  if (in_place) set_output(in);
  const Slot out = in_place ? in : new_output();
  const LoopNest<2> loops({in.layout, out.layout});
  const auto unary = kernels_.unary;
  emit(std::string(graph::name_of(node().op)), [=](const Memory& memory) {
    const float* x = memory.at(in);
    float* y = memory.at(out);
    for_each_row(loops, [&](const auto& offsets, std::int64_t n) {
      unary(op, x + offsets[0], y + offsets[1], n);
    });
  });
  report().in_place = in_place;
}

void PlanBuilder::lower_per_channel(const Tensor& scale, const Tensor* shift) {
  const Slot in = input();
  const bool in_place = may_overwrite(0);
  if (in_place) set_output(in);
  const Slot out = in_place ? in : new_output();
  const Layout channels = per_channel(node().shape, static_cast<std::int64_t>(scale.size()));
  const LoopNest<3> loops({in.layout, channels, out.layout});
  const int stride = row_stride(loops, 1);
  const auto scale_shift = kernels_.scale_shift;
  const auto prelu = kernels_.prelu;
  emit(std::string(graph::name_of(node().op)), [=, shifts = shift == nullptr ? Tensor() : *shift](
                                                   const Memory& memory) {
    const float* x = memory.at(in);
    float* y = memory.at(out);
    for_each_row(loops, [&](const auto& offsets, std::int64_t n) {
      const RowOperand a{scale.data() + offsets[1], stride};
      if (shifts.data() == nullptr) {
        prelu(x + offsets[0], a, y + offsets[2], n);
      } else {
        scale_shift(x + offsets[0], a, {shifts.data() + offsets[1], stride}, y + offsets[2], n);
      }
    });
  });
  report().in_place = in_place;
}

void PlanBuilder::lower(const graph::PRelu& op) { lower_per_channel(op.weight.tensor, nullptr); }

void PlanBuilder::lower(const graph::BatchNorm& op) {
  const graph::ScaleShift folded = graph::scale_shift_of(op);
  const Shape channels{static_cast<std::int64_t>(folded.scale.size())};
  const auto rounded = [&channels](const std::vector<double>& values) {
    return Tensor(channels, std::vector<float>(values.begin(), values.end()));
  };
  const Tensor shift = rounded(folded.shift);
  lower_per_channel(rounded(folded.scale), &shift);
}

bool PlanBuilder::only_summed_squares(const graph::Binary& op) const {
  const auto& readers = consumers_[static_cast<std::size_t>(current_value())];
  const auto& inputs = node().inputs;
  const bool is_power = op.kind == graph::BinaryKind::kPow && op.other == 2.0;
  const bool is_product =
      op.kind == graph::BinaryKind::kMul && inputs.size() == 2 && inputs[0] == inputs[1];
  if (options_.keep_values || !(is_power || is_product) || readers.size() != 1 ||
      graph_.is_output(current_value())) {
    return false;
  }
  const auto* reduce =
      std::get_if<graph::Reduce>(&graph_.nodes()[static_cast<std::size_t>(readers[0])].op);
  const int rank = node().shape.rank();
  if (reduce == nullptr ||
      (reduce->kind != graph::ReduceKind::kSum && reduce->kind != graph::ReduceKind::kMean)) {
    return false;
  }
  // To a single number.
  std::int64_t left = node().shape.elements();
  for (const int axis : graph::reduced_axes(*reduce, rank)) left /= node().shape[axis];
  return left == 1;
}

void PlanBuilder::lower(const graph::Binary& op) {
  if (only_summed_squares(op)) {
    // The sum that reads it squares as it goes.
    squares_[static_cast<std::size_t>(current_value())] = true;
    return set_output(input());
  }
  const auto number = [this](double value) {
    return constant(Tensor(Shape{}, {static_cast<float>(value)}));
  };
  const Slot a = op.input ? number(*op.input) : input(0);
  const Slot b = op.other ? number(*op.other) : input(op.input ? 0 : 1);
  // In place over an operand that has the result's shape, when the other is elsewhere.
  int overwritten = -1;
  for (std::size_t i = 0; i < node().inputs.size() && overwritten < 0; ++i) {
    const bool elsewhere = a.buffer != b.buffer;
    if (elsewhere && graph_.shape_of(node().inputs[i]) == node().shape && may_overwrite(i)) {
      overwritten = static_cast<int>(i);
    }
  }
  const Slot out = overwritten < 0 ? new_output() : input(static_cast<std::size_t>(overwritten));
  set_output(out);
  const LoopNest<3> loops(
      {a.layout.broadcast(node().shape), b.layout.broadcast(node().shape), out.layout});
  const int a_stride = row_stride(loops, 0);
  const int b_stride = row_stride(loops, 1);
  const auto kind = op.kind;
  const auto binary = kernels_.binary;
  emit(std::string(graph::name_of(node().op)), [=](const Memory& memory) {
    const float* x = memory.at(a);
    const float* y = memory.at(b);
    float* z = memory.at(out);
    for_each_row(loops, [&](const auto& offsets, std::int64_t n) {
      binary(kind, {x + offsets[0], a_stride}, {y + offsets[1], b_stride}, z + offsets[2], n);
    });
  });
  report().in_place = overwritten >= 0;
}

}  // namespace lprnet::plan
