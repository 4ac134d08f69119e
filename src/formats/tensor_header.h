#pragma once

#include <string>

#include "formats/json_object.h"
#include "graph/weight_map.h"
#include "tensor/shape.h"

namespace lprnet::formats {

// Stands among the tensors of a safetensors header and is none.
inline constexpr const char* kMetadataKey = "__metadata__";

// Throws Error(kFormat) when a file's tensor may not have that name.
void expect_tensor_name(const std::string& name, const std::string& where);

// The keys "dtype" and "shape" of a tensor's entry, in a safetensors header and in a .json model
// file. Both throw Error: kFormat, or kUnsupported for what the engine does not compute with.
graph::DType read_dtype(ObjectReader& entry);
tensor::Shape read_shape(ObjectReader& entry);

}  // namespace lprnet::formats
