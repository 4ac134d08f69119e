#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/file_bytes.h"
#include "formats/safetensors.h"
#include "graph/graph.h"
#include "graph/weight_map.h"
#include "lprnet/description.hpp"

namespace lprnet::formats {

// Under which a .safetensors file's metadata holds the graph document.
inline constexpr const char* kGraphKey = "lprnet.graph";

struct SelfTest {
  graph::RawTensor input;
  std::vector<graph::RawTensor> outputs;  // as the graph's
  std::string origin;
  double tolerance = 1e-4;
};

// A whole model file, parsed but not validated.
struct ModelFile {
  std::string where;  // the file's name, for messages
  graph::Graph graph;
  graph::WeightMap weights;  // without the self-test's tensors
  Description description;
  std::optional<SelfTest> self_test;
};

// Whether a file can be a model file, or the tensors of one, by its first bytes.
bool looks_like_model_file(const base::Bytes& head);

// Reads a .safetensors or .json model file, told apart by content. What it takes is counted. Throws
// Error.
ModelFile read_model_file(const std::filesystem::path& path,
                          const base::Ledger& ledger = base::Ledger());

// Whether a .json model's weights file is read from the model's folder, or refused because the
// bytes are in no folder.
enum class WeightsFile { kBeside, kRefused };

// The same from bytes that are already there; `path` is for messages and for that folder.
ModelFile parse_model_file(const base::Bytes& bytes, const std::filesystem::path& path,
                           const base::Ledger& ledger = base::Ledger(),
                           WeightsFile weights_file = WeightsFile::kBeside);

// The same from a .safetensors file whose header is read already; `where` is its name for messages.
ModelFile model_file_from(Safetensors content, const std::string& where,
                          const base::Ledger& ledger = base::Ledger());

// The same content as a .safetensors file; the same input gives the same bytes.
// Throws Error(kInvalidArgument) for what a file cannot say: text that is not UTF-8, a number that
// is not finite, an operator without a weight that it needs.
std::string write_model_file(const ModelFile& file);

}  // namespace lprnet::formats
