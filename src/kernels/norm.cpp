#include "kernels/norm.h"

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "tensor/loop_nest.h"

namespace lprnet::kernels {
namespace {

using tensor::Layout;
using tensor::LoopNest;

// The layout over the dimensions from `begin` up to `end` alone.
Layout over(Layout layout, int begin, int end) {
  for (int axis = 0; axis < layout.shape.rank(); ++axis) {
    if (axis < begin || axis >= end) layout.shape = layout.shape.with(axis, 1);
  }
  return layout;
}

}  // namespace

void norm(const tensor::ConstView& in, int kept, const float* weight, const float* bias,
          const Layout& affine, double eps, const tensor::View& out) noexcept {
  const int rank = in.shape().rank();
  const LoopNest<3> stretches(
      {over(in.layout, 0, kept), over(affine, 0, kept), over(out.layout, 0, kept)});
  const LoopNest<3> inner(
      {over(in.layout, kept, rank), over(affine, kept, rank), over(out.layout, kept, rank)});
  const auto count = static_cast<double>(in.shape().elements(kept, rank));
  const auto for_each = [&inner](auto use) {
    inner.for_each_inner([&](const auto& offsets) {
      for (std::int64_t i = 0; i < inner.inner_size(); ++i) {
        use(offsets[0] + i * inner.inner_stride(0), offsets[1] + i * inner.inner_stride(1),
            offsets[2] + i * inner.inner_stride(2));
      }
    });
  };
  stretches.for_each_inner([&](const auto& offsets) {
    for (std::int64_t i = 0; i < stretches.inner_size(); ++i) {
      const float* x = in.data + offsets[0] + i * stretches.inner_stride(0);
      const std::ptrdiff_t channel = offsets[1] + i * stretches.inner_stride(1);
      float* y = out.data + offsets[2] + i * stretches.inner_stride(2);
      double sum = 0;
      for_each([&](std::ptrdiff_t at, std::ptrdiff_t, std::ptrdiff_t) { sum += double{x[at]}; });
      const double mean = sum / count;
      double squares = 0;
      for_each([&](std::ptrdiff_t at, std::ptrdiff_t, std::ptrdiff_t) {
        const double away = double{x[at]} - mean;
        squares += away * away;
      });
      const double scale = 1 / std::sqrt(squares / count + eps);
      for_each([&](std::ptrdiff_t at, std::ptrdiff_t affine_at, std::ptrdiff_t to) {
        double value = (double{x[at]} - mean) * scale;
        if (weight != nullptr) value *= double{weight[channel + affine_at]};
        if (bias != nullptr) value += double{bias[channel + affine_at]};
        y[to] = static_cast<float>(value);
      });
    }
  });
}

}  // namespace lprnet::kernels
