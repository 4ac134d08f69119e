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

// A share of a step's work: pieces `first` to `last` of `count`.
struct Part {
  int first = 0;
  int last = 1;
  int count = 1;

  // Its stretch of `size` rows, tiles or the like: from begin() to end().
  std::int64_t begin(std::int64_t size) const noexcept { return size * first / count; }
  std::int64_t end(std::int64_t size) const noexcept { return size * last / count; }
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
  // Does the part; all parts together do the step. An element's value does not depend on how the
  // step is cut. Parts that run at the same time have scratch memory of their own.
  virtual void run(const Memory& memory, const Part& part) const noexcept = 0;
  // Whether it can be cut; if not, run() does all of it whatever the part.
  virtual bool is_shared() const noexcept = 0;
};

}  // namespace lprnet::plan
