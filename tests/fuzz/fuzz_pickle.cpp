// Input: the pickle of a file of torch.save, with a few storages beside it.
#include <cstring>

#include "import/pickle.h"
#include "import/state_dict.h"
#include "import/torch_file.h"
#include "import/torch_tensor.h"
#include "lprnet/error.hpp"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lprnet;
  importer::TorchFile file;
  file.where = "fuzz";
  file.size = size;
  file.big_endian = size % 2 != 0;
  for (const char* key : {"0", "1", "2", "3"}) {
    const std::string bytes(8U << (2 * (key[0] - '0')), '\x3f');
    file.storages.emplace(key, fuzz::exact_bytes(bytes));
  }
  try {
    file.pickle = importer::read_pickle(fuzz::exact_bytes(data, size), "fuzz");
    const base::Ledger ledger;
    importer::TensorReader tensors(file, ledger);
    for (const auto& group : importer::find_weights(file.pickle, file.where)) {
      for (const auto& [name, value] : group.weights) graph::to_float(tensors.read(*value, name));
    }
  } catch (const Error&) {
  }
  return 0;
}
