#include "kernels/grid.h"
#include "kernels/interpolate.h"
#include "plan/plan_builder.h"

// The two halves of a spatial transformer, and sampling at even distances.
namespace lprnet::plan {

using tensor::Layout;

void PlanBuilder::lower(const graph::AffineGrid& op) {
  const Slot in = input();
  const auto& shape = node().shape;
  const Slot out =
      new_slot(Layout::row_major(shape), static_cast<std::size_t>(shape.elements()), 0);
  set_output(out);
  emit("affine_grid", [=, ys = kernels::grid_axis(shape[1], op.align_corners),
                       xs = kernels::grid_axis(shape[2], op.align_corners)](const Memory& memory) {
    kernels::affine_grid(memory.view(in), ys.data(), xs.data(), memory.view(out));
  });
}

void PlanBuilder::lower(const graph::GridSample& op) {
  const Slot image = input(0);
  const Slot grid = input(1);
  const Slot out = new_output();
  set_output(out);
  if (kernels_.sample != nullptr && op.mode == graph::GridMode::kBilinear &&
      op.padding_mode != graph::GridPadding::kReflection && image.layout.stride(1) == 1 &&
      out.layout.stride(1) == 1) {
    return lower_sample(op, image, grid, out);
  }
  const auto mode = op.mode;
  const auto padding = op.padding_mode;
  const bool align_corners = op.align_corners;
  emit("grid_sample", [=](const Memory& memory) {
    kernels::grid_sample(memory.view(image), memory.view(grid), mode, padding, align_corners,
                         memory.view(out));
  });
}

void PlanBuilder::lower(const graph::Interpolate& op) {
  const Slot image = input();
  const Slot out = new_output();
  const auto axis = [&](int dimension) {
    std::optional<double> scale_factor;
    if (op.scale_factor) {
      scale_factor = (*op.scale_factor)[static_cast<std::size_t>(dimension - 2)];
    }
    return kernels::interpolate_axis(image.layout.shape[dimension], node().shape[dimension],
                                     scale_factor, op.mode, op.align_corners);
  };
  emit("interpolate",
       [=, mode = op.mode, rows = axis(2), cols = axis(3)](const Memory& memory, const Part& part) {
         const Pixels mine = part.of(out.layout.shape[2], out.layout.shape[3]);
         if (mine.rows == 0 || mine.cols == 0) return;
         tensor::View view = memory.view(out);
         view.data += mine.offset(view.layout.stride(2), view.layout.stride(3));
         view.layout.shape = view.layout.shape.with(2, mine.rows).with(3, mine.cols);
         kernels::interpolate(memory.view(image), mode, rows.data() + mine.row,
                              cols.data() + mine.col, view);
       });
}

void PlanBuilder::lower_sample(const graph::GridSample& op, const Slot& image, const Slot& grid,
                               const Slot& out) {
  kernels::SampleArgs args;
  args.height = image.layout.shape[2];
  args.width = image.layout.shape[3];
  args.channels = image.layout.shape[1];
  args.image_row_stride = image.layout.stride(2);
  args.image_col_stride = image.layout.stride(3);
  args.grid_row_stride = grid.layout.stride(1);
  args.grid_col_stride = grid.layout.stride(2);
  args.grid_xy_stride = grid.layout.stride(3);
  args.out_row_stride = out.layout.stride(2);
  args.out_col_stride = out.layout.stride(3);
  args.align_corners = op.align_corners;
  args.border = op.padding_mode == graph::GridPadding::kBorder;
  const auto sample = kernels_.sample;
  emit("grid_sample", [=](const Memory& memory, const Part& part) {
    const Pixels mine = part.of(out.layout.shape[2], out.layout.shape[3]);
    kernels::SampleArgs now = args;
    now.rows = mine.rows;
    now.cols = mine.cols;
    for (std::int64_t n = 0; n < out.layout.shape[0]; ++n) {
      now.image = memory.at(image) + n * image.layout.stride(0);
      now.grid = memory.at(grid) + n * grid.layout.stride(0) +
                 mine.offset(args.grid_row_stride, args.grid_col_stride);
      now.out = memory.at(out) + n * out.layout.stride(0) +
                mine.offset(args.out_row_stride, args.out_col_stride);
      sample(now);
    }
  });
}

}  // namespace lprnet::plan
