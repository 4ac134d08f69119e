#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace lprnet::tensor {

inline constexpr int kMaxRank = 6;
inline constexpr std::int64_t kMaxElements = std::int64_t{1} << 28;

// The sizes of a tensor's dimensions, outermost first. Rank 0 is a scalar. A value.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<std::int64_t> dims);

  // No value when the rank is over kMaxRank, a dimension is below 1, or there are more than
  // kMaxElements elements: what a file may claim.
  static std::optional<Shape> checked(const std::vector<std::int64_t>& dims);

  int rank() const noexcept { return rank_; }
  std::int64_t operator[](int axis) const noexcept { return dims_[static_cast<std::size_t>(axis)]; }
  std::int64_t elements() const noexcept;
  // The product of the dimensions from `begin` up to, not including, `end`.
  std::int64_t elements(int begin, int end) const noexcept;

  Shape with(int axis, std::int64_t size) const;
  Shape without(int axis) const;
  Shape inserted(int axis, std::int64_t size) const;
  std::vector<std::int64_t> to_vector() const { return {dims_.begin(), dims_.begin() + rank_}; }
  std::string to_string() const;  // "[1,3,24,94]"

  friend bool operator==(const Shape& a, const Shape& b) noexcept {
    return a.rank_ == b.rank_ && a.dims_ == b.dims_;
  }
  friend bool operator!=(const Shape& a, const Shape& b) noexcept { return !(a == b); }

 private:
  std::array<std::int64_t, kMaxRank> dims_{};  // zero beyond the rank
  int rank_ = 0;
};

}  // namespace lprnet::tensor
