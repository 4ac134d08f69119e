#include "import/pickled_modules.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <type_traits>

#include "base/error_text.h"
#include "base/text.h"

namespace lprnet::importer {
namespace {

using Kind = PickleValue::Kind;
using graph::ActivationKind;
using Sizes = std::vector<std::int64_t>;

constexpr std::string_view kOwnLayers = "torch.nn.modules.";
constexpr std::size_t kMaxSizes = 8;
constexpr std::size_t kMaxText = 64;
// What layer_of() asks about.
constexpr std::array<std::string_view, 15> kSettings{"ceil_mode",
                                                     "count_include_pad",
                                                     "dilation",
                                                     "end_dim",
                                                     "eps",
                                                     "groups",
                                                     "kernel_size",
                                                     "negative_slope",
                                                     "padding",
                                                     "padding_mode",
                                                     "return_indices",
                                                     "start_dim",
                                                     "stride",
                                                     "track_running_stats",
                                                     "transposed"};

std::optional<Setting> setting_of(const Pickle& pickle, const PickleValue& value) {
  switch (value.kind) {
    case Kind::kBool:
      return value.integer != 0;
    case Kind::kInteger:
      return value.integer;
    case Kind::kFloat:
      return value.number;
    case Kind::kText:
      if (value.text.size() > kMaxText) return std::nullopt;
      return std::string(value.text);
    case Kind::kTuple: {
      Sizes sizes;
      if (value.items.size() > kMaxSizes) return std::nullopt;
      for (const PickleRef item : value.items) {
        if (pickle[item].kind != Kind::kInteger) return std::nullopt;
        sizes.push_back(pickle[item].integer);
      }
      return sizes;
    }
    default:
      return std::nullopt;
  }
}

// A layer as PyTorch's modules say it.
struct Layer {
  std::vector<std::string_view> types;  // the first is its name in messages
  std::vector<std::pair<std::string_view, Setting>> settings;
};

template <std::size_t N>
Setting sizes(const std::array<std::int64_t, N>& values) {
  return Sizes(values.begin(), values.end());
}

Layer layer_of(const graph::Activation& op) {
  switch (op.kind) {
    case ActivationKind::kRelu:
      return {{"ReLU"}, {}};
    case ActivationKind::kLeakyRelu:
      return {{"LeakyReLU"}, {{"negative_slope", op.parameter}}};
    default:
      return {};
  }
}

template <typename Pool>
Layer pool_layer(std::string_view type, const Pool& op) {
  Layer layer{{type},
              {{"kernel_size", sizes(op.kernel_size)},
               {"stride", sizes(op.stride)},
               {"padding", sizes(op.padding)},
               {"ceil_mode", op.ceil_mode}}};
  return layer;
}

template <typename Pool>
Layer max_pool_layer(std::string_view type, const Pool& op) {
  Layer layer = pool_layer(type, op);
  layer.settings.emplace_back("dilation", sizes(op.dilation));
  layer.settings.emplace_back("return_indices", false);
  return layer;
}

// Of the operators that known networks have as modules; of any other an empty one.
Layer layer_of(const graph::Op& any) {
  return std::visit(
      [](const auto& op) -> Layer {
        using Op = std::decay_t<decltype(op)>;
        if constexpr (std::is_same_v<Op, graph::Conv2d>) {
          return {{"Conv2d"},
                  {{"stride", sizes(op.stride)},
                   {"padding", sizes(op.padding)},
                   {"dilation", sizes(op.dilation)},
                   {"groups", op.groups},
                   {"transposed", false},
                   {"padding_mode", std::string("zeros")}}};
        } else if constexpr (std::is_same_v<Op, graph::Linear>) {
          return {{"Linear"}, {}};
        } else if constexpr (std::is_same_v<Op, graph::BatchNorm>) {
          return {{"BatchNorm2d", "SyncBatchNorm"},
                  {{"eps", op.eps}, {"track_running_stats", true}}};
        } else if constexpr (std::is_same_v<Op, graph::Activation>) {
          return layer_of(op);
        } else if constexpr (std::is_same_v<Op, graph::MaxPool2d>) {
          return max_pool_layer("MaxPool2d", op);
        } else if constexpr (std::is_same_v<Op, graph::AvgPool2d>) {
          Layer layer = pool_layer("AvgPool2d", op);
          layer.settings.emplace_back("count_include_pad", op.count_include_pad);
          return layer;
        } else if constexpr (std::is_same_v<Op, graph::Flatten>) {
          return {{"Flatten"}, {{"start_dim", op.start_dim}, {"end_dim", op.end_dim}}};
        } else if constexpr (std::is_same_v<Op, graph::Identity>) {
          return {{"Dropout", "Dropout2d", "Dropout3d", "Identity"}, {}};
        } else {
          return {};
        }
      },
      any);
}

Layer layer_of(const graph::FileOp& op) {
  if (const auto* pool = std::get_if<graph::MaxPool3d>(&op)) {
    return max_pool_layer("MaxPool3d", *pool);
  }
  return layer_of(std::get<graph::Op>(op));
}

std::string text_of(const Setting& setting) {
  return std::visit(
      [](const auto& value) -> std::string {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, bool>) {
          return value ? "True" : "False";
        } else if constexpr (std::is_same_v<Value, std::string>) {
          return base::in_quotes(value);
        } else if constexpr (std::is_same_v<Value, Sizes>) {
          std::string all;
          for (const std::int64_t size : value) {
            all += (all.empty() ? "" : ", ") + std::to_string(size);
          }
          return "(" + all + ")";
        } else {
          return base::cat(value);
        }
      },
      setting);
}

// One number stands for all sides; a number may be written without a point.
bool is_same(const Setting& found, const Setting& expected) {
  if (const auto* all = std::get_if<Sizes>(&expected)) {
    if (const auto* one = std::get_if<std::int64_t>(&found)) {
      return std::all_of(all->begin(), all->end(), [one](auto size) { return size == *one; });
    }
  }
  if (const auto* number = std::get_if<double>(&expected)) {
    if (const auto* whole = std::get_if<std::int64_t>(&found)) {
      return static_cast<double>(*whole) == *number;
    }
  }
  return found == expected;
}

// Of a convolution with padding='same' or 'valid', what that comes to.
std::optional<Setting> padding_in_numbers(const PickledModule& module) {
  const auto said = module.settings.find("padding");
  const auto* word =
      said == module.settings.end() ? nullptr : std::get_if<std::string>(&said->second);
  if (word == nullptr) return std::nullopt;
  if (*word == "valid") return std::int64_t{0};
  const auto kernel = module.settings.find("kernel_size");
  const auto* sides =
      kernel == module.settings.end() ? nullptr : std::get_if<Sizes>(&kernel->second);
  if (*word != "same" || sides == nullptr) return std::nullopt;
  Sizes padding;
  for (const std::int64_t side : *sides) {
    if (side % 2 == 0) return std::nullopt;
    padding.push_back(side / 2);
  }
  return padding;
}

struct Difference {
  std::string_view name;
  std::string found;
  std::string expected;
};

std::optional<Difference> difference_of(const PickledModule& module, const Layer& layer) {
  const auto numbers = padding_in_numbers(module);
  for (const auto& [name, expected] : layer.settings) {
    const auto found = module.settings.find(name);
    if (found == module.settings.end()) continue;  // older PyTorch: the default
    if (is_same(found->second, expected)) continue;
    if (name == "padding" && numbers && is_same(*numbers, expected)) continue;
    return Difference{name, text_of(found->second), text_of(expected)};
  }
  return std::nullopt;
}

// "ReLU" of PyTorch's own layers; the whole name of any other class.
std::string_view short_type(const PickledModule& module) {
  const std::string_view type = module.type;
  return type.starts_with(kOwnLayers) ? type.substr(type.rfind('.') + 1) : type;
}

bool is_of(const PickledModule& module, const Layer& layer) {
  return std::find(layer.types.begin(), layer.types.end(), short_type(module)) != layer.types.end();
}

// What takes no part in the answer at whatever place it stands, or cannot change which class is
// the largest at the end of a network.
bool is_harmless(const PickledModule& module) {
  constexpr std::array<std::string_view, 6> kHarmless{"Dropout",  "Dropout2d",  "Dropout3d",
                                                      "Identity", "Sequential", "ModuleList"};
  const std::string_view type = short_type(module);
  const bool at_the_top = module.path.find('.') == std::string::npos;
  return module.has_children || module.type.find(".modules.loss.") != std::string::npos ||
         std::find(kHarmless.begin(), kHarmless.end(), type) != kHarmless.end() ||
         type == "ParameterList" ||
         (at_the_top && (type == "Softmax" || type == "LogSoftmax" || type == "Softmax2d"));
}

class Comparison {
 public:
  Comparison(const std::vector<PickledModule>& modules, const graph::Graph& graph,
             const std::string& where)
      : graph_(graph), where_(where) {
    for (const auto& node : graph.nodes) nodes_.emplace(node.name, &node);
    for (const PickledModule& module : modules) modules_.emplace(module.path, &module);
  }

