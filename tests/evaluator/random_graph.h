#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

#include "formats/model_file.h"
#include "graph/graph.h"
#include "tensor/tensor.h"

namespace lprnet::test {

// Where a random graph's decisions come from: a seed, or a fuzzer's bytes and, when they are used
// up, a fixed seed. The same decisions with every standard library.
class Choices {
 public:
  explicit Choices(std::uint32_t seed) : engine_(seed) {}
  Choices(const std::uint8_t* data, std::size_t size)
      : engine_(1), next_(data), end_(data + size) {}

  // 0 to count - 1.
  std::int64_t below(std::int64_t count) {
    return count < 2 ? 0 : static_cast<std::int64_t>(draw() % static_cast<std::uint64_t>(count));
  }
  std::int64_t between(std::int64_t low, std::int64_t high) { return low + below(high - low + 1); }
  bool percent(int chance) { return below(100) < chance; }
  std::int64_t of(std::initializer_list<std::int64_t> values) {
    return *(values.begin() + below(static_cast<std::int64_t>(values.size())));
  }
  // From -1 to 1; never from the bytes, of which a graph's weights would take too many.
  double noise() { return (static_cast<double>(engine_() >> 8) + 0.5) / 8388608.0 - 1; }

 private:
  std::uint32_t draw() {
    if (next_ == end_) return static_cast<std::uint32_t>(engine_());
    return *next_++;
  }

  std::mt19937 engine_;
  const std::uint8_t* next_ = nullptr;
  const std::uint8_t* end_ = nullptr;
};

// A valid graph of any of the operators over small values, its weights and an input for it.
//
// Values stay near 1 and a rounding error stays about as large as it is: divisors are away from 0,
// square roots and odd powers have positive arguments, the nearest pixel is never a matter of
// rounding. That is made sure of for these inputs alone. The only value that is not finite is -inf,
// from a window of a maximum that lies in the padding, and only activations that make it finite, or
// nobody, read it.
struct RandomGraph {
  formats::ModelFile file;  // without a self-test
  graph::ValidGraph graph;
  std::vector<tensor::Tensor> inputs;  // one for each graph input
};
RandomGraph random_graph(Choices choices);

// The graph as a model file of inline weights, for people, the program and fuzzers' seeds.
std::string json_of(const formats::ModelFile& file);

}  // namespace lprnet::test
