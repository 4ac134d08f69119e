#include "runtime/self_test.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>
#include <vector>

#include "base/error_text.h"
#include "base/ledger.h"
#include "graph/evaluate.h"
#include "lprnet/version.hpp"

namespace lprnet {
namespace {

constexpr std::uint32_t kSeed = 1;

// The engine's numbers are the same with every standard library; a distribution's would not be.
std::vector<float> noise(const tensor::Shape& shape, const Description& description) {
  std::mt19937 engine(kSeed);
  std::vector<float> values(static_cast<std::size_t>(shape.elements()));
  const Preprocessing* preprocessing = description.preprocessing();
  const std::int64_t plane = shape.rank() == 4 ? shape[2] * shape[3] : shape.elements();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto byte = static_cast<float>(engine() >> 24);
    if (preprocessing != nullptr) {
      const std::size_t c = i / static_cast<std::size_t>(plane);
      values[i] = (byte - preprocessing->mean[c]) * preprocessing->scale[c];
    } else {
      values[i] = (byte - 127.5F) / 127.5F;
    }
  }
  return values;
}

}  // namespace

formats::SelfTest make_self_test(const graph::ValidGraph& graph, const Description& description,
                                 const std::string& where, const Limits& limits) {
  const tensor::Tensor input(graph.inputs()[0].shape, noise(graph.inputs()[0].shape, description));
  // Doubles instead of floats; what the evaluation holds at once counts as an arena.
  base::expect_within(limits, &Limits::arena_bytes,
                      graph::peak_elements(graph) * std::int64_t{sizeof(double)}, where);
  const std::vector<graph::Values> answers = graph::evaluate(graph, {{input.begin(), input.end()}});
  formats::SelfTest test;
  test.input = graph::to_raw(input);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    std::vector<float> answer(answers[i].begin(), answers[i].end());
    if (!std::all_of(answer.begin(), answer.end(), [](float x) { return std::isfinite(x); })) {
      base::fail(ErrorCode::kInvalidModel, where,
                 ": answers with NaN or infinity to the self-test's input; are the weights sound?");
    }
    test.outputs.push_back(
        graph::to_raw(tensor::Tensor(graph.shape_of(graph.output(i)), std::move(answer))));
  }
  test.origin = "lprnet " LPRNET_VERSION_STRING " evaluator in double precision";
  return test;
}

}  // namespace lprnet
