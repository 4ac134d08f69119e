#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_bytes.h"
#include "tensor/shape.h"
#include "tensor/tensor.h"

namespace lprnet::graph {

enum class DType { kF64, kF32, kF16, kBF16, kI64, kI32, kI16, kI8, kU8, kBool };

std::size_t bytes_of(DType dtype);
std::string_view name_of(DType dtype);  // as safetensors writes it: "F32", "BF16", ...
std::optional<DType> dtype_of(std::string_view name);

// A tensor as a file holds it: dense, row-major, little-endian.
struct RawTensor {
  DType dtype = DType::kF32;
  tensor::Shape shape;
  base::Bytes bytes;  // shape.elements() * bytes_of(dtype), any alignment
};

// Whether to_float() shares the bytes.
bool shares_floats(const RawTensor& raw);
// The values as float32; aligned F32 bytes that are kept alive are shared, all else is converted.
tensor::Tensor to_float(const RawTensor& raw);
RawTensor to_raw(const tensor::Tensor& tensor);

// Tensors by their PyTorch names.
using WeightMap = std::map<std::string, RawTensor>;

}  // namespace lprnet::graph
