#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "base/error_text.h"
#include "graph/cost.h"
#include "graph/graph.h"
#include "graph/infer_shape.h"

namespace lprnet::graph {

GraphBuilder::ValueId GraphBuilder::add_input(std::string name, const tensor::Shape& shape) {
  graph_.inputs_.push_back({std::move(name), shape});
  return static_cast<ValueId>(graph_.inputs_.size()) - 1;
}

// function(shapes of the inputs), whose errors say where they are from.
template <typename AnyOp, typename Function>
auto GraphBuilder::of_shapes(const std::string& name, const AnyOp& op,
                             const std::vector<ValueId>& inputs, Function function) const {
  std::vector<tensor::Shape> shapes;
  shapes.reserve(inputs.size());
  for (const ValueId input : inputs) shapes.push_back(graph_.shape_of(input));
  try {
    return function(shapes);
  } catch (const Error& error) {
    base::fail(error.code(), where_, ": node '", name, "' (", name_of(op), "): ", error.what());
  }
}

GraphBuilder::ValueId GraphBuilder::add(std::string name, Op op, std::vector<ValueId> inputs) {
  const tensor::Shape shape =
      of_shapes(name, op, inputs, [&op](const auto& shapes) { return infer_shape(op, shapes); });
  graph_.nodes_.push_back({std::move(name), std::move(op), std::move(inputs), shape});
  return graph_.value_count() - 1;
}

std::vector<NamedOp> GraphBuilder::parts_of(const std::string& name, const MaxPool3d& op,
                                            const std::vector<ValueId>& inputs) const {
  return of_shapes(name, op, inputs,
                   [&](const auto& shapes) { return in_two_dimensions(op, name, shapes); });
}

bool ValidGraph::is_output(ValueId value) const noexcept {
  return std::any_of(outputs_.begin(), outputs_.end(),
                     [value](const Output& output) { return output.value == value; });
}

ValidGraph GraphBuilder::finish(ValueId output) && {
  std::vector<ValidGraph::Output> outputs{{graph_.name_of(output), output}};
  return std::move(*this).finish(std::move(outputs));
}

ValidGraph GraphBuilder::finish(std::vector<ValidGraph::Output> outputs) && {
  std::vector<bool> needed(static_cast<std::size_t>(graph_.value_count()));
  for (const auto& output : outputs) needed[static_cast<std::size_t>(output.value)] = true;
  for (std::size_t i = graph_.nodes_.size(); i-- > 0;) {
    if (!needed[static_cast<std::size_t>(graph_.value_of_node(i))]) continue;
    for (const ValueId input : graph_.nodes_[i].inputs)
      needed[static_cast<std::size_t>(input)] = true;
  }
  ValidGraph kept;
  kept.inputs_ = std::move(graph_.inputs_);
  std::vector<ValueId> renumbered(needed.size());
  for (ValueId i = 0; i < kept.input_count(); ++i) renumbered[static_cast<std::size_t>(i)] = i;
  for (std::size_t i = 0; i < graph_.nodes_.size(); ++i) {
    const auto old_value = static_cast<std::size_t>(kept.input_count()) + i;
    if (!needed[old_value]) continue;
    auto node = std::move(graph_.nodes_[i]);
    for (ValueId& input : node.inputs) input = renumbered[static_cast<std::size_t>(input)];
    kept.nodes_.push_back(std::move(node));
    renumbered[old_value] = kept.value_count() - 1;
  }
  for (auto& output : outputs) {
    output.value = renumbered[static_cast<std::size_t>(output.value)];
  }
  kept.outputs_ = std::move(outputs);
  return kept;
}

namespace {

constexpr std::string_view kIgnoredSuffix = "num_batches_tracked";

// Of the graphs that loading makes of the file's, these many are there at a time or are kept.
constexpr std::size_t kGraphs = 8;

std::int64_t bytes_of(const Graph::Node& node) {
  const std::size_t bytes = sizeof(ValidGraph::Node) + node.name.size() +
                            node.inputs.size() * sizeof(ValidGraph::ValueId);
  return static_cast<std::int64_t>(kGraphs * bytes);
}

// The weights as floats: each is converted once, however many nodes read it.
class FloatWeights {
 public:
  FloatWeights(const WeightMap& weights, const std::string& where, const base::Ledger& ledger)
      : weights_(weights), where_(where), ledger_(ledger) {}

