#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/ledger.h"
#include "graph/graph.h"
#include "kernels/kernel_set.h"
#include "plan/arena.h"
#include "plan/memory.h"
#include "plan/step.h"
#include "tensor/tensor.h"

namespace lprnet::plan {

// A step for people to read.
struct StepReport {
  std::string name;  // of the node whose output it writes
  std::string op;
  tensor::Shape shape;                // of the output
  std::int64_t macs = 0;              // multiply-accumulates that the graph asks for
  std::int64_t operations = 0;        // of every kind that the graph asks for
  bool in_place = false;              // writes over its input's memory
  std::vector<std::string> absorbed;  // other nodes whose work it does
};

// A graph made ready to run with one set of kernels: steps in order, weights packed, memory laid
// out. Immutable; any number of threads may run it, each on an arena of its own.
class Plan {
 public:
  // What an arena must hold before the first run: constants.
  void initialise(float* arena) const noexcept;
  // Allocates nothing, takes no lock. Denormal floats count as zero while it runs.
  void run(float* arena) const noexcept;
  void run_step(std::size_t step, float* arena) const noexcept;
  // Whether several threads can run parts of a step at the same time, each thread with another
  // number below what the arena was made for.
  bool is_shared(std::size_t step) const noexcept { return steps_[step]->is_shared(); }
  void run_part(std::size_t step, float* arena, const Part& part, int thread) const noexcept;

  // For a run on so many threads.
  std::size_t arena_floats(int threads = 1) const noexcept {
    return scratch_begin() + static_cast<std::size_t>(threads) * scratch_;
  }
  std::size_t arena_floats_without_reuse() const noexcept {
    return floats_without_reuse(buffers_) + scratch_;
  }
  const std::vector<StepReport>& steps() const noexcept { return reports_; }
  const kernels::KernelSet& kernels() const noexcept { return *kernels_; }

  tensor::View input(int index, float* arena) const noexcept;
  tensor::ConstView output(const float* arena, std::size_t index = 0) const noexcept;
  // The value of a graph input or node. REQUIRES: built with keep_values.
  tensor::ConstView value(graph::ValidGraph::ValueId id, const float* arena) const noexcept;

 private:
  friend class PlanBuilder;
  struct ConstantSlot {
    Slot slot;
    tensor::Tensor tensor;
  };
  Memory memory(const float* arena, int thread = 0) const noexcept {
    float* const floats = const_cast<float*>(arena);  // views made from it say what is const
    return {floats, layout_.offsets.data(),
            floats + scratch_begin() + static_cast<std::size_t>(thread) * scratch_};
  }
  std::size_t scratch_begin() const noexcept { return layout_.floats; }

  const kernels::KernelSet* kernels_ = nullptr;
  std::vector<std::unique_ptr<const Step>> steps_;
  std::vector<StepReport> reports_;
  std::vector<Slot> slots_;  // by value id
  std::vector<ConstantSlot> constants_;
  std::vector<Buffer> buffers_;
  ArenaLayout layout_;
  // Of the copies and zeros that the plan needs besides what the graph asks for.
  std::int64_t extra_operations_ = 0;
  std::size_t scratch_ = 0;  // floats of a thread's scratch memory
  std::vector<graph::ValidGraph::ValueId> outputs_;
};

struct PlanOptions {
  // Every value of the graph keeps memory of its own to the end of the run, and no node does
  // another's work: for tracing.
  bool keep_values = false;
  // Convolutions in fewer multiplications where that is faster; off to compare.
  bool winograd = true;
  base::Ledger ledger{};
  std::string where = "graph";  // begins every error message: the file's name
};

// Throws Error(kLimit): packed weights and tables beyond what the ledger has left, an arena (of one
// thread) beyond its limit, copies and zeros around values that together are more operations than
// its limit. Nothing of that is allocated before.
Plan build_plan(const graph::ValidGraph& graph, const kernels::KernelSet& kernels,
                const PlanOptions& options = {});

}  // namespace lprnet::plan
