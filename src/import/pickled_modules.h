#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "import/pickle.h"

namespace lprnet::importer {

// By name, attributes of a pickled module that are data, as Python writes them: "0.1" for eps,
// "(3, 1)" for kernel_size, "'same'" for padding.
using Settings = std::map<std::string, std::string, std::less<>>;

// A module of a network that was pickled whole.
struct PickledModule {
  std::string path;  // as its tensors' names begin, without the dot: "backbone.2"
  std::string type;  // "torch.nn.modules.activation.ReLU"
  bool has_children = false;
  Settings settings;
};

inline constexpr std::size_t kMaxModules = 4096;

// The attributes that expect_same_layers() compares. `attributes`: the module's kDict.
Settings settings_in(const Pickle& pickle, const PickleValue& attributes);

// Compares the layers of a network that was pickled whole with the graph that its tensors were
// taken for, whose nodes have the names of modules: types, slopes, eps, kernels, strides, paddings,
// dilations. Throws Error(kInvalidModel) with the first that differs, what was found and expected.
void expect_same_layers(const std::vector<PickledModule>& modules, const graph::Graph& graph,
                        const std::string& where);

}  // namespace lprnet::importer
