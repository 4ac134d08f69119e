#pragma once

#include <optional>
#include <string_view>

#include "graph/weight_map.h"

namespace lprnet::importer {

// The element type of "torch.FloatStorage" or "torch.cuda.FloatStorage" and their like; kU8 for an
// untyped storage, as in PyTorch.
std::optional<graph::DType> dtype_of_storage(std::string_view name);

// The element type that PyTorch calls "torch.float32" and so on.
std::optional<graph::DType> dtype_of_torch(std::string_view name);

}  // namespace lprnet::importer
