#include "runtime/self_test.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/error_text.h"
#include "kernels/reference.h"
#include "lprnet/version.hpp"
#include "plan/plan.h"
#include "tensor/copy.h"

namespace lprnet {
namespace {

constexpr std::uint32_t kSeed = 1;

// The engine's numbers are the same with every standard library; a distribution's would not be.
std::vector<float> noise(const tensor::Shape& shape, const Description& description) {
  std::mt19937 engine(kSeed);
  std::vector<float> values(static_cast<std::size_t>(shape.elements()));
  const PlateReader* reader = description.plate_reader();
  const std::int64_t plane = shape.rank() == 4 ? shape[2] * shape[3] : shape.elements();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto byte = static_cast<float>(engine() >> 24);
    if (reader != nullptr) {
      const std::size_t c = i / static_cast<std::size_t>(plane);
      values[i] = (byte - reader->preprocessing.mean[c]) * reader->preprocessing.scale[c];
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
  const plan::Plan plan = plan::build_plan(graph, kernels::reference_kernels(),
                                           {.ledger = base::Ledger(limits), .where = where});
  const base::AlignedBuffer arena(plan.arena_floats());
  plan.initialise(arena.data());
  const tensor::View slot = plan.input(0, arena.data());
  tensor::copy({input.data(), tensor::Layout::row_major(input.shape())}, slot);
  plan.run(arena.data());
  formats::SelfTest test;
  test.input = graph::to_raw(input);
  for (std::size_t i = 0; i < graph.outputs().size(); ++i) {
    const tensor::ConstView output = plan.output(arena.data(), i);
    std::vector<float> answer(static_cast<std::size_t>(output.shape().elements()));
    tensor::copy(output, {answer.data(), tensor::Layout::row_major(output.shape())});
    if (!std::all_of(answer.begin(), answer.end(), [](float x) { return std::isfinite(x); })) {
      base::fail(ErrorCode::kInvalidModel, where,
                 ": answers with NaN or infinity to the self-test's input; are the weights sound?");
    }
    test.outputs.push_back(graph::to_raw(tensor::Tensor(output.shape(), std::move(answer))));
  }
  test.origin = "lprnet " LPRNET_VERSION_STRING " reference kernels";
  return test;
}

}  // namespace lprnet
