#include <algorithm>
#include <memory>

#include "graph/infer_shape.h"
#include "plan/plan_builder.h"

namespace lprnet::plan {

using kernels::PoolArgs;
using kernels::Window;
using tensor::Shape;

// The windows of one axis, and for averages what each is multiplied by.
struct PlanBuilder::Windows {
  std::vector<Window> windows;
  std::vector<float> scales;
  std::int64_t dilation = 1;
};

namespace {

// Windows clipped to the input.
std::vector<Window> strided_windows(std::int64_t count, std::int64_t size, std::int64_t kernel,
                                    std::int64_t stride, std::int64_t padding,
                                    std::int64_t dilation) {
  std::vector<Window> windows;
  windows.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t first = i * stride - padding;
    const std::int64_t skipped = first < 0 ? (-first + dilation - 1) / dilation : 0;
    const std::int64_t begin = first + skipped * dilation;
    const std::int64_t fit = begin < size ? (size - begin + dilation - 1) / dilation : 0;
    windows.push_back({begin, std::clamp(kernel - skipped, std::int64_t{0}, fit)});
  }
  return windows;
}

std::vector<Window> adaptive_windows(std::int64_t count, std::int64_t size) {
  std::vector<Window> windows;
  windows.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t begin = i * size / count;
    const std::int64_t end = ((i + 1) * size + count - 1) / count;
    windows.push_back({begin, end - begin});
  }
  return windows;
}

}  // namespace

void PlanBuilder::lower_pool(bool max, const Slot& given, const Slot& out, Windows rows,
                             Windows cols) {
  Slot in = given;
  if (in.layout.stride(1) != 1) {
    in = new_value(given.layout.shape, {}, 0);
    emit_copy(given, in);
  }
  PoolArgs args;
  args.rows = out.layout.shape[2];
  args.cols = out.layout.shape[3];
  // Whole vectors where both pixels are that wide or what lies behind them is read in vain.
  const std::int64_t whole = in_vectors(out.layout.shape[1]);
  args.channels =
      whole <= out.layout.stride(3) && whole <= in.layout.stride(3) ? whole : out.layout.shape[1];
  args.in_row_stride = in.layout.stride(2);
  args.in_col_stride = in.layout.stride(3);
  args.out_row_stride = out.layout.stride(2);
  args.out_col_stride = out.layout.stride(3);
  args.row_dilation = rows.dilation;
  args.col_dilation = cols.dilation;
  const auto pool = max ? kernels_.max_pool : kernels_.avg_pool;
  emit(std::string(graph::name_of(node().op)),
       [=, rows = std::move(rows), cols = std::move(cols)](const Memory& memory, const Part& part) {
         const Pixels mine = part.of(args.rows, args.cols);
         PoolArgs now = args;
         now.rows = mine.rows;
         now.cols = mine.cols;
         now.row_windows = rows.windows.data() + mine.row;
         now.col_windows = cols.windows.data() + mine.col;
         now.row_scales = max ? nullptr : rows.scales.data() + mine.row;
         now.col_scales = max ? nullptr : cols.scales.data() + mine.col;
         for (std::int64_t n = 0; n < out.layout.shape[0]; ++n) {
           now.in = memory.at(in) + n * in.layout.stride(0);
           now.out = memory.at(out) + n * out.layout.stride(0) +
                     mine.offset(args.out_row_stride, args.out_col_stride);
           pool(now);
         }
       });
}

void PlanBuilder::lower(const graph::MaxPool2d& op) {
  const Slot in = batched_input();
  const Slot out = new_batched_output();
  std::array<Windows, 2> windows;
  for (std::size_t i = 0; i < 2; ++i) {
    const int axis = static_cast<int>(i) + 2;
    windows[i].windows =
        strided_windows(out.layout.shape[axis], in.layout.shape[axis], op.kernel_size[i],
                        op.stride[i], op.padding[i], op.dilation[i]);
    windows[i].dilation = op.dilation[i];
  }
  lower_pool(true, in, out, std::move(windows[0]), std::move(windows[1]));
}

void PlanBuilder::lower(const graph::AvgPool2d& op) {
  const Slot in = batched_input();
  const Slot out = new_batched_output();
  std::array<Windows, 2> windows;
  for (std::size_t i = 0; i < 2; ++i) {
    const int axis = static_cast<int>(i) + 2;
    const std::int64_t size = in.layout.shape[axis];
    windows[i].windows = strided_windows(out.layout.shape[axis], size, op.kernel_size[i],
                                         op.stride[i], op.padding[i], 1);
    for (std::size_t j = 0; j < windows[i].windows.size(); ++j) {
      double divisor = 1;
      if (op.divisor_override) {
        divisor = i == 0 ? static_cast<double>(*op.divisor_override) : 1.0;
      } else if (op.count_include_pad) {
        // Of a window that ceil_mode lets reach beyond the padding, only what lies within it
        // counts.
        const std::int64_t begin = static_cast<std::int64_t>(j) * op.stride[i] - op.padding[i];
        divisor =
            static_cast<double>(std::min(begin + op.kernel_size[i], size + op.padding[i]) - begin);
      } else {
        // A window in the padding alone has the sum 0, and PyTorch leaves it at that.
        divisor = static_cast<double>(std::max(windows[i].windows[j].count, std::int64_t{1}));
      }
      windows[i].scales.push_back(static_cast<float>(1.0 / divisor));
    }
  }
  lower_pool(false, in, out, std::move(windows[0]), std::move(windows[1]));
}

// The mean or sum over height or width is one window; what is left of it is a view of the pooled
// value.
void PlanBuilder::lower_spatial_mean(const graph::Reduce& op, const std::vector<int>& axes) {
  const Slot in = input();
  Shape kept = in.layout.shape;
  for (const int axis : axes) kept = kept.with(axis, 1);
  const Slot out = new_value(kept, op.keepdim ? wanted_halo() : Halo{}, 0);
  std::array<Windows, 2> windows;
  for (std::size_t i = 0; i < 2; ++i) {
    const int axis = static_cast<int>(i) + 2;
    const std::int64_t size = in.layout.shape[axis];
    const std::int64_t window = kept[axis] == size ? 1 : size;
    windows[i].windows = strided_windows(kept[axis], size, window, window, 0, 1);
    const float scale =
        op.kind == graph::ReduceKind::kMean ? 1.0F / static_cast<float>(window) : 1.0F;
    windows[i].scales.assign(windows[i].windows.size(), scale);
  }
  lower_pool(op.kind == graph::ReduceKind::kMax, in, out, std::move(windows[0]),
             std::move(windows[1]));
  if (op.keepdim) return set_output(out);
  tensor::Layout layout = out.layout;
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) layout = layout.without(*axis);
  set_output(out.view(0, layout));
}

void PlanBuilder::lower(const graph::AdaptivePool2d& op) {
  const Slot in = batched_input();
  const Slot out = new_batched_output();
  std::array<Windows, 2> windows;
  for (std::size_t i = 0; i < 2; ++i) {
    const int axis = static_cast<int>(i) + 2;
    windows[i].windows = adaptive_windows(out.layout.shape[axis], in.layout.shape[axis]);
    for (const Window& window : windows[i].windows) {
      windows[i].scales.push_back(1.0F / static_cast<float>(window.count));
    }
  }
  lower_pool(op.max, in, out, std::move(windows[0]), std::move(windows[1]));
}

}  // namespace lprnet::plan
