#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/file_bytes.h"
#include "graph/weight_map.h"
#include "import/pickle.h"

namespace lprnet::importer {

// What both containers of torch.save hold: a pickle, and the storages that it refers to.
struct TorchFile {
  std::string where;  // the file's name, for messages
  std::size_t size = 0;
  Pickle pickle;
  std::map<std::string, base::Bytes, std::less<>> storages;  // by key; of the file, or of a copy
  bool big_endian = false;                                   // the storages' elements
};

bool looks_like_torch_stream(const base::Bytes& file);

// Both throw Error: kFormat, kUnsupported, kLimit.
TorchFile read_torch_zip(const base::Bytes& file, const std::string& where,
                         const base::Ledger& ledger = base::Ledger());
TorchFile read_torch_stream(const base::Bytes& file, const std::string& where,
                            const base::Ledger& ledger = base::Ledger());

// How a pickle refers to a storage, and to which part of it.
struct StorageId {
  std::string_view key;
  graph::DType dtype = graph::DType::kF32;
  std::int64_t count = 0;   // elements of the whole storage
  std::int64_t offset = 0;  // of the part, in elements
  std::int64_t length = 0;  // of the part, in elements
};

// Throws Error: kFormat when the value is no reference to a storage or the part is not inside of
// it, kUnsupported for an unknown element type.
StorageId read_storage_id(const Pickle& pickle, const PickleValue& value, const std::string& where);

// `value` as an integer of at least 0. Throws Error(kFormat) that calls it `what`.
std::int64_t read_count(const PickleValue& value, const char* what, const std::string& where);

}  // namespace lprnet::importer
