#pragma once

#include <map>
#include <string>

#include "base/file_bytes.h"
#include "graph/weight_map.h"

namespace lprnet::formats {

// The content of a .safetensors file: named tensors and free texts.
struct Safetensors {
  graph::WeightMap tensors;
  std::map<std::string, std::string> metadata;
};

// Whether the bytes begin as a .safetensors file does; no JSON text does.
bool looks_like_safetensors(const base::Bytes& file);

// The tensors share the file's bytes. `where` begins every message. Throws Error: kFormat for a
// file that is cut or whose header does not describe every byte of its data exactly once,
// kUnsupported for an element type or a shape outside of what the engine computes with, kLimit.
Safetensors read_safetensors(const base::Bytes& file, const std::string& where,
                             const base::Ledger& ledger = base::Ledger());

// The widest elements first, so that each tensor is aligned to its own, then in the order of the
// names; the data begins at a multiple of 64 bytes. The same content gives the same bytes. `where`
// begins a message. Throws Error: kInvalidArgument for a text that is not UTF-8, kFormat for a name
// that no tensor can have.
std::string write_safetensors(const graph::WeightMap& tensors,
                              const std::map<std::string, std::string>& metadata,
                              const std::string& where);

}  // namespace lprnet::formats
