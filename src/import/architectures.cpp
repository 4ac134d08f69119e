#include "import/architectures.h"

#include <array>
#include <utility>
#include <vector>

#include "base/error_text.h"
#include "base/text.h"
#include "import/network_builder.h"

namespace lprnet::importer {
namespace {

using graph::BinaryKind;
using graph::ReduceKind;

constexpr const char* kTransformerPrefix = "stn.";
constexpr const char* kNetworkPrefix = "lprnet.";
constexpr int kOwnWidth = 94;
constexpr int kOwnHeight = 24;

struct Pool {
  graph::Pair kernel;
  graph::Pair stride;
};
constexpr std::array<Pool, 3> kPublicPools{{{{5, 5}, {5, 5}}, {{5, 5}, {5, 5}}, {{4, 10}, {4, 2}}}};
constexpr std::array<Pool, 3> kLeakyPools{{{{9, 19}, {3, 4}}, {{9, 19}, {3, 4}}, {{7, 9}, {3, 2}}}};

bool has(const graph::WeightMap& weights, const std::string& name) {
  return weights.find(name) != weights.end();
}

// The names of a network's parts, and of the values in between.
class Names {
 public:
  explicit Names(bool behind_transformer) : prefix_(behind_transformer ? kNetworkPrefix : "") {}
  std::string operator()(const std::string& name) const { return prefix_ + name; }

