#include "kernels/max_pool3d.h"

#include <cmath>
#include <cstddef>

namespace lprnet::kernels {
namespace {

using tensor::ConstView;
using tensor::View;

float largest(const ConstView& in, const float* plane, const MaxPool3dWindow& window,
              const std::array<std::int64_t, 3>& place) {
  float best = -HUGE_VALF;
  std::array<std::int64_t, 3> k{};
  for (k[0] = 0; k[0] < window.kernel[0]; ++k[0]) {
    for (k[1] = 0; k[1] < window.kernel[1]; ++k[1]) {
      for (k[2] = 0; k[2] < window.kernel[2]; ++k[2]) {
        std::ptrdiff_t offset = 0;
        bool inside = true;
        for (std::size_t i = 0; i < 3; ++i) {
          const int axis = static_cast<int>(i) + 2;
          const std::int64_t x =
              place[i] * window.stride[i] - window.padding[i] + k[i] * window.dilation[i];
          inside = inside && x >= 0 && x < in.shape()[axis];
          offset += x * in.layout.stride(axis);
        }
        if (inside && (plane[offset] > best || std::isnan(plane[offset]))) best = plane[offset];
      }
    }
  }
  return best;
}

}  // namespace

void max_pool3d(const ConstView& in, const MaxPool3dWindow& window, const View& out) noexcept {
  const auto& shape = out.shape();
  for (std::int64_t n = 0; n < shape[0]; ++n) {
    for (std::int64_t c = 0; c < shape[1]; ++c) {
      const float* plane = in.data + n * in.layout.stride(0) + c * in.layout.stride(1);
      float* to = out.data + n * out.layout.stride(0) + c * out.layout.stride(1);
      for (std::int64_t d = 0; d < shape[2]; ++d) {
        for (std::int64_t h = 0; h < shape[3]; ++h) {
          for (std::int64_t w = 0; w < shape[4]; ++w) {
            to[d * out.layout.stride(2) + h * out.layout.stride(3) + w * out.layout.stride(4)] =
                largest(in, plane, window, {d, h, w});
          }
        }
      }
    }
  }
}

}  // namespace lprnet::kernels
