#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "tensor/shape.h"

namespace lprnet::tensor {

// Dense row-major float32 values that nobody changes any more: weights, constants, a self-test.
// Copies share the values.
class Tensor {
 public:
  Tensor() = default;
  // REQUIRES: values.size() == shape.elements().
  Tensor(const Shape& shape, std::vector<float> values) : shape_(shape) {
    auto owner = std::make_shared<const std::vector<float>>(std::move(values));
    const float* data = owner->data();
    data_ = std::shared_ptr<const float>(std::move(owner), data);
  }
  // Shares `data`, aligned for float, which holds shape.elements() values.
  Tensor(const Shape& shape, std::shared_ptr<const float> data)
      : shape_(shape), data_(std::move(data)) {}

  const Shape& shape() const noexcept { return shape_; }
  const float* data() const noexcept { return data_.get(); }
  std::size_t size() const noexcept { return static_cast<std::size_t>(shape_.elements()); }
  const float* begin() const noexcept { return data(); }
  const float* end() const noexcept { return data() + size(); }
  std::vector<float> to_vector() const { return {begin(), end()}; }

 private:
  Shape shape_;
  std::shared_ptr<const float> data_;
};

}  // namespace lprnet::tensor
