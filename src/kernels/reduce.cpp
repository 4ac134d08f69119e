#include "kernels/reduce.h"

#include <algorithm>
#include <cmath>

#include "tensor/loop_nest.h"

namespace lprnet::kernels {
namespace {

using tensor::ConstView;
using tensor::Layout;
using tensor::LoopNest;
using tensor::ReduceKind;
using tensor::View;

// The input's layout cut into the axes that stay (size 1 elsewhere) and those that are reduced.
Layout part(const Layout& layout, const tensor::Shape& out, bool reduced) {
  Layout result = layout;
  for (int axis = 0; axis < layout.shape.rank(); ++axis) {
    const bool is_reduced = out[axis] != layout.shape[axis];
    if (is_reduced != reduced) result.shape = result.shape.with(axis, 1);
  }
  return result;
}

}  // namespace

void reduce(ReduceKind kind, const ConstView& in, const View& out) noexcept {
  const Layout kept = part(in.layout, out.shape(), false);
  const LoopNest<1> reduced({part(in.layout, out.shape(), true)});
  const auto count =
      static_cast<double>(in.shape().elements()) / static_cast<double>(out.shape().elements());
  const LoopNest<2> outer({kept, out.layout});
  outer.for_each_inner([&](const auto& offsets) {
    for (std::int64_t i = 0; i < outer.inner_size(); ++i) {
      const float* first = in.data + offsets[0] + i * outer.inner_stride(0);
      double sum = 0;
      float best = *first;
      reduced.for_each_inner([&](const auto& inner) {
        const float* x = first + inner[0];
        for (std::int64_t j = 0; j < reduced.inner_size(); ++j, x += reduced.inner_stride(0)) {
          sum += double{*x};
          const bool better = kind == ReduceKind::kMin ? *x < best : *x > best;
          if (better || std::isnan(*x)) best = *x;  // a NaN wins, as in PyTorch
        }
      });
      float& result = out.data[offsets[1] + i * outer.inner_stride(1)];
      if (kind == ReduceKind::kMax || kind == ReduceKind::kMin) {
        result = best;
      } else {
        result = static_cast<float>(kind == ReduceKind::kMean ? sum / count : sum);
      }
    }
  });
}

void softmax(const ConstView& in, int axis, bool log, const View& out) noexcept {
  const std::int64_t size = in.shape().rank() == 0 ? 1 : in.shape()[axis];
  const std::ptrdiff_t in_stride = in.layout.stride(axis);
  const std::ptrdiff_t out_stride = out.layout.stride(axis);
  Layout in_rest = in.layout;
  Layout out_rest = out.layout;
  if (in.shape().rank() > 0) {
    in_rest.shape = in_rest.shape.with(axis, 1);
    out_rest.shape = out_rest.shape.with(axis, 1);
  }
  const LoopNest<2> rest({in_rest, out_rest});
  rest.for_each_inner([&](const auto& offsets) {
    for (std::int64_t i = 0; i < rest.inner_size(); ++i) {
      const float* x = in.data + offsets[0] + i * rest.inner_stride(0);
      float* y = out.data + offsets[1] + i * rest.inner_stride(1);
      double largest = x[0];
      for (std::int64_t j = 1; j < size; ++j) largest = std::max(largest, double{x[j * in_stride]});
      double sum = 0;
      for (std::int64_t j = 0; j < size; ++j) sum += std::exp(double{x[j * in_stride]} - largest);
      for (std::int64_t j = 0; j < size; ++j) {
        const double shifted = double{x[j * in_stride]} - largest;
        y[j * out_stride] =
            static_cast<float>(log ? shifted - std::log(sum) : std::exp(shifted) / sum);
      }
    }
  });
}

}  // namespace lprnet::kernels
