#include "plan/plan_builder.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/checked.h"
#include "base/error_text.h"
#include "graph/cost.h"
#include "plan/lowering_bytes.h"
#include "tensor/loop_nest.h"

namespace lprnet::plan {
namespace {

using tensor::Layout;
using tensor::Shape;

}  // namespace

Plan build_plan(const graph::ValidGraph& graph, const kernels::KernelSet& kernels,
                const PlanOptions& options) {
  for (const auto& node : graph.nodes()) {
    options.ledger.take(
        lowering_bytes(graph, node, kernels.lanes),
        base::cat(options.where, ": node '", node.name, "' (", graph::name_of(node.op), ")"));
  }
  return PlanBuilder(graph, kernels, options).build();
}

PlanBuilder::PlanBuilder(const graph::ValidGraph& graph, const kernels::KernelSet& kernels,
                         const PlanOptions& options)
    : graph_(graph),
      kernels_(kernels),
      options_(options),
      halos_(static_cast<std::size_t>(graph.value_count())),
      consumers_(static_cast<std::size_t>(graph.value_count())),
      absorbed_(graph.nodes().size()),
      squares_(static_cast<std::size_t>(graph.value_count())) {
  plan_.kernels_ = &kernels;
  plan_.slots_.resize(static_cast<std::size_t>(graph.value_count()));
  for (const auto& output : graph.outputs()) plan_.outputs_.push_back(output.value);
}

Plan PlanBuilder::build() && {
  find_consumers();
  find_halos();
  const int end = static_cast<int>(graph_.nodes().size());
  for (int i = 0; i < graph_.input_count(); ++i) {
    const auto id = static_cast<std::size_t>(i);
    const Shape& shape = graph_.inputs()[id].shape;
    // The caller writes the input, pixel after pixel, and may run again on the same one.
    place(i, new_value(shape, halos_[id], shape.rank() == 4 ? shape[1] : 0));
    plan_.buffers_.back().last = end;
  }
  lowering_ = true;
  for (current_ = 0; current_ < graph_.nodes().size(); ++current_) {
    if (absorbed_[current_]) continue;
    const std::size_t before = plan_.steps_.size();
    std::visit([this](const auto& op) { lower(op); }, node().op);
    if (plan_.steps_.size() > before) {
      report().macs = graph::macs_of(graph_, node());
      report().operations = graph::operations_of(graph_, node());
    }
  }
  for (const ValueId output : plan_.outputs_) {
    const Slot& slot = plan_.slots_[static_cast<std::size_t>(output)];
    plan_.buffers_[static_cast<std::size_t>(slot.buffer)].last = end;
  }
  if (options_.keep_values) {
    for (Buffer& buffer : plan_.buffers_) buffer = {buffer.floats, 0, end};
  }
  plan_.layout_ = lay_out(plan_.buffers_);
  base::expect_within(options_.ledger.limits(), &Limits::arena_bytes,
                      static_cast<std::int64_t>(plan_.arena_floats() * sizeof(float)),
                      options_.where);
  return std::move(plan_);
}

void PlanBuilder::find_consumers() {
  for (std::size_t i = 0; i < graph_.nodes().size(); ++i) {
    for (const ValueId input : graph_.nodes()[i].inputs) {
      consumers_[static_cast<std::size_t>(input)].push_back(static_cast<int>(i));
    }
  }
}

void PlanBuilder::find_halos() {
  for (std::size_t i = graph_.nodes().size(); i-- > 0;) {
    const Node& reader = graph_.nodes()[i];
    if (reader.inputs.empty()) continue;
    Halo& halo = halos_[static_cast<std::size_t>(reader.inputs[0])];
    const auto widen = [&halo](std::int64_t h, std::int64_t w) {
      halo = {std::max(halo.h, h), std::max(halo.w, w)};
    };
    if (const auto* conv = std::get_if<graph::Conv2d>(&reader.op)) {
      widen(conv->padding[0], conv->padding[1]);
    } else if (std::holds_alternative<graph::Activation>(reader.op) ||
               std::holds_alternative<graph::PRelu>(reader.op) ||
               std::holds_alternative<graph::BatchNorm>(reader.op) ||
               std::holds_alternative<graph::Identity>(reader.op)) {
      // Its result may take the input's place.
      const Halo& after = halos_[static_cast<std::size_t>(graph_.value_of_node(i))];
      widen(after.h, after.w);
    }
  }
}

Slot PlanBuilder::new_slot(const Layout& layout, std::size_t floats, std::ptrdiff_t first) {
  const int now = static_cast<int>(current_);
  // Behind the last pixel's channels a whole vector may be read in vain: of this buffer, as the
  // next one may be another thread's to write.
  const auto behind = static_cast<std::size_t>(kernels_.lanes);
  const auto bytes = base::saturating_mul(static_cast<std::int64_t>(floats + behind),
                                          static_cast<std::int64_t>(sizeof(float)));
  base::expect_within(options_.ledger.limits(), &Limits::arena_bytes, bytes, here());
  plan_.buffers_.push_back({floats + behind, now, now});
  last_reads_.push_back(-1);
  return {static_cast<int>(plan_.buffers_.size()) - 1, first, layout, {}};
}

std::ptrdiff_t PlanBuilder::in_vectors(std::int64_t channels) const {
  return (channels + kernels_.lanes - 1) / kernels_.lanes * kernels_.lanes;
}

void PlanBuilder::reserve_scratch(std::int64_t floats) {
  plan_.scratch_ = std::max(plan_.scratch_, aligned(static_cast<std::size_t>(floats)));
}

Slot PlanBuilder::new_value(const Shape& shape, Halo halo, std::ptrdiff_t pixel) {
  if (shape.rank() != 4) {
    return new_slot(Layout::row_major(shape), static_cast<std::size_t>(shape.elements()), 0);
  }
  if (pixel == 0) pixel = shape[1] < kernels_.lanes ? shape[1] : in_vectors(shape[1]);
  // A file's padding may ask for more than a size can say.
  std::int64_t bytes = sizeof(float);
  for (const std::int64_t size :
       {shape[0], shape[2] + 2 * halo.h, shape[3] + 2 * halo.w, static_cast<std::int64_t>(pixel)}) {
    bytes = base::saturating_mul(bytes, size);
  }
  base::expect_within(options_.ledger.limits(), &Limits::arena_bytes, bytes, here());
  const Layout layout = Layout::channels_last(shape, pixel, halo.h, halo.w);
  Slot slot = new_slot(layout, static_cast<std::size_t>(shape[0] * layout.stride(0)),
                       halo.h * layout.stride(2) + halo.w * layout.stride(3));
  slot.halo = halo;
  if (halo.h > 0 || halo.w > 0) zero_halo(slot);
  return slot;
}

Slot PlanBuilder::new_output(std::ptrdiff_t pixel) {
  const Slot slot = new_value(node().shape, wanted_halo(), pixel);
  set_output(slot);
  return slot;
}

Slot PlanBuilder::input(std::size_t index) {
  const Slot& slot = plan_.slots_[static_cast<std::size_t>(node().inputs[index])];
  Buffer& buffer = plan_.buffers_[static_cast<std::size_t>(slot.buffer)];
  buffer.last = std::max(buffer.last, static_cast<int>(current_));
  return slot;
}

Slot PlanBuilder::batched_input() {
  const Slot slot = input();
  return slot.layout.shape.rank() == 4 ? slot : slot.view(0, slot.layout.inserted(0));
}

Slot PlanBuilder::new_batched_output(std::ptrdiff_t pixel) {
  if (node().shape.rank() == 4) return new_output(pixel);
  const Slot slot = new_value(node().shape.inserted(0, 1), {}, pixel);
  set_output(slot.view(0, slot.layout.without(0)));
  return slot;
}

bool PlanBuilder::may_overwrite(std::size_t index) const {
  if (options_.keep_values) return false;
  const Slot& slot = plan_.slots_[static_cast<std::size_t>(node().inputs[index])];
  if (!slot.halo.covers(wanted_halo())) return false;
  const auto buffer = static_cast<std::size_t>(slot.buffer);
  const int now = static_cast<int>(current_);
  // Inputs and constants outlive the run; everything else that lives in the buffer must be read by
  // now.
  return plan_.buffers_[buffer].last <= now && last_reads_[buffer] <= now;
}

void PlanBuilder::place(ValueId value, const Slot& slot) {
  const auto id = static_cast<std::size_t>(value);
  plan_.slots_[id] = slot;
  int& last = last_reads_[static_cast<std::size_t>(slot.buffer)];
  if (graph_.is_output(value)) last = std::numeric_limits<int>::max();
  if (!consumers_[id].empty()) last = std::max(last, consumers_[id].back());
}

void PlanBuilder::count_extra(std::int64_t operations) {
  plan_.extra_operations_ = base::saturating_add(plan_.extra_operations_, operations);
  if (plan_.extra_operations_ <= options_.ledger.limits().operations) return;
  base::expect_within(options_.ledger.limits(), &Limits::operations, plan_.extra_operations_,
                      here() + ", copies and zeros up to it");
}

std::string PlanBuilder::here() const {
  if (!lowering_) return options_.where + ": the input";
  return base::cat(options_.where, ": node '", node().name, "' (", graph::name_of(node().op), ")");
}

void PlanBuilder::emit_copy(const Slot& from, const Slot& to) {
  count_extra(from.layout.shape.elements());
  const tensor::LoopNest<2> loops({from.layout, to.layout});
  const auto copy = kernels_.unary;
  emit("copy", [from, to, loops, copy](const Memory& memory) {
    const float* in = memory.at(from);
    float* out = memory.at(to);
    const bool dense = loops.inner_stride(0) == 1 && loops.inner_stride(1) == 1;
    loops.for_each_inner([&](const auto& offsets) {
      if (dense) {
        copy({}, in + offsets[0], out + offsets[1], loops.inner_size());
        return;
      }
      for (std::int64_t i = 0; i < loops.inner_size(); ++i) {
        out[offsets[1] + i * loops.inner_stride(1)] = in[offsets[0] + i * loops.inner_stride(0)];
      }
    });
  });
}

void PlanBuilder::zero_halo(const Slot& slot) {
  const Shape& inner = slot.layout.shape;
  count_extra(
      inner[0] * 2 *
      (slot.halo.h * slot.layout.stride(2) + slot.halo.w * slot.layout.stride(3) * inner[2]));
  emit("zero_halo", [slot](const Memory& memory) {
    const Halo& halo = slot.halo;
    const Layout& layout = slot.layout;
    const Shape& shape = layout.shape;
    const auto zero = [](float* from, std::ptrdiff_t floats) {
      std::memset(from, 0, static_cast<std::size_t>(floats) * sizeof(float));
    };
    const std::ptrdiff_t row = layout.stride(2);
    const std::ptrdiff_t side = halo.w * layout.stride(3);
    for (std::int64_t n = 0; n < shape[0]; ++n) {
      float* first =
          memory.at(slot) + n * layout.stride(0) - side;  // of the first row, halo included
      zero(first - halo.h * row, halo.h * row);
      for (std::int64_t h = 0; side > 0 && h < shape[2]; ++h) {
        zero(first + h * row, side);
        zero(first + (h + 1) * row - side, side);
      }
      zero(first + shape[2] * row, halo.h * row);
    }
  });
}

PlanBuilder::Fused PlanBuilder::fuse_activation() {
  const auto value = static_cast<std::size_t>(current_value());
  if (options_.keep_values || consumers_[value].size() != 1 || graph_.is_output(current_value()))
    return {};
  const int reader = consumers_[value][0];
  const Node& activation = graph_.nodes()[static_cast<std::size_t>(reader)];
  Fused fused;
  if (const auto* plain = std::get_if<graph::Activation>(&activation.op)) {
    fused.activation = *plain;
  } else if (const auto* prelu = std::get_if<graph::PRelu>(&activation.op);
             prelu != nullptr && prelu->weight.tensor.size() == 1) {
    fused.activation = {tensor::ActivationKind::kLeakyRelu, double{*prelu->weight.tensor.data()}};
  } else {
    return {};
  }
  fused.node = reader;
  absorbed_[static_cast<std::size_t>(reader)] = true;
  place(graph_.value_of_node(static_cast<std::size_t>(reader)), plan_.slots_[value]);
  return fused;
}

Slot PlanBuilder::constant(const tensor::Tensor& tensor) {
  const Slot slot = new_value(tensor.shape(), {}, 0);
  plan_.buffers_.back().first = 0;
  plan_.buffers_.back().last = std::numeric_limits<int>::max();
  plan_.constants_.push_back({slot, tensor});
  return slot;
}

}  // namespace lprnet::plan
