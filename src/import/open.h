#pragma once

#include <filesystem>

#include "formats/model_file.h"
#include "lprnet/checkpoint.hpp"

namespace lprnet::importer {

// Reads any file that holds a network, told apart by content: a model file (.safetensors with a
// graph, .json), a PyTorch checkpoint, a .safetensors file of weights alone. Throws Error; also
// kInvalidArgument when `options` are given with a model file, which says all of that itself,
// and kLimit; what is read is counted.
formats::ModelFile open_model_file(const std::filesystem::path& path,
                                   const CheckpointOptions& options,
                                   const base::Ledger& ledger = base::Ledger());

// The same from bytes that are already there; `path` is for messages. A model that names a weights
// file beside it is refused.
formats::ModelFile open_model_bytes(const base::Bytes& bytes, const std::filesystem::path& path,
                                    const CheckpointOptions& options,
                                    const base::Ledger& ledger = base::Ledger());

}  // namespace lprnet::importer
