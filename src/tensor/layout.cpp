#include "tensor/layout.h"

#include <cassert>

namespace lprnet::tensor {

Layout Layout::row_major(const Shape& shape) {
  Layout layout{shape, {}};
  std::ptrdiff_t stride = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    layout.strides[static_cast<std::size_t>(axis)] = stride;
    stride *= shape[axis];
  }
  return layout;
}

Layout Layout::channels_last(const Shape& shape, std::ptrdiff_t pixel, std::int64_t pad_h,
                             std::int64_t pad_w) {
  assert(shape.rank() == 4 && pixel >= shape[1]);
  const std::ptrdiff_t row = (shape[3] + 2 * pad_w) * pixel;
  return {shape, {(shape[2] + 2 * pad_h) * row, 1, row, pixel, 0, 0}};
}

Layout Layout::permuted(const std::array<int, kMaxRank>& axes) const {
  Layout result = *this;
  for (int i = 0; i < shape.rank(); ++i) {
    const int from = axes[static_cast<std::size_t>(i)];
    result.shape = result.shape.with(i, shape[from]);
    result.strides[static_cast<std::size_t>(i)] = stride(from);
  }
  return result;
}

Layout Layout::without(int axis) const {
  Layout result{shape.without(axis), {}};
  for (int i = 0, to = 0; i < shape.rank(); ++i) {
    if (i != axis) result.strides[static_cast<std::size_t>(to++)] = stride(i);
  }
  return result;
}

Layout Layout::inserted(int axis) const {
  Layout result{shape.inserted(axis, 1), {}};
  for (int i = 0, from = 0; i < result.shape.rank(); ++i) {
    if (i != axis) result.strides[static_cast<std::size_t>(i)] = stride(from++);
  }
  return result;
}

Layout Layout::sliced(int axis, std::int64_t count, std::int64_t step) const {
  Layout result{shape.with(axis, count), strides};
  result.strides[static_cast<std::size_t>(axis)] *= step;
  return result;
}

std::optional<Layout> Layout::reshaped(const Shape& to) const {
  // Walks both shapes from the inside: a stretch of old axes that is evenly spaced can be cut anew.
  Layout result{to, {}};
  int axis = to.rank() - 1;
  int from = shape.rank() - 1;
  while (from >= 0) {
    if (shape[from] == 1) {
      --from;
      continue;
    }
    std::ptrdiff_t spacing = stride(from);
    std::int64_t elements = shape[from];
    for (--from; from >= 0 && (shape[from] == 1 || stride(from) == spacing * elements); --from) {
      elements *= shape[from];
    }
    // `elements` evenly spaced floats: as many new axes as they fill.
    while (axis >= 0 && (elements > 1 || to[axis] == 1)) {
      if (elements % to[axis] != 0) return std::nullopt;
      result.strides[static_cast<std::size_t>(axis)] = spacing;
      spacing *= to[axis];
      elements /= to[axis];
      --axis;
    }
    if (elements != 1) return std::nullopt;
  }
  return result;  // axes that are left have size 1
}

Layout Layout::broadcast(const Shape& to) const {
  Layout result{to, {}};
  const int added = to.rank() - shape.rank();
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == to[axis + added]) {
      const int place = axis + added;
      result.strides[static_cast<std::size_t>(place)] = stride(axis);
    }
  }
  return result;
}

}  // namespace lprnet::tensor
