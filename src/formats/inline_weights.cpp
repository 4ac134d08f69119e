#include "formats/inline_weights.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error_text.h"
#include "base/text.h"
#include "formats/json_object.h"
#include "formats/tensor_header.h"

namespace lprnet::formats {
namespace {

// No value when the number is not one of T.
template <typename T>
std::optional<T> number_as(const Json& json) {
  if constexpr (std::is_floating_point_v<T>) {
    double number = 0;
    if (!convert(json, number) || !std::isfinite(static_cast<T>(number))) return std::nullopt;
    return static_cast<T>(number);
  } else {
    std::int64_t number = 0;
    if (!convert(json, number) || number < std::numeric_limits<T>::min() ||
        number > std::numeric_limits<T>::max()) {
      return std::nullopt;
    }
    return static_cast<T>(number);
  }
}

template <typename T>
base::Bytes numbers_in(const Json::array_t& data, std::int64_t highest, const std::string& where,
                       std::string_view dtype) {
  auto values = std::make_shared<std::vector<T>>();
  values->reserve(data.size());
  for (const Json& json : data) {
    const auto number = number_as<T>(json);
    if (!number || (std::is_integral_v<T> && static_cast<std::int64_t>(*number) > highest)) {
      base::fail(ErrorCode::kFormat, where, ": 'data' has ", shown(json), " at ", values->size(),
                 ", expected a number of ", dtype);
    }
    values->push_back(*number);
  }
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(values->data());
  const std::size_t size = values->size() * sizeof(T);
  return {bytes, size, std::move(values)};
}

base::Bytes bytes_in(const Json::array_t& data, graph::DType dtype, const std::string& where) {
  constexpr auto kAny = std::numeric_limits<std::int64_t>::max();
  const auto name = graph::name_of(dtype);
  switch (dtype) {
    case graph::DType::kF64:
      return numbers_in<double>(data, kAny, where, name);
    case graph::DType::kF32:
      return numbers_in<float>(data, kAny, where, name);
    case graph::DType::kI64:
      return numbers_in<std::int64_t>(data, kAny, where, name);
    case graph::DType::kI32:
      return numbers_in<std::int32_t>(data, kAny, where, name);
    case graph::DType::kI16:
      return numbers_in<std::int16_t>(data, kAny, where, name);
    case graph::DType::kI8:
      return numbers_in<std::int8_t>(data, kAny, where, name);
    case graph::DType::kU8:
      return numbers_in<std::uint8_t>(data, kAny, where, name);
    case graph::DType::kBool:
      return numbers_in<std::uint8_t>(data, 1, where, name);
    case graph::DType::kF16:
    case graph::DType::kBF16:
      break;
  }
  base::fail(ErrorCode::kUnsupported, where, ": ", name, " cannot stand in JSON, expected F32");
}

}  // namespace

graph::WeightMap read_inline_weights(const Json& tensors, const std::string& where,
                                     const base::Ledger& ledger) {
  const auto* members = tensors.get_ptr<const Json::object_t*>();
  if (members == nullptr) {
    base::fail(ErrorCode::kFormat, where, ": 'weights': 'tensors' is ", shown(tensors),
               ", expected an object");
  }
  graph::WeightMap weights;
  for (const auto& [name, json] : *members) {
    expect_tensor_name(name, where);
    ObjectReader entry(json, base::cat(where, ": tensor ", base::in_quotes(name)));
    graph::RawTensor tensor;
    tensor.dtype = read_dtype(entry);
    tensor.shape = read_shape(entry);
    const Json& found = entry.get("data");
    entry.refuse_others();
    const auto* data = found.get_ptr<const Json::array_t*>();
    const auto expected = static_cast<std::size_t>(tensor.shape.elements());
    if (data == nullptr || data->size() != expected) {
      entry.refuse("data", found,
                   base::cat("a list of ", expected, " numbers for ", tensor.shape.to_string()));
    }
    ledger.take(tensor.shape.elements() * static_cast<std::int64_t>(graph::bytes_of(tensor.dtype)),
                entry.where());
    tensor.bytes = bytes_in(*data, tensor.dtype, entry.where());
    weights.emplace_hint(weights.end(), name, std::move(tensor));
  }
  return weights;
}

}  // namespace lprnet::formats
