// Input: a file of torch.save. Every byte of the tensors that are read is there.
#include "import/pth.h"
#include "lprnet/error.hpp"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lprnet;
  try {
    for (const auto& [name, raw] :
         importer::read_pth(fuzz::exact_bytes(data, size), "fuzz", fuzz::small_limits()).weights) {
      fuzz::require(raw.bytes.size ==
                    static_cast<std::size_t>(raw.shape.elements()) * graph::bytes_of(raw.dtype));
      const tensor::Tensor tensor = graph::to_float(raw);
      fuzz::require(tensor.shape() == raw.shape);
    }
  } catch (const Error&) {
  }
  return 0;
}
