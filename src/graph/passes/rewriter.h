#pragma once

#include <string>
#include <utility>
#include <vector>

#include "graph/graph.h"

namespace lprnet::graph {

// Builds a new graph beside an old one: for each old node either copy() or something better, then
// set().
class Rewriter {
 public:
  using ValueId = ValidGraph::ValueId;
  using Node = ValidGraph::Node;

  explicit Rewriter(const ValidGraph& graph)
      : graph_(graph),
        builder_("optimised graph"),
        renamed_(static_cast<std::size_t>(graph.value_count())) {
    for (int i = 0; i < graph.input_count(); ++i) {
      const auto& input = graph.inputs()[static_cast<std::size_t>(i)];
      set(i, builder_.add_input(input.name, input.shape));
    }
    readers_.resize(renamed_.size());
    for (const Node& node : graph.nodes()) {
      for (const ValueId input : node.inputs) ++readers_[static_cast<std::size_t>(input)];
    }
    for (const auto& output : graph.outputs()) {
      ++readers_[static_cast<std::size_t>(output.value)];
    }
  }

  // The new value in the place of an old one.
  ValueId at(ValueId old_value) const { return renamed_[static_cast<std::size_t>(old_value)]; }
  void set(ValueId old_value, ValueId new_value) {
    renamed_[static_cast<std::size_t>(old_value)] = new_value;
  }

  ValueId add(std::string name, Op op, std::vector<ValueId> inputs) {
    return builder_.add(std::move(name), std::move(op), std::move(inputs));
  }
  ValueId copy(const Node& node) {
    std::vector<ValueId> inputs;
    for (const ValueId input : node.inputs) inputs.push_back(at(input));
    return add(node.name, node.op, std::move(inputs));
  }
  const tensor::Shape& shape_of(ValueId new_value) const { return builder_.shape_of(new_value); }

  // Whether one node reads the old value and it is no output of the graph.
  bool read_once(ValueId old_value) const {
    return readers_[static_cast<std::size_t>(old_value)] == 1;
  }

  ValidGraph finish() && {
    std::vector<ValidGraph::Output> outputs = graph_.outputs();
    for (auto& output : outputs) output.value = at(output.value);
    return std::move(builder_).finish(std::move(outputs));
  }

 private:
  const ValidGraph& graph_;
  GraphBuilder builder_;
  std::vector<ValueId> renamed_;
  std::vector<int> readers_;
};

}  // namespace lprnet::graph
