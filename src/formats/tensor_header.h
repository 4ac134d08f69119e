#pragma once

#include "formats/json_object.h"
#include "graph/weight_map.h"
#include "tensor/shape.h"

namespace lprnet::formats {

// The keys "dtype" and "shape" of a tensor's entry, in a safetensors header and in a .json model
// file. Both throw Error: kFormat, or kUnsupported for what the engine does not compute with.
graph::DType read_dtype(ObjectReader& entry);
tensor::Shape read_shape(ObjectReader& entry);

}  // namespace lprnet::formats
