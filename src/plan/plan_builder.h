#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "graph/graph.h"
#include "plan/plan.h"

namespace lprnet::plan {

// Lowers a graph node by node: decides where each value lives, which kernel computes it, and what
// is done in one go. A node's index is the time at which its buffers are needed.
class PlanBuilder {
 public:
  using ValueId = graph::ValidGraph::ValueId;
  using Node = graph::ValidGraph::Node;

  PlanBuilder(const graph::ValidGraph& graph, const kernels::KernelSet& kernels,
              const PlanOptions& options);
  Plan build() &&;

 private:
  // An activation that the producer applies itself.
  struct Fused {
    tensor::Activation activation;
    int node = -1;  // none
  };

  // plan_builder.cpp: memory
  void find_halos();
  void find_consumers();
  // Memory of so many floats whose elements begin `first` floats in, without a halo.
  Slot new_slot(const tensor::Layout& layout, std::size_t floats, std::ptrdiff_t first);
  // Memory for a node's output. Rank 4 goes channels last, a pixel `pixel` floats wide or, when
  // that is 0, as wide as its channels are, in whole vectors when they fill at least one.
  Slot new_value(const tensor::Shape& shape, Halo halo, std::ptrdiff_t pixel);
  Slot new_output(std::ptrdiff_t pixel = 0);
  // Channels rounded up to whole vectors.
  std::ptrdiff_t in_vectors(std::int64_t channels) const;
  // Makes each thread's scratch memory at least so large.
  void reserve_scratch(std::int64_t floats);
  // The slot of the current node's input, whose buffer is kept to this node.
  Slot input(std::size_t index = 0);
  // The same of an operator over images: a value of three dimensions is one image without its
  // batch.
  Slot batched_input();
  Slot new_batched_output(std::ptrdiff_t pixel = 0);
  // Whether the current node's output may take the place of its input: nobody needs the input any
  // more, and around it lies what the output's readers want.
  bool may_overwrite(std::size_t index) const;
  Halo wanted_halo() const { return halos_[static_cast<std::size_t>(current_value())]; }
  void set_output(const Slot& slot) { place(current_value(), slot); }
  // The value lies there, and its readers read it there.
  void place(ValueId value, const Slot& slot);
  // Counts a copy or zeros that the graph did not ask for.
  void count_extra(std::int64_t operations);
  // The current node, for messages.
  std::string here() const;
  ValueId current_value() const { return graph_.value_of_node(current_); }
  const Node& node() const { return graph_.nodes()[current_]; }

  // plan_builder.cpp: steps
  template <typename Run>
  void emit(std::string op, Run run);
  void emit_copy(const Slot& from, const Slot& to);
  void zero_halo(const Slot& slot);
  StepReport& report() { return plan_.reports_.back(); }
  // Notes that the current node's step also applies the activation that alone reads its output.
  Fused fuse_activation();

  // lower_*.cpp: one function for each operator
  void lower(const graph::Conv2d& op);
  void lower(const graph::Linear& op);
  void lower(const graph::BatchNorm& op);
  void lower(const graph::LayerNorm& op);
  void lower(const graph::GroupNorm& op);
  void lower(const graph::MatMul& op);
  void lower(const graph::Recurrent& op);
  void lower(const graph::Activation& op);
  void lower(const graph::PRelu& op);
  void lower(const graph::Softmax& op);
  void lower(const graph::MaxPool2d& op);
  void lower(const graph::AvgPool2d& op);
  void lower(const graph::AdaptivePool2d& op);
  void lower(const graph::Concat& op);
  void lower(const graph::Slice& op);
  void lower(const graph::Reshape& op);
  void lower(const graph::Flatten& op);
  void lower(const graph::Permute& op);
  void lower(const graph::Squeeze& op);
  void lower(const graph::Unsqueeze& op);
  void lower(const graph::Binary& op);
  void lower(const graph::Reduce& op);
  void lower(const graph::AffineGrid& op);
  void lower(const graph::GridSample& op);
  void lower(const graph::Interpolate& op);
  void lower(const graph::Constant& op);
  void lower(const graph::Identity& op);

  // As kernels::norm().
  void lower_norm(const Slot& in, const Slot& out, int kept, const graph::Weight& weight,
                  const graph::Weight& bias, const tensor::Layout& affine, double eps);
  // Memory of rows, each whole vectors; what lies behind a row's elements is anything.
  Slot new_rows();
  void lower_per_channel(const tensor::Tensor& scale, const tensor::Tensor* shift);
  bool only_summed_squares(const graph::Binary& op) const;
  void lower_mean_square(const graph::Reduce& op);
  void lower_spatial_mean(const graph::Reduce& op, const std::vector<int>& axes);
  void lower_reshape(const tensor::Shape& shape);
  void lower_sample(const graph::GridSample& op, const Slot& image, const Slot& grid,
                    const Slot& out);
  // A convolution as tiles of `outputs` outputs along an axis; none where that is no gain.
  struct Winograd {
    int axis = 0;
    int outputs = 0;
  };
  Winograd choose_winograd(const graph::Conv2d& op, const Slot& out) const;
  void lower_winograd(const graph::Conv2d& op, const Winograd& choice, const Slot& in,
                      const Slot& out, const Fused& fused);
  void lower_depthwise(const graph::Conv2d& op, const Slot& in, const Slot& out,
                       const Fused& fused);
  struct Windows;
  void lower_pool(bool max, const Slot& in, const Slot& out, Windows rows, Windows cols);
  Slot constant(const tensor::Tensor& tensor);

  const graph::ValidGraph& graph_;
  const kernels::KernelSet& kernels_;
  PlanOptions options_;
  Plan plan_;
  std::size_t current_ = 0;                  // node being lowered
  bool lowering_ = false;                    // the inputs have their memory
  std::vector<Halo> halos_;                  // by value: what its readers want around it
  std::vector<std::vector<int>> consumers_;  // by value: node indices
  std::vector<bool> absorbed_;               // by node: another's step does its work
  std::vector<int> last_reads_;              // by buffer: the last node to read a value in it
  std::vector<bool> squares_;                // by value: its slot holds what is still to be squared
};

// Adds a step that calls run(memory), or run(memory, part) where threads can share the work.
template <typename Run>
void PlanBuilder::emit(std::string op, Run run) {
  constexpr bool kShared = std::is_invocable_v<const Run&, const Memory&, const Part&>;
  class FunctionStep final : public Step {
   public:
    explicit FunctionStep(Run function) : function_(std::move(function)) {}
    void run(const Memory& memory, const Part& part) const noexcept override {
      if constexpr (kShared) {
        function_(memory, part);
      } else {
        function_(memory);
      }
    }
    bool is_shared() const noexcept override { return kShared; }

   private:
    Run function_;
  };
  plan_.steps_.push_back(std::make_unique<FunctionStep>(std::move(run)));
  StepReport report;
  report.name = node().name;
  report.op = std::move(op);
  report.shape = node().shape;
  plan_.reports_.push_back(std::move(report));
}

}  // namespace lprnet::plan
