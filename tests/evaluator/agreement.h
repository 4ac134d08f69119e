#pragma once

#include <optional>
#include <string>
#include <vector>

#include "formats/model_file.h"
#include "graph/evaluate.h"
#include "graph/graph.h"
#include "kernels/kernel_set.h"
#include "lprnet/limits.hpp"
#include "tensor/tensor.h"

namespace lprnet::test {

// The evaluator's values of a graph and how far float32 may be off, by value.
struct Expected {
  std::vector<graph::Values> values;
  // What rounding does to a value: the evaluator repeats the graph with a random error of
  // kRoundings float32 roundings of its magnitude, and of its inputs', added to every element of
  // every value; what comes of these errors in a value, four times, is its tolerance. So an
  // ill-conditioned graph gets the room that it needs and a good one none. Infinite: nothing can be
  // said.
  std::vector<double> tolerances;
};
Expected expected_of(const graph::ValidGraph& graph, const std::vector<tensor::Tensor>& inputs);

// Whether float32 can be expected to come near: every weight and value is finite, 0 or from 1e-30
// to 1e6 in magnitude, no operand of a division, square root or power lies so near to where they
// jump that a rounding error could take it there, and no nearest pixel is asked for. A fuzzer's
// graphs seldom are; random_graph() makes no others.
bool is_comparable(const graph::ValidGraph& graph, const Expected& expected);

// What to try a graph with.
struct Trials {
  std::vector<const kernels::KernelSet*> kernels;
  bool each_pass = true;       // also each pass alone
  std::vector<int> threads{};  // beside one
  Limits limits{};             // of plans
};
// All that the machine has.
Trials every_trial();

// Runs the graph with every kernel set, passes on, off and each alone, in memory full of NaN and a
// second time in what the first run left, on several threads, and with every value kept, and
// compares with the evaluator; the graphs that passes make are evaluated, too. No value: all agree;
// else the first difference.
std::optional<std::string> disagreement(const graph::ValidGraph& graph,
                                        const std::vector<tensor::Tensor>& inputs,
                                        const Trials& trials);

// A smaller graph that fails as well, found by leaving out nodes: `fails` is asked of each.
template <typename Fails>
formats::ModelFile shrunk(formats::ModelFile file, Fails fails);
// The graph with other outputs, without what they do not need.
formats::ModelFile with_outputs(const formats::ModelFile& file,
                                std::vector<graph::Graph::Output> outputs);
// The graph in which the node's first input stands for its value, without what that does not need.
formats::ModelFile without_node(const formats::ModelFile& file, std::size_t node);

template <typename Fails>
formats::ModelFile shrunk(formats::ModelFile file, Fails fails) {
  for (std::size_t i = 0; i < file.graph.nodes.size(); ++i) {
    formats::ModelFile smaller = with_outputs(file, {{"y", file.graph.nodes[i].name}});
    if (!fails(smaller)) continue;
    file = std::move(smaller);
    break;
  }
  for (std::size_t i = file.graph.nodes.size(); i-- > 0;) {
    if (i >= file.graph.nodes.size() || file.graph.nodes[i].inputs.empty()) continue;
    formats::ModelFile smaller = without_node(file, i);
    if (fails(smaller)) file = std::move(smaller);
  }
  return file;
}

}  // namespace lprnet::test
