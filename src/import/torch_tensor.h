#pragma once

#include <cstdint>
#include <string>

#include "graph/weight_map.h"
#include "import/pickle.h"
#include "import/torch_file.h"

namespace lprnet::importer {

// Whether the pickle makes a tensor or a parameter with the value.
bool is_tensor(const Pickle& pickle, const PickleValue& value);

// Reads tensors out of their storages: dense little-endian ones share the file's bytes, strided,
// overlapping and big-endian ones are gathered. All that is gathered takes at most four times the
// file's size, so that a small storage repeated by its strides cannot fill the memory.
class TensorReader {
 public:
  // REQUIRES: `file` and `ledger`, which counts what is gathered, outlive the reader.
  TensorReader(const TorchFile& file, const base::Ledger& ledger)
      : file_(file), ledger_(ledger), gather_left_(4 * static_cast<std::uint64_t>(file.size)) {}

  // REQUIRES: is_tensor(value). `name` is for messages. Throws Error: kFormat when the tensor is
  // not inside of its storage or the storage not inside of the file, kUnsupported for types, shapes
  // and kinds of tensors that are not read.
  graph::RawTensor read(const PickleValue& value, const std::string& name);

 private:
  const TorchFile& file_;
  const base::Ledger& ledger_;
  std::uint64_t gather_left_;  // bytes
};

}  // namespace lprnet::importer
