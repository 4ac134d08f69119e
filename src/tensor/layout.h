#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "tensor/shape.h"

namespace lprnet::tensor {

using Strides = std::array<std::ptrdiff_t, kMaxRank>;  // floats; zero beyond the rank

// Where the elements of a tensor lie behind some first element.
struct Layout {
  Shape shape;
  Strides strides{};

  static Layout row_major(const Shape& shape);
  // (N, C, H, W) with the channels of a pixel together, `pixel` floats from one pixel to the next,
  // and a halo of `pad_h` rows and `pad_w` columns around each plane. REQUIRES: rank 4, pixel >= C.
  static Layout channels_last(const Shape& shape, std::ptrdiff_t pixel, std::int64_t pad_h,
                              std::int64_t pad_w);

  std::ptrdiff_t stride(int axis) const noexcept { return strides[static_cast<std::size_t>(axis)]; }
  Layout permuted(const std::array<int, kMaxRank>& axes) const;
  Layout without(int axis) const;   // REQUIRES: the axis has size 1
  Layout inserted(int axis) const;  // a new axis of size 1
  Layout sliced(int axis, std::int64_t count,
                std::int64_t step) const;  // the start is the caller's
  // The same elements in the same row-major order under another shape, if strides can say it.
  std::optional<Layout> reshaped(const Shape& to) const;
  // As an operand of an operator whose result is `to`, PyTorch's broadcasting: strides of 0.
  Layout broadcast(const Shape& to) const;
};

// A layout and its first element. Never owns.
struct View {
  float* data = nullptr;
  Layout layout;
  const Shape& shape() const noexcept { return layout.shape; }
};
struct ConstView {
  const float* data = nullptr;
  Layout layout;

  ConstView() = default;
  ConstView(const float* values, const Layout& where) : data(values), layout(where) {}
  ConstView(const View& view)
      : data(view.data), layout(view.layout) {}  // NOLINT: as T* to const T*
  const Shape& shape() const noexcept { return layout.shape; }
};

}  // namespace lprnet::tensor