 private:
  std::string prefix_;
};

// The values behind the layers that the global context looks at.
using Features = std::vector<std::string>;

Features add_backbone(NetworkBuilder& network, const Names& names, const std::string& input,
                      const graph::Activation& act, bool padded, graph::Pair last_stride) {
  const std::int64_t padding = padded ? 1 : 0;
  Features features;
  Sequential s(network, names("backbone"), input);
  s.conv({3, 3}, {.padding = {padding, padding}}).norm().act(act);
  features.push_back(s.value());
  s.max_pool3d({1, 1, 1}).block(act).norm().act(act);
  features.push_back(s.value());
  s.max_pool3d({2, 1, 2}).block(act).norm().act(act).block(act).norm().act(act);
  features.push_back(s.value());
  s.max_pool3d({4, 1, 2}).dropout().conv({1, 4}).norm().act(act).dropout();
  s.conv({13, 1}, {.stride = last_stride}).norm().act(act);
  features.push_back(s.value());
  return features;
}

std::string add_average(NetworkBuilder& network, const std::string& name, const std::string& input,
                        const Pool& pool) {
  graph::AvgPool2d average;
  average.kernel_size = pool.kernel;
  average.stride = pool.stride;
  return network.add(name, average, {input});
}

graph::Binary with_number(BinaryKind kind, double other) {
  graph::Binary binary;
  binary.kind = kind;
  binary.other = other;
  return binary;
}

graph::Reduce over(ReduceKind kind, std::vector<std::int64_t> axes, bool keepdim) {
  return {kind, std::move(axes), keepdim};
}

// Concatenation, a 1x1 convolution and the mean over the height.
std::string add_container(NetworkBuilder& network, const Names& names, Features context) {
  const auto joined = network.add(names("context"), graph::Concat{1}, std::move(context));
  Sequential container(network, names("container"), joined);
  container.conv({1, 1});
  return network.add(names("logits"), over(ReduceKind::kMean, {2}, false), {container.value()});
}

std::string add_public(NetworkBuilder& network, const Names& names, const std::string& input,
                       const NetworkSettings& settings) {
  Features context =
      add_backbone(network, names, input, kRelu, settings.padded_first_layer, {1, 1});
  const bool own_size = settings.width == kOwnWidth && settings.height == kOwnHeight;
  const tensor::Shape last = network.shape_of(context.back());
  for (std::size_t i = 0; i < context.size(); ++i) {
    std::string& feature = context[i];
    const auto name = names("context." + std::to_string(i));
    if (settings.padded_first_layer || !own_size) {
      feature = network.add(name + ".pool", graph::AdaptivePool2d{{last[2], last[3]}}, {feature});
    } else if (i < kPublicPools.size()) {
      feature = add_average(network, name + ".pool", feature, kPublicPools[i]);
    }
    const auto square = network.add(name + ".square", with_number(BinaryKind::kPow, 2), {feature});
    const auto mean =
        network.add(name + ".mean", over(ReduceKind::kMean, {1, 2, 3}, true), {square});
    feature = network.add(name, graph::Binary{BinaryKind::kDiv, {}, {}}, {feature, mean});
  }
  return add_container(network, names, std::move(context));
}

std::string add_leaky(NetworkBuilder& network, const Names& names, const std::string& input) {
  Features context = add_backbone(network, names, input, kLeakyRelu, false, {2, 1});
  for (std::size_t i = 0; i < context.size(); ++i) {
    std::string& feature = context[i];
    const auto name = names("context." + std::to_string(i));
    if (i < kLeakyPools.size()) {
      feature = add_average(network, name + ".pool", feature, kLeakyPools[i]);
    }
    const auto square = network.add(name + ".square", with_number(BinaryKind::kPow, 2), {feature});
    const auto sum = network.add(name + ".sum", over(ReduceKind::kSum, {1}, true), {square});
    const auto root =
        network.add(name + ".root", graph::Activation{graph::ActivationKind::kSqrt}, {sum});
    const auto length = network.add(name + ".length", with_number(BinaryKind::kAdd, 1e-10), {root});
    const auto unit =
        network.add(name + ".unit", graph::Binary{BinaryKind::kDiv, {}, {}}, {feature, length});
    const auto gamma = names("gammas." + std::to_string(i));
    network.add(gamma, graph::Constant{{gamma, {}}}, {});
    const auto row = network.add(gamma + ".row", graph::Reshape{{1, -1, 1, 1}}, {gamma});
    feature = network.add(name, graph::Binary{BinaryKind::kMul, {}, {}}, {unit, row});
  }
  return add_container(network, names, std::move(context));
}

std::string add_small(NetworkBuilder& network, const Names& names, const std::string& input) {
  Sequential s(network, names("backbone"), input);
  s.conv({3, 3}).norm().act().max_pool({3, 3}, {});
  s.block(kRelu, true).act().max_pool({3, 3}, {.stride = {2, 1}, .padding = {1, 1}});
  s.block(kRelu, true).act().block(kRelu, true).act();
  s.max_pool({3, 3}, {.stride = {2, 2}, .padding = {1, 1}}).dropout();
  s.conv({1, 4}).norm().act().max_pool({1, 7}, {.stride = {1, 2}}).dropout();
  s.conv({9, 1});
  return network.add(names("logits"), graph::Squeeze{2}, {s.value()});
}

// The sizes of a spatial transformer's two convolutions and of the pool behind the second.
struct TransformerKernels {
  graph::Pair first;
  graph::Pair second;
  graph::Pair pool;
};

std::string add_transformer(NetworkBuilder& network, const std::string& prefix,
                            const std::string& input, const TransformerKernels& kernels,
                            bool align_corners) {
  Sequential localization(network, prefix + "localization", input);
  localization.conv(kernels.first).max_pool({2, 2}, {.stride = {2, 2}}).act();
  localization.conv(kernels.second).max_pool(kernels.pool, {.stride = kernels.pool}).act();
  const auto flat = network.add(prefix + "flatten", graph::Flatten{1, -1}, {localization.value()});
  Sequential regression(network, prefix + "fc_loc", flat);
  regression.linear().act().linear();
  const auto theta =
      network.add(prefix + "theta", graph::Reshape{{-1, 2, 3}}, {regression.value()});
  graph::AffineGrid affine{network.shape_of(input).to_vector(), align_corners};
  const auto grid = network.add(prefix + "grid", std::move(affine), {theta});
  graph::GridSample sample;
  sample.align_corners = align_corners;
  return network.add(prefix + "sampled", sample, {input, grid});
}

Architecture architecture_of(const graph::WeightMap& weights, const Names& names,
                             const std::string& where) {
  if (!has(weights, names("backbone.0.weight"))) {
    if (has(weights, names("localization.0.weight"))) {
      base::fail(ErrorCode::kInvalidModel, where,
                 ": is a spatial transformer alone; it goes with the LPRNet checkpoint behind it");
    }
    std::string some;
    for (const auto& [name, tensor] : weights) {
      if (some.size() > 120) break;
      some += (some.empty() ? "" : ", ") + base::in_quotes(name);
    }
    base::fail(ErrorCode::kInvalidModel, where,
               ": is not a known LPRNet's weights: no 'backbone.0.weight', there is ", some,
               "; tools/export turns any network into a model file from its Python source");
  }
  if (has(weights, names("localization.0.weight"))) return Architecture::kTransformerInside;
  if (has(weights, names("gammas.0"))) return Architecture::kLeaky;
  if (has(weights, names("container.0.weight"))) return Architecture::kPublic;
  if (has(weights, names("backbone.18.weight"))) return Architecture::kSmall;
  base::fail(
      ErrorCode::kInvalidModel, where,
      ": begins as an LPRNet's weights do, but has neither 'container.0.weight' nor "
      "'backbone.18.weight'; tools/export turns any network into a model file from its Python "
      "source");
}

// The input channels of the first convolution that a picture goes through.
int channels_of(const graph::WeightMap& weights, const std::string& first,
                const std::string& where) {
  const auto found = weights.find(first);
  const bool is_kernel = found != weights.end() && found->second.shape.rank() == 4;
  const std::int64_t channels = is_kernel ? found->second.shape[1] : 3;
  if (channels != 1 && channels != 3) {
    base::fail(ErrorCode::kInvalidModel, where, ": '", first, "' is ",
               found->second.shape.to_string(),
               ", expected 3 input channels, or 1 for grey pictures");
  }
  return static_cast<int>(channels);
}

}  // namespace

KnownNetwork recognize_network(const graph::WeightMap& weights, const std::string& where) {
  KnownNetwork network;
  network.behind_transformer =
      has(weights, std::string(kTransformerPrefix) + "localization.0.weight");
  const Names names(network.behind_transformer);
  network.architecture = architecture_of(weights, names, where);
  const auto last = network.architecture == Architecture::kSmall ? names("backbone.18.weight")
                                                                 : names("container.0.weight");
  const auto found = weights.find(last);
  if (found == weights.end() || found->second.shape.rank() != 4) {
    base::fail(ErrorCode::kInvalidModel, where, ": '", last, "' is ",
               found == weights.end() ? "missing" : found->second.shape.to_string(),
               ", expected a convolution's weights");
  }
  network.classes = static_cast<int>(found->second.shape[0]);
  std::string first = names("backbone.0.weight");
  if (network.architecture == Architecture::kTransformerInside) {
    first = names("localization.0.weight");
  }
  if (network.behind_transformer) first = std::string(kTransformerPrefix) + "localization.0.weight";
  network.channels = channels_of(weights, first, where);
  return network;
}

graph::Graph build_network(const KnownNetwork& known, const NetworkSettings& settings,
                           const graph::WeightMap& weights, const std::string& where) {
  if (settings.padded_first_layer && known.architecture != Architecture::kPublic) {
    base::fail(ErrorCode::kInvalidArgument, where,
               ": a padded first layer is known of the public edition alone");
  }
  const auto shape = tensor::Shape::checked({1, known.channels, settings.height, settings.width});
  if (!shape) {
    base::fail(ErrorCode::kInvalidArgument, where, ": the input size ", settings.width, "x",
               settings.height, " is outside the limits");
  }
  NetworkBuilder network(weights, where);
  std::string value = network.input("input", *shape);
  if (known.behind_transformer) {
    value = add_transformer(network, kTransformerPrefix, value, {{3, 3}, {5, 5}, {3, 3}},
                            settings.align_corners);
  }
  const Names names(known.behind_transformer);
  switch (known.architecture) {
    case Architecture::kTransformerInside:
      value = add_transformer(network, names(""), value, {{7, 7}, {5, 5}, {2, 2}},
                              settings.align_corners);
      [[fallthrough]];
    case Architecture::kPublic:
      value = add_public(network, names, value, settings);
      break;
    case Architecture::kLeaky:
      value = add_leaky(network, names, value);
      break;
    case Architecture::kSmall:
      value = add_small(network, names, value);
      break;
  }
  return std::move(network).finish(value);
}

graph::WeightMap join_pipeline(const graph::WeightMap& transformer,
                               const graph::WeightMap& network) {
  graph::WeightMap joined;
  for (const auto& [name, tensor] : transformer) {
    joined.emplace(kTransformerPrefix + name, tensor);
  }
  for (const auto& [name, tensor] : network) joined.emplace(kNetworkPrefix + name, tensor);
  return joined;
}

void join_pipeline(std::vector<PickledModule>& network) {
  for (PickledModule& module : network) {
    if (!module.path.empty()) module.path.insert(0, kNetworkPrefix);
  }
}

}  // namespace lprnet::importer