  void module(const PickledModule& module) const {
    const auto found = nodes_.find(module.path);
    if (found != nodes_.end()) {
      of_node(module, *found->second);
    } else if (!is_harmless(module) && !stands_elsewhere(module)) {
      refuse("has a layer ", base::in_quotes(module.path), " of type ", short_type(module),
             ", which the known network of these weights does not have");
    }
  }

  // Layers that were taken out of a sequence.
  void nothing_is_missing() const {
    for (const auto& node : graph_.nodes) {
      const auto parent = modules_.find(
          std::string_view(node.name).substr(0, std::min(node.name.rfind('.'), node.name.size())));
      if (parent == modules_.end() || short_type(*parent->second) != "Sequential" ||
          modules_.contains(node.name)) {
        continue;
      }
      const Layer layer = layer_of(node.op);
      if (layer.types.empty()) continue;
      refuse("has no layer ", base::in_quotes(node.name), ", expected ", layer.types.front());
    }
  }

 private:
  void of_node(const PickledModule& module, const graph::Graph::Node& node) const {
    const Layer layer = layer_of(node.op);
    if (layer.types.empty()) return;
    if (!is_of(module, layer)) {
      refuse("its layer ", base::in_quotes(module.path), " is ", short_type(module), ", expected ",
             layer.types.front());
    }
    if (const auto difference = difference_of(module, layer)) {
      const bool padded = module.path.ends_with("backbone.0") && difference->name == "padding";
      refuse("its layer ", base::in_quotes(module.path), " (", short_type(module), ") has ",
             difference->name, " ", difference->found, ", expected ", difference->expected,
             padded ? " (or (1, 1) with --padded-first-layer, see models/CHECKPOINTS.md)" : "");
    }
  }

