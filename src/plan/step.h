#pragma once

#include <cstddef>
#include <cstdint>

#include "plan/memory.h"

namespace lprnet::plan {

// A rectangle of output pixels.
struct Pixels {
  std::int64_t row;
  std::int64_t rows;
  std::int64_t col;
  std::int64_t cols;

  // Floats from the image's first pixel to the first of these.
  std::ptrdiff_t offset(std::ptrdiff_t row_stride, std::ptrdiff_t col_stride) const noexcept {
    return row * row_stride + col * col_stride;
  }
};

// Which of `count` threads that run a plan together this one is.
struct Part {
  int index = 0;
  int count = 1;

  // Its stretch of `pieces` pieces of work: from begin() to end().
  std::int64_t begin(std::int64_t pieces) const noexcept { return pieces * index / count; }
  std::int64_t end(std::int64_t pieces) const noexcept { return pieces * (index + 1) / count; }
  // Its stretch of rows, or of columns where there are few rows.
  Pixels of(std::int64_t rows, std::int64_t cols) const noexcept {
    if (rows < count) return {0, rows, begin(cols), end(cols) - begin(cols)};
    return {begin(rows), end(rows) - begin(rows), 0, cols};
  }
};

// One unit of work of a plan: a kernel with its weights, immutable and shared by all sessions.
class Step {
 public:
  Step() = default;
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;
  virtual ~Step() = default;
  // Does the part's share; all parts together do the step. An element's value does not depend on
  // how many there are.
  virtual void run(const Memory& memory, const Part& part) const noexcept = 0;
  // Whether others than the first part have anything to do.
  virtual bool is_shared() const noexcept = 0;
};

}  // namespace lprnet::plan
