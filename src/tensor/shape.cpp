#include "tensor/shape.h"

#include <cassert>

namespace lprnet::tensor {

Shape::Shape(std::initializer_list<std::int64_t> dims) : rank_(static_cast<int>(dims.size())) {
  assert(dims.size() <= kMaxRank);
  std::size_t i = 0;
  for (const std::int64_t size : dims) dims_[i++] = size;
}

std::optional<Shape> Shape::checked(const std::vector<std::int64_t>& dims) {
  if (dims.size() > kMaxRank) return std::nullopt;
  Shape shape;
  std::int64_t elements = 1;
  for (const std::int64_t size : dims) {
    if (size < 1 || size > kMaxElements / elements) return std::nullopt;
    elements *= size;
    shape.dims_[static_cast<std::size_t>(shape.rank_++)] = size;
  }
  return shape;
}

std::int64_t Shape::elements() const noexcept { return elements(0, rank_); }

std::int64_t Shape::elements(int begin, int end) const noexcept {
  std::int64_t product = 1;
  for (int axis = begin; axis < end; ++axis) product *= (*this)[axis];
  return product;
}

Shape Shape::with(int axis, std::int64_t size) const {
  Shape shape = *this;
  shape.dims_[static_cast<std::size_t>(axis)] = size;
  return shape;
}

Shape Shape::without(int axis) const {
  Shape shape;
  for (int i = 0; i < rank_; ++i) {
    if (i != axis) shape.dims_[static_cast<std::size_t>(shape.rank_++)] = (*this)[i];
  }
  return shape;
}

Shape Shape::inserted(int axis, std::int64_t size) const {
  assert(rank_ < kMaxRank);
  Shape shape;
  for (int i = 0; i <= rank_; ++i) {
    if (i == axis) shape.dims_[static_cast<std::size_t>(shape.rank_++)] = size;
    if (i < rank_) shape.dims_[static_cast<std::size_t>(shape.rank_++)] = (*this)[i];
  }
  return shape;
}

std::string Shape::to_string() const {
  std::string text = "[";
  for (int axis = 0; axis < rank_; ++axis) {
    if (axis > 0) text += ',';
    text += std::to_string((*this)[axis]);
  }
  return text + "]";
}

}  // namespace lprnet::tensor
