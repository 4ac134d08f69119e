#pragma once

#include <string>
#include <vector>

#include "base/file_bytes.h"
#include "graph/weight_map.h"
#include "import/pickled_modules.h"

namespace lprnet::importer {

// Whether the bytes begin as a file of torch.save does, in the zip form or as the old stream.
bool looks_like_pth(const base::Bytes& file);

// What a file of torch.save holds.
struct Checkpoint {
  graph::WeightMap weights;
  std::vector<PickledModule> modules;  // of a network that was pickled whole
  graph::WeightMap transformer;        // a spatial transformer's that lies in the same file
  std::string transformer_key;         // where
};

// Which weights of a file are wanted.
struct Wanted {
  enum class Part { kNetwork, kTransformer };
  Part part = Part::kNetwork;
  std::string key;  // of the dict that holds them; empty: the only ones
};

// The weights in a file of torch.save, by name: of a state_dict, of a dict that holds one among
// other things, or of a whole pickled module. Those that have the names of a known network are
// found under any key, those of another under a usual one. Names are without the prefixes that
// wrappers add ("module."). Tensors from CUDA are read as any other; dense little-endian ones share
// the file's bytes, all others are gathered. Nothing in the file is ever run.
//
// `where` begins every message. Time and memory are bounded by the file's size, and memory is
// counted. Throws Error: kLimit,
// kFormat for a file that is cut or contradicts itself, kUnsupported with its name for whatever is
// more than weights (functions, sparse and quantised tensors, TorchScript), kInvalidModel when
// there are no weights, or, with their keys, several that could be meant.
Checkpoint read_pth(const base::Bytes& file, const std::string& where,
                    const base::Ledger& ledger = base::Ledger(), const Wanted& wanted = {});

}  // namespace lprnet::importer
