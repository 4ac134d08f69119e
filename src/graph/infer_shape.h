#pragma once

#include <vector>

#include "graph/operators.h"
#include "tensor/shape.h"

namespace lprnet::graph {

// The shape that PyTorch 1.13 gives the operator's output. The weights' values must be filled in,
// for their shapes are checked here. Throws Error(kInvalidModel) with what was found and what was
// expected.
tensor::Shape infer_shape(const Op& op, const std::vector<tensor::Shape>& inputs);

// An axis as written, negative ones counted from the end, as 0..rank-1. Throws
// Error(kInvalidModel).
int resolve_axis(std::int64_t axis, int rank);

// The axes that a reduction removes, sorted, without repeats.
std::vector<int> reduced_axes(const Reduce& op, int rank);

// Whether some window of the pool lies in its padding alone, where the maximum is -inf. `in` and
// `out` are the shapes of its input and output.
bool has_empty_window(const MaxPool2d& op, const tensor::Shape& in, const tensor::Shape& out);

struct SliceRange {
  std::int64_t start;
  std::int64_t count;
};
// Python's slicing of a dimension of `size`.
SliceRange resolve_slice(const Slice& op, std::int64_t size);

}  // namespace lprnet::graph
