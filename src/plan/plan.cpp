#include "plan/plan.h"

#include "plan/flush_denormals.h"
#include "tensor/copy.h"

namespace lprnet::plan {

void Plan::initialise(float* arena) const noexcept {
  for (const ConstantSlot& constant : constants_) {
    tensor::copy({constant.tensor.data(), tensor::Layout::row_major(constant.tensor.shape())},
                 memory(arena).view(constant.slot));
  }
}

void Plan::run(float* arena) const noexcept {
  const FlushDenormals flush;
  const Memory where = memory(arena);
  for (const auto& step : steps_) step->run(where, {});
}

void Plan::run_step(std::size_t step, float* arena) const noexcept {
  const FlushDenormals flush;
  steps_[step]->run(memory(arena), {});
}

void Plan::run_part(std::size_t step, float* arena, const Part& part, int thread) const noexcept {
  steps_[step]->run(memory(arena, thread), part);
}

tensor::View Plan::input(int index, float* arena) const noexcept {
  return memory(arena).view(slots_[static_cast<std::size_t>(index)]);
}

tensor::ConstView Plan::output(const float* arena, std::size_t index) const noexcept {
  return value(outputs_[index], arena);
}

tensor::ConstView Plan::value(graph::ValidGraph::ValueId id, const float* arena) const noexcept {
  return memory(arena).view(slots_[static_cast<std::size_t>(id)]);
}

}  // namespace lprnet::plan
