#include "one_layer_model.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>

namespace bench {
namespace {

using nlohmann::json;

constexpr unsigned kSeed = 7;

json random_tensor(std::vector<std::int64_t> shape, std::mt19937& generator) {
  std::int64_t count = 1;
  for (const auto size : shape) count *= size;
  std::uniform_real_distribution<float> values(-0.1F, 0.1F);
  json data = json::array();
  for (std::int64_t i = 0; i < count; ++i) data.push_back(values(generator));
  return {{"dtype", "F32"}, {"shape", std::move(shape)}, {"data", std::move(data)}};
}

json document(const Layer& layer) {
  std::mt19937 generator(kSeed);
  json node = {{"name", "layer"}, {"op", layer.op}, {"inputs", {"input"}}};
  node["stride"] = {layer.stride_height, layer.stride_width};
  json nodes = json::array();
  json tensors = json::object();
  std::string output = "layer";
  if (node["op"] == "conv2d") {
    node["padding"] = {layer.pad_height, layer.pad_width};
    node["weight"] = "weight";
    node["bias"] = "bias";
    const std::vector<std::int64_t> shape{layer.outputs, layer.inputs, layer.kernel_height,
                                          layer.kernel_width};
    tensors["weight"] = random_tensor(shape, generator);
    tensors["bias"] = random_tensor({layer.outputs}, generator);
    nodes = {node, {{"name", "relu"}, {"op", "relu"}, {"inputs", {"layer"}}}};
    output = "relu";
  } else {
    node["kernel_size"] = {layer.kernel_height, layer.kernel_width};
    nodes = {node};
  }
  return {
      {"format", "lprnet.graph"},
      {"version", 1},
      {"name", layer.name},
      {"inputs", {{{"name", "input"}, {"shape", {1, layer.inputs, layer.height, layer.width}}}}},
      {"output", output},
      {"nodes", std::move(nodes)},
      {"weights", {{"tensors", std::move(tensors)}}}};
}

}  // namespace

const std::vector<Layer>& dense_layers() {
  static const std::vector<Layer> layers{
      {"0:3x3", "conv2d", 3, 64, 24, 94, 3, 3},
      {"3:max", "max_pool2d", 64, 64, 22, 92, 3, 3},
      {"4.0:1x1", "conv2d", 64, 32, 20, 90, 1, 1},
      {"4.2:3x1", "conv2d", 32, 32, 20, 90, 3, 1, 1, 1, 1, 0},
      {"4.4:1x3", "conv2d", 32, 32, 20, 90, 1, 3, 1, 1, 0, 1},
      {"4.6:1x1", "conv2d", 32, 128, 20, 90, 1, 1},
      {"7:max", "max_pool2d", 64, 64, 20, 90, 3, 3, 1, 2},
      {"8.0:1x1", "conv2d", 64, 64, 18, 44, 1, 1},
      {"8.2:3x1", "conv2d", 64, 64, 18, 44, 3, 1, 1, 1, 1, 0},
      {"8.4:1x3", "conv2d", 64, 64, 18, 44, 1, 3, 1, 1, 0, 1},
      {"8.6:1x1", "conv2d", 64, 256, 18, 44, 1, 1},
      {"11.0:1x1", "conv2d", 256, 64, 18, 44, 1, 1},
      {"14:max", "max_pool2d", 64, 64, 18, 44, 3, 3, 1, 2},
      {"16:1x4", "conv2d", 64, 256, 16, 21, 1, 4},
      {"20:13x1", "conv2d", 256, 68, 16, 18, 13, 1},
      {"context.0:avg", "avg_pool2d", 64, 64, 22, 92, 5, 5, 5, 5},
      {"context.1:avg", "avg_pool2d", 128, 128, 20, 90, 5, 5, 5, 5},
      {"context.2:avg", "avg_pool2d", 256, 256, 18, 44, 4, 10, 4, 2},
      {"container:1x1", "conv2d", 516, 68, 4, 18, 1, 1},
  };
  return layers;
}

const std::vector<Layer>& pruned_layers() {
  static const std::vector<Layer> layers{
      {"0:3x3", "conv2d", 3, 33, 24, 94, 3, 3},
      {"3:max", "max_pool2d", 33, 33, 22, 92, 3, 3},
      {"4.0:1x1", "conv2d", 33, 32, 20, 90, 1, 1},
      {"4.6:1x1", "conv2d", 32, 77, 20, 90, 1, 1},
      {"7:max", "max_pool2d", 42, 42, 20, 90, 3, 3, 1, 2},
      {"8.0:1x1", "conv2d", 42, 64, 18, 44, 1, 1},
      {"8.6:1x1", "conv2d", 64, 25, 18, 44, 1, 1},
      {"11.0:1x1", "conv2d", 25, 64, 18, 44, 1, 1},
      {"11.6:1x1", "conv2d", 64, 21, 18, 44, 1, 1},
      {"16:1x4", "conv2d", 20, 39, 16, 21, 1, 4},
      {"20:13x1", "conv2d", 39, 48, 16, 18, 13, 1},
  };
  return layers;
}

std::shared_ptr<const lprnet::Model> load_one_layer(const Layer& layer, const std::string& isa) {
  std::random_device device;
  const auto path = std::filesystem::temp_directory_path() /
                    ("lprnet_layer_" + std::to_string(device()) + ".json");
  std::ofstream file(path);
  file << document(layer);
  file.close();
  if (!file) throw std::runtime_error(path.string() + ": cannot be written");
  lprnet::ModelOptions options;
  options.isa = isa;
  auto model = lprnet::Model::load(path, options);
  std::filesystem::remove(path);
  return model;
}

}  // namespace bench