  // A layer without weights may be kept under any name and called from forward().
  bool stands_elsewhere(const PickledModule& module) const {
    return std::any_of(graph_.nodes.begin(), graph_.nodes.end(), [&](const auto& node) {
      const Layer layer = layer_of(node.op);
      return is_of(module, layer) && !difference_of(module, layer);
    });
  }

  template <typename... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    base::fail(ErrorCode::kInvalidModel, where_, ": is a whole pickled network whose tensors are ",
               "those of a known LPRNet, but ", parts...,
               "; tools/export/export_module.py turns it into a model file from its Python source");
  }

  const graph::Graph& graph_;
  const std::string& where_;
  std::map<std::string_view, const graph::Graph::Node*> nodes_;
  std::map<std::string_view, const PickledModule*> modules_;
};

}  // namespace

std::map<std::string, Setting, std::less<>> settings_in(const Pickle& pickle,
                                                        const PickleValue& attributes) {
  std::map<std::string, Setting, std::less<>> settings;
  for (std::size_t i = 0; i + 1 < attributes.items.size(); i += 2) {
    const PickleValue& name = pickle[attributes.items[i]];
    if (name.kind != Kind::kText ||
        std::find(kSettings.begin(), kSettings.end(), name.text) == kSettings.end()) {
      continue;
    }
    if (auto setting = setting_of(pickle, pickle[attributes.items[i + 1]])) {
      settings.insert_or_assign(std::string(name.text), *std::move(setting));
    }
  }
  return settings;
}

void expect_same_layers(const std::vector<PickledModule>& modules, const graph::Graph& graph,
                        const std::string& where) {
  if (modules.empty()) return;
  const Comparison comparison(modules, graph, where);
  for (const PickledModule& module : modules) comparison.module(module);
  comparison.nothing_is_missing();
}

}  // namespace lprnet::importer
