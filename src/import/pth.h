#pragma once

#include <string>

#include "base/file_bytes.h"
#include "graph/weight_map.h"

namespace lprnet::importer {

// Whether the bytes begin as a file of torch.save does, in the zip form or as the old stream.
bool looks_like_pth(const base::Bytes& file);

// The weights in a file of torch.save, by name: of a state_dict, of a dict that nests one under a
// usual key among other things, or of a whole pickled module. Names are without the prefixes that
// wrappers add ("module."). Tensors from CUDA are read as any other; dense little-endian ones share
// the file's bytes, all others are gathered. Nothing in the file is ever run.
//
// `where` begins every message. Time and memory are bounded by the file's size, and memory is
// counted. Throws Error: kLimit,
// kFormat for a file that is cut or contradicts itself, kUnsupported with its name for whatever is
// more than weights (functions, sparse and quantised tensors, TorchScript), kInvalidModel when
// there are no weights.
graph::WeightMap read_pth(const base::Bytes& file, const std::string& where,
                          const base::Ledger& ledger = base::Ledger());

}  // namespace lprnet::importer