  // Fills the op's weights.
  void fetch(Op& op, const std::string& node) {
    for (Weight* weight : weights_of(op)) {
      if (!weight->given()) continue;
      const auto found = weights_.find(weight->name);
      if (found == weights_.end()) {
        base::fail(ErrorCode::kInvalidModel, where_, ": node '", node, "': weight '", weight->name,
                   "' is not among the file's ", weights_.size(), " tensors");
      }
      const auto [entry, is_new] = floats_.try_emplace(found->first);
      if (is_new) {
        const RawTensor& raw = found->second;
        if (!shares_floats(raw)) {
          ledger_.take(raw.shape.elements() * static_cast<std::int64_t>(sizeof(float)),
                       base::cat(where_, ": node '", node, "': weight '", weight->name, "'"));
        }
        entry->second = to_float(raw);
      }
      weight->tensor = entry->second;
    }
  }
  bool used(const std::string& name) const { return floats_.contains(name); }

 private:
  const WeightMap& weights_;
  const std::string& where_;
  const base::Ledger& ledger_;
  std::map<std::string_view, tensor::Tensor> floats_;  // by names that are weights_' keys
};

}  // namespace

ValidGraph validate(const Graph& graph, const WeightMap& weights, const std::string& where,
                    const std::vector<std::string>& also_used, const base::Ledger& ledger) {
  const auto refuse = [&where](const auto&... parts) {
    base::fail(ErrorCode::kInvalidModel, where, ": ", parts...);
  };
  const auto count = static_cast<std::int64_t>(graph.nodes.size() + graph.inputs.size());
  base::expect_within(ledger.limits(), &Limits::nodes, count, where);
  GraphBuilder builder(where);
  // A tree: names that all have one hash cost no more than others.
  std::map<std::string_view, ValidGraph::ValueId> values;
  for (const auto& input : graph.inputs) {
    const auto shape = tensor::Shape::checked(input.shape);
    if (!shape) refuse("input '", input.name, "' has a shape outside the limits");
    if (!values.emplace(input.name, builder.add_input(input.name, *shape)).second) {
      refuse("the name '", input.name, "' stands for two values");
    }
  }
  FloatWeights floats(weights, where, ledger);
  for (const auto& node : graph.nodes) {
    std::vector<ValidGraph::ValueId> inputs;
    inputs.reserve(node.inputs.size());
    for (const auto& name : node.inputs) {
      const auto found = values.find(name);
      if (found == values.end()) {
        refuse("node '", node.name, "': input '", name, "' is no graph input and no earlier node");
      }
      inputs.push_back(found->second);
    }
    const auto add = [&](std::string name, Op op) {
      ledger.take(bytes_of(node), base::cat(where, ": node '", node.name, "'"));
      floats.fetch(op, node.name);
      return builder.add(std::move(name), std::move(op), std::move(inputs));
    };
    ValidGraph::ValueId value = 0;
    if (const auto* pool = std::get_if<MaxPool3d>(&node.op)) {
      for (NamedOp& part : builder.parts_of(node.name, *pool, inputs)) {
        value = add(std::move(part.name), std::move(part.op));
        inputs = {value};
      }
    } else {
      value = add(node.name, std::get<Op>(node.op));
    }
    if (!values.emplace(node.name, value).second) {
      refuse("the name '", node.name, "' stands for two values");
    }
  }
  std::vector<ValidGraph::Output> outputs;
  if (graph.outputs.empty()) refuse("has no output");
  for (const auto& output : graph.outputs) {
    const auto value = values.find(output.value);
    if (value == values.end()) refuse("the output '", output.value, "' is no node");
    const bool known = std::any_of(outputs.begin(), outputs.end(), [&output](const auto& other) {
      return other.name == output.name;
    });
    if (known) refuse("two outputs are named '", output.name, "'");
    outputs.push_back({output.name, value->second});
  }
  const std::set<std::string_view> others(also_used.begin(), also_used.end());
  for (const auto& [name, weight] : weights) {
    if (!floats.used(name) && !others.contains(name) &&
        !std::string_view(name).ends_with(kIgnoredSuffix)) {
      refuse("tensor '", name, "' is used by no node");
    }
  }
  ValidGraph valid = std::move(builder).finish(std::move(outputs));
  expect_within_limits(valid, ledger.limits(), where);
  return valid;
}

}  // namespace lprnet::graph
