#pragma once

#include <string>
#include <vector>

#include "base/ledger.h"
#include "graph/max_pool3d.h"
#include "graph/operators.h"
#include "graph/weight_map.h"
#include "tensor/shape.h"

namespace lprnet::graph {

// What a file said, unchecked but for its syntax: names may dangle and shapes may clash.
struct Graph {
  struct Input {
    std::string name;
    std::vector<std::int64_t> shape;
  };
  struct Node {
    std::string name;
    FileOp op;
    std::vector<std::string> inputs;  // names of nodes or graph inputs
  };
  struct Output {
    std::string name;   // under which the graph's user asks for it
    std::string value;  // name of a node or graph input
  };
  std::vector<Input> inputs;
  std::vector<Node> nodes;
  std::vector<Output> outputs;
};

inline constexpr std::size_t kMaxOutputs = 64;

// A graph in which every name is an index, every shape is known and every weight is there with the
// right shape. Made by validate() and by the passes of optimize(), which keep that true.
class ValidGraph {
 public:
  // The value of a graph input or of a node: inputs come first, then the nodes in order.
  using ValueId = int;

  struct Node {
    std::string name;
    Op op;                        // its weights are filled in
    std::vector<ValueId> inputs;  // all smaller than the node's own value
    tensor::Shape shape;          // of its output
  };
  struct Input {
    std::string name;
    tensor::Shape shape;
  };
  struct Output {
    std::string name;
    ValueId value;  // two outputs may be the same value
  };

  const std::vector<Input>& inputs() const noexcept { return inputs_; }
  const std::vector<Node>& nodes() const noexcept { return nodes_; }
  const std::vector<Output>& outputs() const noexcept { return outputs_; }  // at least one
  ValueId output(std::size_t index = 0) const noexcept { return outputs_[index].value; }

  int input_count() const noexcept { return static_cast<int>(inputs_.size()); }
  int value_count() const noexcept { return static_cast<int>(inputs_.size() + nodes_.size()); }
  bool is_input(ValueId value) const noexcept { return value < input_count(); }
  bool is_output(ValueId value) const noexcept;
  const Node& producer(ValueId value) const {
    return nodes_[static_cast<std::size_t>(value - input_count())];
  }
  const tensor::Shape& shape_of(ValueId value) const {
    return is_input(value) ? inputs_[static_cast<std::size_t>(value)].shape : producer(value).shape;
  }
  const std::string& name_of(ValueId value) const {
    return is_input(value) ? inputs_[static_cast<std::size_t>(value)].name : producer(value).name;
  }
  ValueId value_of_node(std::size_t node) const { return input_count() + static_cast<int>(node); }

 private:
  friend class GraphBuilder;
  std::vector<Input> inputs_;
  std::vector<Node> nodes_;
  std::vector<Output> outputs_;
};

// Builds a ValidGraph node by node, inferring each shape and checking each weight; the only way to
// one.
class GraphBuilder {
 public:
  using ValueId = ValidGraph::ValueId;

  // `where` begins every error message: the file's name.
  explicit GraphBuilder(std::string where) : where_(std::move(where)) {}

  // REQUIRES: no add() yet.
  ValueId add_input(std::string name, const tensor::Shape& shape);
  // Throws Error(kInvalidModel) when shapes or weights do not fit.
  ValueId add(std::string name, Op op, std::vector<ValueId> inputs);
  // in_two_dimensions() of an operator with these inputs. Throws as add().
  std::vector<NamedOp> parts_of(const std::string& name, const MaxPool3d& op,
                                const std::vector<ValueId>& inputs) const;
  const tensor::Shape& shape_of(ValueId value) const { return graph_.shape_of(value); }
  // Drops the nodes that no output needs. REQUIRES: at least one output.
  ValidGraph finish(std::vector<ValidGraph::Output> outputs) &&;
  // One output, named as its value.
  ValidGraph finish(ValueId output) &&;

 private:
  template <typename AnyOp, typename Function>
  auto of_shapes(const std::string& name, const AnyOp& op, const std::vector<ValueId>& inputs,
                 Function function) const;

  std::string where_;
  ValidGraph graph_;
};

// Resolves names, infers shapes, fetches weights. Throws Error(kInvalidModel): unknown, repeated or
// later names, wrong input counts, shapes that do not fit, missing weights, weights that no node
// uses
// (`also_used` names those that something else uses; *.num_batches_tracked is ignored). Throws
// Error(kLimit) for a graph that costs more than the ledger's limits allow; the weights' bytes as
// floats are counted.
ValidGraph validate(const Graph& graph, const WeightMap& weights, const std::string& where,
                    const std::vector<std::string>& also_used = {},
                    const base::Ledger& ledger = base::Ledger());

}  // namespace lprnet::graph
