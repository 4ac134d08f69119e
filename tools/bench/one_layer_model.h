#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lprnet/model.hpp"

namespace bench {

// One of LPRNet's layers, alone in a network: a convolution with ReLU, or a pool.
struct Layer {
  const char* name;
  const char* op;                // "conv2d", "max_pool2d" or "avg_pool2d"
  std::int64_t inputs, outputs;  // channels
  std::int64_t height, width;    // of the input
  std::int64_t kernel_height, kernel_width;
  std::int64_t stride_height = 1, stride_width = 1;
  std::int64_t pad_height = 0, pad_width = 0;
};

// The layers of the public edition in order, and those of them that have fewer channels once a
// public checkpoint's constant channels are removed: odd counts, as pruning leaves them.
const std::vector<Layer>& dense_layers();
const std::vector<Layer>& pruned_layers();

// A model of that layer with seeded weights, run by `isa`.
std::shared_ptr<const lprnet::Model> load_one_layer(const Layer& layer, const std::string& isa);

}  // namespace bench
