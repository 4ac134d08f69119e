#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "graph/weight_map.h"
#include "tensor/shape.h"

namespace lprnet::importer {

// A graph that is written down layer by layer around the weights of a checkpoint. Every weight must
// be there with the kernel size that the layer has; the channels are as the weights say. All
// functions throw Error(kInvalidModel) with the node and what was found and expected.
class NetworkBuilder {
 public:
  // REQUIRES: `weights` outlives the builder. `where` begins every message.
  NetworkBuilder(const graph::WeightMap& weights, std::string where)
      : weights_(weights), where_(std::move(where)) {}

  std::string input(std::string name, const tensor::Shape& shape);
  // Adds a node and gives its name back.
  std::string add(const std::string& name, graph::FileOp op, std::vector<std::string> inputs);
  // The shape of a value that was added.
  const tensor::Shape& shape_of(const std::string& value) const { return shapes_.at(value); }
  void expect_kernel(const std::string& weight, const graph::Pair& kernel) const;

  graph::Graph finish(std::string output) &&;

 private:
  const graph::RawTensor& weight(const std::string& name) const;

  const graph::WeightMap& weights_;
  std::string where_;
  graph::Graph graph_;
  std::map<std::string, tensor::Shape> shapes_;
};

inline constexpr graph::Activation kRelu{graph::ActivationKind::kRelu};
inline constexpr graph::Activation kLeakyRelu{graph::ActivationKind::kLeakyRelu, 0.01};

// Where a convolution or a pool is laid.
struct Window {
  graph::Pair stride{1, 1};
  graph::Pair padding{0, 0};
};

// Layers one after the other, numbered as in nn.Sequential: "backbone.0", "backbone.1", ...
class Sequential {
 public:
  Sequential(NetworkBuilder& network, std::string name, std::string input)
      : network_(network), name_(std::move(name)), value_(std::move(input)) {}

  Sequential& conv(graph::Pair kernel, Window window = {});
  Sequential& linear();
  Sequential& norm();
  Sequential& act(const graph::Activation& activation = kRelu);
  Sequential& max_pool(graph::Pair kernel, Window window);
  // 1x3x3 over (channels, height, width).
  Sequential& max_pool3d(graph::Triple stride);
  Sequential& dropout();
  // LPRNet's small basic block: 1x1, 3x1, 1x3 and 1x1 convolutions, as "NAME.block.0", ...;
  // `normalised`: with a BatchNorm at its end.
  Sequential& block(const graph::Activation& activation, bool normalised = false);

  // The name of the last layer's value.
  const std::string& value() const noexcept { return value_; }

 private:
  Sequential& add(graph::FileOp op);
  std::string next() const { return name_ + "." + std::to_string(index_); }

  NetworkBuilder& network_;
  std::string name_;
  std::string value_;
  int index_ = 0;
};

}  // namespace lprnet::importer
