#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"
#include "graph/weight_map.h"
#include "import/pickled_modules.h"

namespace lprnet::importer {

// The networks that are known by their tensors. They are described in models/CHECKPOINTS.md.
enum class Architecture {
  kPublic,             // the public PyTorch edition
  kTransformerInside,  // the same with a small spatial transformer of its own
  kLeaky,              // LeakyReLU, features scaled to unit length and by learned gammas
  kSmall,              // no global context
};

struct KnownNetwork {
  Architecture architecture = Architecture::kPublic;
  // The network stands behind a spatial transformer: names begin with "stn." and "lprnet.".
  bool behind_transformer = false;
  int classes = 0;
  int channels = 3;  // of the input: 3, or 1 for a grey picture
};

// Throws Error(kInvalidModel) when the tensors' names are not an LPRNet's.
KnownNetwork recognize_network(const graph::WeightMap& weights, const std::string& where);

// What the weights do not show.
struct NetworkSettings {
  int width = 94;   // of the input, pixels
  int height = 24;  // of the input, pixels
  bool align_corners = false;
  // Padding 1 in the first convolution of the public edition.
  bool padded_first_layer = false;
};

// The network's graph; nodes have the names of PyTorch's modules. Each plate is divided by the mean
// square of its own features, whatever else is in a batch. The global context of the public edition
// has pools that fit an input of 94x24 alone; padded or with another size, features are averaged
// down to the last feature's size (PyTorch's adaptive_avg_pool2d).
// Throws Error: kInvalidModel when a weight is missing or does not fit, kInvalidArgument for
// settings that the network does not have.
graph::Graph build_network(const KnownNetwork& network, const NetworkSettings& settings,
                           const graph::WeightMap& weights, const std::string& where);

// The tensors of both checkpoints of a pipeline: "stn." and "lprnet." put before their names.
graph::WeightMap join_pipeline(const graph::WeightMap& transformer,
                               const graph::WeightMap& network);
// The network's modules, renamed as its tensors are.
void join_pipeline(std::vector<PickledModule>& network);

}  // namespace lprnet::importer
