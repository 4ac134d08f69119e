// Input: the header's text, a zero byte, the data; the length before them is made here, so that
// mutations reach the header. What is read is written and read again.
#include <algorithm>
#include <string>

#include "formats/safetensors.h"
#include "lprnet/error.hpp"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lprnet;
  const std::uint8_t* end = data + size;
  const std::uint8_t* zero = std::find(data, end, std::uint8_t{0});
  const auto length = static_cast<std::size_t>(zero - data);
  std::string file;
  for (int i = 0; i < 8; ++i) file.push_back(static_cast<char>((length >> (8 * i)) & 0xFFU));
  file.append(data, zero);
  if (zero != end) file.append(zero + 1, end);

  formats::Safetensors content;
  try {
    content = formats::read_safetensors(fuzz::exact_bytes(file), "fuzz");
  } catch (const Error&) {
    return 0;
  }
  const auto written = formats::write_safetensors(content.tensors, content.metadata, "fuzz");
  const auto again = formats::read_safetensors(fuzz::exact_bytes(written), "fuzz");
  fuzz::require(again.metadata == content.metadata);
  fuzz::require(again.tensors.size() == content.tensors.size());
  for (const auto& [name, tensor] : content.tensors) {
    const auto& copy = again.tensors.at(name);
    fuzz::require(copy.dtype == tensor.dtype && copy.shape == tensor.shape);
    fuzz::require(std::equal(tensor.bytes.data, tensor.bytes.data + tensor.bytes.size,
                             copy.bytes.data, copy.bytes.data + copy.bytes.size));
    graph::to_float(tensor);
  }
  return 0;
}
