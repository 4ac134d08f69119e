#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "graph/operators.h"
#include "tensor/shape.h"

// PyTorch's MaxPool3d, which a file may name and a valid graph does not have: it is a slice or
// poolings in two dimensions.
namespace lprnet::graph {

using Triple = std::array<std::int64_t, 3>;  // depth, height, width

struct MaxPool3d {
  Triple kernel_size{};
  Triple stride{};
  Triple padding{0, 0, 0};
  Triple dilation{1, 1, 1};
  bool ceil_mode = false;
};

// What a node of a file does.
using FileOp = std::variant<Op, MaxPool3d>;

inline std::string_view name_of(const MaxPool3d& /*op*/) { return "max_pool3d"; }

// As infer_shape() of an Op.
tensor::Shape infer_shape(const MaxPool3d& op, const std::vector<tensor::Shape>& inputs);

// The same as operators that each read the one before, the first of them the input. The last has
// the name `name`. Throws as infer_shape().
struct NamedOp {
  std::string name;
  Op op;
};
std::vector<NamedOp> in_two_dimensions(const MaxPool3d& op, const std::string& name,
                                       const std::vector<tensor::Shape>& inputs);

}  // namespace lprnet::graph
