#include <algorithm>
#include <memory>

#include "base/aligned_buffer.h"
#include "plan/packed_weights.h"
#include "plan/plan_builder.h"

namespace lprnet::plan {
namespace {

using graph::RecurrentKind;
using kernels::ConvArgs;
using kernels::KernelSet;
using tensor::Activation;
using tensor::ActivationKind;
using tensor::BinaryKind;
using tensor::Layout;
using tensor::Shape;

// Functions of rows of `size` floats.
struct Rows {
  const KernelSet& kernels;
  std::int64_t size;

  void function(ActivationKind kind, float* x, std::int64_t n) const {
    kernels.unary(Activation{kind, 0}, x, x, n);
  }
  // c = a `kind` b
  void binary(BinaryKind kind, const float* a, const float* b, float* c, std::int64_t n) const {
    kernels.binary(kind, {a, 1}, {b, 1}, c, n);
  }

  // One image's step. `gates`: what the last hidden state adds to them, used up; `input`: what the
  // input does.
  void lstm(float* gates, const float* input, float* cell, float* hidden) const {
    float* forget = gates + size;
    float* candidate = gates + 2 * size;
    float* output = gates + 3 * size;
    binary(BinaryKind::kAdd, gates, input, gates, 4 * size);
    function(ActivationKind::kSigmoid, gates, 2 * size);
    function(ActivationKind::kTanh, candidate, size);
    function(ActivationKind::kSigmoid, output, size);
    binary(BinaryKind::kMul, forget, cell, cell, size);
    binary(BinaryKind::kMul, gates, candidate, candidate, size);
    binary(BinaryKind::kAdd, cell, candidate, cell, size);
    kernels.unary(Activation{ActivationKind::kTanh, 0}, cell, hidden, size);
    binary(BinaryKind::kMul, output, hidden, hidden, size);
  }
  void gru(float* gates, const float* input, const float* before, float* hidden) const {
    float* update = gates + size;
    float* candidate = gates + 2 * size;
    binary(BinaryKind::kAdd, gates, input, gates, 2 * size);
    function(ActivationKind::kSigmoid, gates, 2 * size);
    binary(BinaryKind::kMul, gates, candidate, candidate, size);
    binary(BinaryKind::kAdd, candidate, input + 2 * size, candidate, size);
    function(ActivationKind::kTanh, candidate, size);
    binary(BinaryKind::kSub, before, candidate, hidden, size);
    binary(BinaryKind::kMul, update, hidden, hidden, size);
    binary(BinaryKind::kAdd, candidate, hidden, hidden, size);
  }
};

struct Packed {
  base::AlignedBuffer weights;
  base::AlignedBuffer bias;
};

}  // namespace

// Each step is a matrix product as a linear layer's, over the images of a batch, and functions of
// rows.
void PlanBuilder::lower(const graph::Recurrent& op) {
  Slot in = input();
  const Shape shape = in.layout.shape;  // (steps, batch, gates * hidden)
  if (in.layout.stride(2) != 1) {
    const Slot dense =
        new_slot(Layout::row_major(shape), static_cast<std::size_t>(shape.elements()), 0);
    emit_copy(in, dense);
    in = dense;
  }
  const Slot out = new_output();
  const std::int64_t steps = shape[0];
  const std::int64_t batch = shape[1];
  const std::int64_t size = node().shape[2];
  const std::ptrdiff_t pitch = in_vectors(shape[2]);
  const auto packed =
      std::make_shared<Packed>(Packed{base::AlignedBuffer(static_cast<std::size_t>(pitch * size)),
                                      base::AlignedBuffer(static_cast<std::size_t>(pitch))});
  const tensor::Tensor as_filter(
      Shape{shape[2], size, 1, 1},
      std::shared_ptr<const float>(std::shared_ptr<const void>(), op.weight_hh.tensor.data()));
  pack_weights(as_filter, 0, shape[2], kernels_, packed->weights.data());
  pack_bias(op.bias_hh, 0, shape[2], packed->bias.data());
  // Gates, and a state that begins as zero: the cell's, and the hidden one before the first step.
  const std::ptrdiff_t state = batch * pitch;
  reserve_scratch(state + batch * size);
  ConvArgs args;
  args.rows = 1;
  args.cols = batch;
  args.in_col_stride = size;
  args.out_col_stride = pitch;
  args.runs = 1;
  args.run_length = static_cast<int>(size);
  args.out_vectors = static_cast<int>(pitch / kernels_.lanes);
  const bool is_lstm = op.kind == RecurrentKind::kLstm;
  const bool reverse = op.reverse;
  const auto* kernels = &kernels_;
  emit(std::string(graph::name_of(node().op)), [=](const Memory& memory) {
    static constexpr std::ptrdiff_t kNoOffset = 0;
    const Rows rows{*kernels, size};
    float* const cells = memory.scratch + state;
    std::fill_n(cells, batch * size, 0.0F);
    const float* before = cells;
    ConvArgs now = args;
    now.run_offsets = &kNoOffset;
    now.weights = packed->weights.data();
    now.bias = packed->bias.data();
    now.out = memory.scratch;
    for (std::int64_t i = 0; i < steps; ++i) {
      const std::int64_t step = reverse ? steps - 1 - i : i;
      now.in = before;
      kernels->conv(now);
      float* hidden = memory.at(out) + step * batch * size;
      for (std::int64_t n = 0; n < batch; ++n) {
        float* gates = memory.scratch + n * pitch;
        const float* x = memory.at(in) + step * in.layout.stride(0) + n * in.layout.stride(1);
        if (is_lstm) {
          rows.lstm(gates, x, cells + n * size, hidden + n * size);
        } else {
          rows.gru(gates, x, before + n * size, hidden + n * size);
        }
      }
      before = hidden;
    }
  });
}

}  // namespace lprnet::plan
