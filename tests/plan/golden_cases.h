#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "kernels/kernel_set.h"
#include "plan/plan.h"
#include "tensor/tensor.h"

namespace lprnet::plan {

// A small graph, its inputs and PyTorch's answer: one case of a file in tests/golden.
struct GoldenCase {
  std::string file;
  std::string name;
  graph::ValidGraph graph;
  std::map<std::string, tensor::Tensor> inputs;  // by graph input
  tensor::Tensor output;
};

// Every case of every golden file with cases, tests/golden/README.md.
std::vector<GoldenCase> golden_cases();

// The graph's answer to the case's inputs, row-major, by so many threads together.
std::vector<float> run_case(const GoldenCase& golden, const graph::ValidGraph& graph,
                            const kernels::KernelSet& kernels, const PlanOptions& options = {},
                            int threads = 1);

// max |found - expected| over the largest finite |expected|, or over 1 when that is smaller;
// infinite when an infinity or NaN stands where the other has none.
double relative_difference(const std::vector<float>& found, const tensor::Tensor& expected);

}  // namespace lprnet::plan
