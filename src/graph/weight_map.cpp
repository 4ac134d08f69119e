#include "graph/weight_map.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace lprnet::graph {
namespace {

struct DTypeFacts {
  DType dtype;
  std::string_view name;
  std::size_t bytes;
};

constexpr std::array<DTypeFacts, 10> kDTypes{{
    {DType::kF64, "F64", 8},
    {DType::kF32, "F32", 4},
    {DType::kF16, "F16", 2},
    {DType::kBF16, "BF16", 2},
    {DType::kI64, "I64", 8},
    {DType::kI32, "I32", 4},
    {DType::kI16, "I16", 2},
    {DType::kI8, "I8", 1},
    {DType::kU8, "U8", 1},
    {DType::kBool, "BOOL", 1},
}};

const DTypeFacts& facts(DType dtype) { return kDTypes[static_cast<std::size_t>(dtype)]; }

float float_from_bits(std::uint32_t bits) {
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// IEEE 754 binary16; every value of it is a float32.
float float_from_half(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000U) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1FU;
  const std::uint32_t mantissa = half & 0x3FFU;
  if (exponent == 0x1FU) return float_from_bits(sign | 0x7F800000U | (mantissa << 13));
  if (exponent != 0) return float_from_bits(sign | ((exponent + 112U) << 23) | (mantissa << 13));
  const float magnitude = static_cast<float>(mantissa) * 0x1p-24F;
  return sign != 0 ? -magnitude : magnitude;
}

template <typename Stored, typename Convert>
std::vector<float> converted(const RawTensor& raw, Convert convert) {
  std::vector<float> values(static_cast<std::size_t>(raw.shape.elements()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, raw.bytes.data + i * sizeof stored, sizeof stored);
    values[i] = convert(stored);
  }
  return values;
}

template <typename Stored>
std::vector<float> cast(const RawTensor& raw) {
  return converted<Stored>(raw, [](Stored value) { return static_cast<float>(value); });
}

std::vector<float> values_of(const RawTensor& raw) {
  switch (raw.dtype) {
    case DType::kF64:
      return cast<double>(raw);
    case DType::kF32:
      return cast<float>(raw);
    case DType::kF16:
      return converted<std::uint16_t>(raw, float_from_half);
    case DType::kBF16:
      return converted<std::uint16_t>(raw, [](std::uint16_t b) {
        return float_from_bits(static_cast<std::uint32_t>(b) << 16);
      });
    case DType::kI64:
      return cast<std::int64_t>(raw);
    case DType::kI32:
      return cast<std::int32_t>(raw);
    case DType::kI16:
      return cast<std::int16_t>(raw);
    case DType::kI8:
      return cast<std::int8_t>(raw);
    case DType::kU8:
      return cast<std::uint8_t>(raw);
    case DType::kBool:
      return converted<std::uint8_t>(raw, [](std::uint8_t b) { return b != 0 ? 1.0F : 0.0F; });
  }
  return {};
}

}  // namespace

std::size_t bytes_of(DType dtype) { return facts(dtype).bytes; }

std::string_view name_of(DType dtype) { return facts(dtype).name; }

std::optional<DType> dtype_of(std::string_view name) {
  for (const DTypeFacts& entry : kDTypes) {
    if (entry.name == name) return entry.dtype;
  }
  return std::nullopt;
}

bool shares_floats(const RawTensor& raw) {
  const bool aligned = reinterpret_cast<std::uintptr_t>(raw.bytes.data) % alignof(float) == 0;
  return raw.dtype == DType::kF32 && aligned && raw.bytes.keeper != nullptr;
}

tensor::Tensor to_float(const RawTensor& raw) {
  if (shares_floats(raw)) {
    const auto* data = reinterpret_cast<const float*>(raw.bytes.data);
    return {raw.shape, std::shared_ptr<const float>(raw.bytes.keeper, data)};
  }
  return {raw.shape, values_of(raw)};
}

RawTensor to_raw(const tensor::Tensor& tensor) {
  auto keeper = std::make_shared<tensor::Tensor>(tensor);
  const auto* data = reinterpret_cast<const std::uint8_t*>(keeper->data());
  const std::size_t size = keeper->size() * sizeof(float);
  return {DType::kF32, tensor.shape(), {data, size, std::move(keeper)}};
}

}  // namespace lprnet::graph
