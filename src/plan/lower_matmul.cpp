#include <memory>

#include "base/aligned_buffer.h"
#include "plan/packed_weights.h"
#include "plan/plan_builder.h"
#include "tensor/loop_nest.h"

namespace lprnet::plan {

using kernels::ConvArgs;
using tensor::Layout;
using tensor::Shape;

// A 1x1 convolution whose weights are the second value, packed while it runs: the first value's
// rows are the pixels.
void PlanBuilder::lower(const graph::MatMul& /*op*/) {
  Slot a = input(0);
  const Slot b = input(1);
  const int rank = node().shape.rank();
  const Shape first = a.layout.shape;
  const std::int64_t sum = first[first.rank() - 1];
  const std::int64_t rows = node().shape[rank - 2];
  const std::int64_t cols = node().shape[rank - 1];
  if (a.layout.stride(first.rank() - 1) != 1) {
    const Slot dense =
        new_slot(Layout::row_major(first), static_cast<std::size_t>(first.elements()), 0);
    emit_copy(a, dense);
    a = dense;
  }
  const Slot out = new_rows();
  set_output(out);
  const Fused fused = fuse_activation();

  // The matrices, by their first elements: an operand may stand still where the other moves.
  const auto matrices = [&](const Layout& layout) {
    const int own = layout.shape.rank();
    const Layout one{layout.shape.with(own - 2, 1).with(own - 1, 1), layout.strides};
    return one.broadcast(node().shape.with(rank - 2, 1).with(rank - 1, 1));
  };
  const tensor::LoopNest<3> loops({matrices(a.layout), matrices(b.layout), matrices(out.layout)});
  const std::ptrdiff_t pitch = in_vectors(cols);
  reserve_scratch(sum * pitch);
  const auto zeros = std::make_shared<const base::AlignedBuffer>(static_cast<std::size_t>(pitch));
  ConvArgs args;
  args.rows = 1;
  args.cols = rows;
  args.in_col_stride = a.layout.stride(first.rank() - 2);
  args.out_col_stride = pitch;
  args.runs = 1;
  args.run_length = static_cast<int>(sum);
  args.out_vectors = static_cast<int>(pitch / kernels_.lanes);
  args.activation = fused.activation;
  const int b_rank = b.layout.shape.rank();
  const PackedMatrix matrix{sum, cols, b.layout.stride(b_rank - 2), b.layout.stride(b_rank - 1)};
  const auto* kernels = &kernels_;
  emit("matmul", [=](const Memory& memory) {
    static constexpr std::ptrdiff_t kNoOffset = 0;
    ConvArgs now = args;
    now.run_offsets = &kNoOffset;
    now.weights = memory.scratch;
    now.bias = zeros->data();
    const float* packed = nullptr;
    loops.for_each_inner([&](const auto& offsets) {
      for (std::int64_t i = 0; i < loops.inner_size(); ++i) {
        const float* second = memory.at(b) + offsets[1] + i * loops.inner_stride(1);
        if (second != packed) pack_matrix(matrix, second, *kernels, memory.scratch);
        packed = second;
        now.in = memory.at(a) + offsets[0] + i * loops.inner_stride(0);
        now.out = memory.at(out) + offsets[2] + i * loops.inner_stride(2);
        kernels->conv(now);
      }
    });
  });
  if (fused.node >= 0) {
    report().absorbed.push_back(graph_.nodes()[static_cast<std::size_t>(fused.node)].name);
  }
}

}  // namespace lprnet::plan
