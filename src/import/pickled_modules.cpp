#include "import/pickled_modules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

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

std::string in_brackets(const Sizes& sizes) {
  std::string all;
  for (const std::int64_t size : sizes) all += (all.empty() ? "" : ", ") + std::to_string(size);
  return "(" + all + ")";
}

// With as many digits as tell it from any other number; a whole one without a point.
std::string text_of(double number) {
  std::array<char, 32> digits{};
  const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return {digits.data(), static_cast<std::size_t>(end - digits.data())};
}

std::string text_of(bool value) { return value ? "True" : "False"; }

// Empty for what is no data.
std::string setting_of(const Pickle& pickle, const PickleValue& value) {
  switch (value.kind) {
    case Kind::kBool:
      return text_of(value.integer != 0);
    case Kind::kInteger:
      return std::to_string(value.integer);
    case Kind::kFloat:
      return text_of(value.number);
    case Kind::kText:
      return value.text.size() > kMaxText ? "" : base::in_quotes(value.text);
    case Kind::kTuple: {
      Sizes sizes;
      if (value.items.size() > kMaxSizes) return "";
      for (const PickleRef item : value.items) {
        if (pickle[item].kind != Kind::kInteger) return "";
        sizes.push_back(pickle[item].integer);
      }
      return in_brackets(sizes);
    }
    default:
      return "";
  }
}

// A layer as PyTorch's modules say it.
struct Layer {
  std::vector<std::string_view> types;  // the first is its name in messages
  std::vector<std::pair<std::string_view, std::string>> settings;
};

template <std::size_t N>
std::string sizes(const std::array<std::int64_t, N>& values) {
  return in_brackets({values.begin(), values.end()});
}

Layer layer_of(const graph::Activation& op) {
  switch (op.kind) {
    case ActivationKind::kRelu:
      return {{"ReLU"}, {}};
    case ActivationKind::kLeakyRelu:
      return {{"LeakyReLU"}, {{"negative_slope", text_of(op.parameter)}}};
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
               {"ceil_mode", text_of(op.ceil_mode)}}};
  return layer;
}

template <typename Pool>
Layer max_pool_layer(std::string_view type, const Pool& op) {
  Layer layer = pool_layer(type, op);
  layer.settings.emplace_back("dilation", sizes(op.dilation));
  layer.settings.emplace_back("return_indices", text_of(false));
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
                   {"groups", std::to_string(op.groups)},
                   {"transposed", text_of(false)},
                   {"padding_mode", base::in_quotes("zeros")}}};
        } else if constexpr (std::is_same_v<Op, graph::Linear>) {
          return {{"Linear"}, {}};
        } else if constexpr (std::is_same_v<Op, graph::BatchNorm>) {
          return {{"BatchNorm2d", "SyncBatchNorm"},
                  {{"eps", text_of(op.eps)}, {"track_running_stats", text_of(true)}}};
        } else if constexpr (std::is_same_v<Op, graph::Activation>) {
          return layer_of(op);
        } else if constexpr (std::is_same_v<Op, graph::MaxPool2d>) {
          return max_pool_layer("MaxPool2d", op);
        } else if constexpr (std::is_same_v<Op, graph::AvgPool2d>) {
          Layer layer = pool_layer("AvgPool2d", op);
          layer.settings.emplace_back("count_include_pad", text_of(op.count_include_pad));
          return layer;
        } else if constexpr (std::is_same_v<Op, graph::Flatten>) {
          return {{"Flatten"},
                  {{"start_dim", std::to_string(op.start_dim)},
                   {"end_dim", std::to_string(op.end_dim)}}};
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

// One number stands for both or all three sides.
bool is_same(const std::string& found, const std::string& expected) {
  const std::string two = found + ", " + found;
  return found == expected || expected == "(" + two + ")" ||
         expected == "(" + two + ", " + found + ")";
}

// What padding='same' or 'valid' of a convolution comes to; other padding as it is.
std::string padding_in_numbers(const PickledModule& module, const std::string& said) {
  if (said == base::in_quotes("valid")) return "0";
  const auto kernel = module.settings.find("kernel_size");
  if (said != base::in_quotes("same") || kernel == module.settings.end()) return said;
  Sizes padding;
  std::string_view rest = kernel->second;
  while (!rest.empty()) {
    rest.remove_prefix(std::min(rest.find_first_of("0123456789"), rest.size()));
    std::int64_t side = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), side);
    if (error != std::errc()) break;
    if (side % 2 == 0) return said;
    padding.push_back(side / 2);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  }
  return in_brackets(padding);
}

struct Difference {
  std::string_view name;
  std::string found;
  std::string expected;
};

std::optional<Difference> difference_of(const PickledModule& module, const Layer& layer) {
  for (const auto& [name, expected] : layer.settings) {
    const auto found = module.settings.find(name);
    if (found == module.settings.end()) continue;  // older PyTorch: the default
    const bool is_padding = name == "padding";
    if (!is_same(is_padding ? padding_in_numbers(module, found->second) : found->second,
                 expected)) {
      return Difference{name, found->second, expected};
    }
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

Settings settings_in(const Pickle& pickle, const PickleValue& attributes) {
  Settings settings;
  for (std::size_t i = 0; i + 1 < attributes.items.size(); i += 2) {
    const PickleValue& name = pickle[attributes.items[i]];
    if (name.kind != Kind::kText ||
        std::find(kSettings.begin(), kSettings.end(), name.text) == kSettings.end()) {
      continue;
    }
    std::string setting = setting_of(pickle, pickle[attributes.items[i + 1]]);
    if (!setting.empty()) settings.insert_or_assign(std::string(name.text), std::move(setting));
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
