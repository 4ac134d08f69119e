#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "graph/infer_shape.h"
#include "graph/passes/channel_facts.h"
#include "graph/passes/passes.h"
#include "graph/passes/rewriter.h"

namespace lprnet::graph {
namespace {

using ValueId = ValidGraph::ValueId;
using Channels = std::vector<std::int64_t>;

std::int64_t channels_of(const tensor::Shape& shape) { return shape.rank() >= 2 ? shape[1] : 0; }

std::size_t index_of(std::int64_t index) { return static_cast<std::size_t>(index); }

bool is_identity(const Channels& channels, std::size_t count) {
  if (channels.size() != count) return false;
  for (std::size_t c = 0; c < count; ++c) {
    if (index_of(channels[c]) != c) return false;
  }
  return true;
}

// Operators that treat each channel by itself, in the same way, and keep its place.
bool passes_channels(const ValidGraph& graph, const ValidGraph::Node& node) {
  if (node.shape.rank() < 2 || node.inputs.empty()) return false;
  const auto& in = graph.shape_of(node.inputs[0]);
  if (in.rank() < 2 || in[0] != node.shape[0] || in[1] != node.shape[1]) return false;
  if (const auto* binary = std::get_if<Binary>(&node.op)) {
    if (node.inputs.size() == 1) return true;
    const auto& other = graph.shape_of(node.inputs[1]);
    const std::int64_t other_channels =
        other.rank() == node.shape.rank() ? other[1] : other.elements();
    return (binary->kind == BinaryKind::kMul || binary->kind == BinaryKind::kDiv) &&
           in == node.shape && other_channels == 1;
  }
  if (const auto* reduce = std::get_if<Reduce>(&node.op)) {
    const auto axes = reduced_axes(*reduce, in.rank());
    return !axes.empty() && axes.front() >= 2;
  }
  if (const auto* slice = std::get_if<Slice>(&node.op))
    return resolve_axis(slice->dim, in.rank()) >= 2;
  return (in.rank() == 4 && (std::holds_alternative<MaxPool2d>(node.op) ||
                             std::holds_alternative<AvgPool2d>(node.op))) ||
         std::holds_alternative<Activation>(node.op) ||
         // Dimensions 0 and 1 are kept, so this drops or adds dimensions behind them.
         std::holds_alternative<Reshape>(node.op) || std::holds_alternative<Squeeze>(node.op);
}

const Slice* channel_slice(const ValidGraph& graph, const ValidGraph::Node& node) {
  const auto* slice = std::get_if<Slice>(&node.op);
  const bool is =
      slice != nullptr && resolve_axis(slice->dim, graph.shape_of(node.inputs[0]).rank()) == 1;
  return is ? slice : nullptr;
}

const Concat* channel_concat(const ValidGraph::Node& node) {
  const auto* concat = std::get_if<Concat>(&node.op);
  return concat != nullptr && node.shape.rank() >= 2 &&
                 resolve_axis(concat->dim, node.shape.rank()) == 1
             ? concat
             : nullptr;
}

const Conv2d* plain_conv(const ValidGraph::Node& node) {
  const auto* conv = std::get_if<Conv2d>(&node.op);
  return conv != nullptr && conv->groups == 1 && node.shape.rank() == 4 ? conv : nullptr;
}

// The mean over channels and more of what removal may thin out.
const Reduce* channel_mean(const ValidGraph& graph, const ValidGraph::Node& node) {
  const auto* reduce = std::get_if<Reduce>(&node.op);
  if (reduce == nullptr ||
      (reduce->kind != ReduceKind::kSum && reduce->kind != ReduceKind::kMean)) {
    return nullptr;
  }
  const auto& in = graph.shape_of(node.inputs[0]);
  if (in.rank() < 2) return nullptr;
  const auto axes = reduced_axes(*reduce, in.rank());
  return std::find(axes.begin(), axes.end(), 1) != axes.end() ? reduce : nullptr;
}

class ChannelRemover {
 public:
  explicit ChannelRemover(const ValidGraph& graph)
      : graph_(graph), facts_(find_channel_facts(graph)), rewriter_(graph) {
    for (ValueId value = 0; value < graph.value_count(); ++value) {
      const auto& shape = graph.shape_of(value);
      const std::size_t channels = shape.rank() >= 2 ? index_of(shape[1]) : 0;
      needed_.emplace_back(channels, false);
      first_.emplace_back(channels, false);
    }
    kept_.resize(needed_.size());
  }

  // No value where that would make many nodes of few.
  std::optional<ValidGraph> run(PassNotes& notes) {
    find_needed();
    choose_order();
    if (parts_of_slices() > graph_.nodes().size() + kMaxChannels / 1024) return std::nullopt;
    for (std::size_t i = 0; i < graph_.nodes().size(); ++i) rewrite(i, notes);
    return std::move(rewriter_).finish();
  }

 private:
  bool constant(ValueId value, std::size_t channel) const {
    return facts_[index_of(value)][channel].is_constant();
  }
  double constant_value(ValueId value, std::size_t channel) const {
    return facts_[index_of(value)][channel].value();
  }

  void need_all(ValueId value) {
    std::fill(needed_[index_of(value)].begin(), needed_[index_of(value)].end(), true);
  }

  // From the output back: which channels somebody must see as data. What is the same constant for
  // every input need not be seen where its effect can be written down instead.
  void find_needed() {
    for (const auto& output : graph_.outputs()) need_all(output.value);
    for (std::size_t i = graph_.nodes().size(); i-- > 0;) {
      const auto& node = graph_.nodes()[i];
      auto& wanted = needed_[index_of(graph_.value_of_node(i))];
      // A value of no channels cannot be: one stays.
      if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), true) == wanted.end()) {
        wanted[0] = true;
      }
      if (plain_conv(node) != nullptr) {
        need_of_conv(node, wanted);
      } else if (passes_channels(graph_, node)) {
        merge(node.inputs[0], wanted);
        for (std::size_t j = 1; j < node.inputs.size(); ++j) need_all(node.inputs[j]);
      } else if (const auto* slice = channel_slice(graph_, node)) {
        for (std::size_t c = 0; c < wanted.size(); ++c) {
          if (wanted[c]) needed_[index_of(node.inputs[0])][source_of(*slice, node, c)] = true;
        }
      } else if (channel_concat(node) != nullptr) {
        std::size_t offset = 0;
        for (const ValueId input : node.inputs) {
          auto& channels = needed_[index_of(input)];
          for (std::size_t c = 0; c < channels.size(); ++c) {
            if (wanted[offset + c]) channels[c] = true;
          }
          offset += channels.size();
        }
      } else if (channel_mean(graph_, node) != nullptr) {
        auto& channels = needed_[index_of(node.inputs[0])];
        for (std::size_t c = 0; c < channels.size(); ++c) {
          if (!constant(node.inputs[0], c)) channels[c] = true;
        }
      } else {
        for (const ValueId input : node.inputs) need_all(input);
      }
    }
    for (int i = 0; i < graph_.input_count(); ++i) need_all(i);
  }

  void merge(ValueId value, const std::vector<bool>& wanted) {
    auto& channels = needed_[index_of(value)];
    for (std::size_t c = 0; c < channels.size(); ++c) {
      if (wanted[c]) channels[c] = true;
    }
  }

  void need_of_conv(const ValidGraph::Node& node, const std::vector<bool>& wanted) {
    const auto& conv = std::get<Conv2d>(node.op);
    const auto& shape = conv.weight.tensor.shape();
    const auto taps = index_of(shape[2] * shape[3]);
    const bool padded = conv.padding != Pair{0, 0};
    auto& channels = needed_[index_of(node.inputs[0])];
    for (std::size_t in = 0; in < channels.size(); ++in) {
      // Beside the padding's zeros, a constant other than zero is not constant.
      if (constant(node.inputs[0], in) && (!padded || constant_value(node.inputs[0], in) == 0))
        continue;
      for (std::size_t out = 0; out < wanted.size() && !channels[in]; ++out) {
        if (!wanted[out]) continue;
        const float* w = conv.weight.tensor.data() + (out * channels.size() + in) * taps;
        channels[in] = std::any_of(w, w + taps, [](float x) { return x != 0; });
      }
    }
  }

  // The channel of a slice's input that is its c-th output.
  std::size_t source_of(const Slice& slice, const ValidGraph::Node& node, std::size_t c) const {
    const auto range = resolve_slice(slice, graph_.shape_of(node.inputs[0])[1]);
    return index_of(range.start + static_cast<std::int64_t>(c) * slice.step);
  }

  // The inverse; -1 for a channel that the slice leaves out.
  std::int64_t place_in(const Slice& slice, const ValidGraph::Node& node,
                        std::int64_t source) const {
    const auto range = resolve_slice(slice, graph_.shape_of(node.inputs[0])[1]);
    const std::int64_t from_start = source - range.start;
    const bool taken =
        from_start >= 0 && from_start % slice.step == 0 && from_start / slice.step < range.count;
    return taken ? from_start / slice.step : -1;
  }

  // Which channels each value keeps and in which order. Only a convolution is free to order them:
  // those that a slice behind it keeps come first, so that the slice is a view.
  void choose_order() {
    std::vector<bool> ordered(
        kept_.size());  // by value: somebody looks at channels by their number
    for (const auto& output : graph_.outputs()) ordered[index_of(output.value)] = true;
    for (std::size_t i = graph_.nodes().size(); i-- > 0;) {
      const auto& node = graph_.nodes()[i];
      const auto value = graph_.value_of_node(i);
      const bool follows = passes_channels(graph_, node) ||
                           channel_slice(graph_, node) != nullptr ||
                           channel_concat(node) != nullptr;
      const bool any_order = plain_conv(node) != nullptr || channel_mean(graph_, node) != nullptr;
      for (const ValueId input : node.inputs) {
        if (follows ? ordered[index_of(value)] : !any_order) ordered[index_of(input)] = true;
      }
      if (const auto* slice = channel_slice(graph_, node)) {
        for (std::int64_t c = 0; c < node.shape[1]; ++c) {
          first_[index_of(node.inputs[0])][source_of(*slice, node, index_of(c))] = true;
        }
      } else if (passes_channels(graph_, node)) {
        auto& before = first_[index_of(node.inputs[0])];
        for (std::size_t c = 0; c < before.size(); ++c) {
          if (first_[index_of(value)][c]) before[c] = true;
        }
      }
    }
    for (ValueId value = 0; value < graph_.value_count(); ++value) {
      Channels& kept = kept_[index_of(value)];
      const auto& needed = needed_[index_of(value)];
      const bool is_conv = !graph_.is_input(value) && plain_conv(graph_.producer(value)) != nullptr;
      if (!graph_.is_input(value)) {
        const auto& node = graph_.producer(value);
        if (passes_channels(graph_, node)) {
          // As its input, but for what only others need there.
          kept = kept_[index_of(node.inputs[0])];
          continue;
        }
        if (const auto* slice = channel_slice(graph_, node)) {
          for (const std::int64_t source : kept_[index_of(node.inputs[0])]) {
            const std::int64_t c = place_in(*slice, node, source);
            if (c >= 0) kept.push_back(c);
          }
          continue;
        }
        if (channel_concat(node) != nullptr) {
          std::int64_t offset = 0;
          for (const ValueId input : node.inputs) {
            for (const std::int64_t c : kept_[index_of(input)]) kept.push_back(offset + c);
            offset += graph_.shape_of(input)[1];
          }
          continue;
        }
      }
      for (std::size_t c = 0; c < needed.size(); ++c) {
        if (!is_conv || needed[c]) kept.push_back(static_cast<std::int64_t>(c));
      }
      if (is_conv && !ordered[index_of(value)]) {
        std::stable_partition(kept.begin(), kept.end(),
                              [&](std::int64_t c) { return first_[index_of(value)][index_of(c)]; });
      }
    }
  }

  void rewrite(std::size_t i, PassNotes& notes) {
    const auto& node = graph_.nodes()[i];
    const auto value = graph_.value_of_node(i);
    if (plain_conv(node) != nullptr) {
      rewriter_.set(value, thinned_conv(node, value));
      if (kept_[index_of(value)].size() < index_of(node.shape[1])) {
        notes[node.name] = "keeps " + std::to_string(kept_[index_of(value)].size()) + " of " +
                           std::to_string(node.shape[1]) + " channels";
      }
    } else if (const auto* slice = channel_slice(graph_, node)) {
      rewriter_.set(value, thinned_slice(*slice, node));
    } else if (const auto* mean = channel_mean(graph_, node)) {
      rewriter_.set(value, thinned_mean(*mean, node));
    } else if (const auto* reshape = std::get_if<Reshape>(&node.op);
               reshape != nullptr && passes_channels(graph_, node)) {
      Reshape thinner;
      thinner.shape =
          node.shape.with(1, static_cast<std::int64_t>(kept_[index_of(value)].size())).to_vector();
      rewriter_.set(value, rewriter_.add(node.name, thinner, {rewriter_.at(node.inputs[0])}));
    } else {
      rewriter_.set(value, rewriter_.copy(node));
    }
  }

  ValueId thinned_conv(const ValidGraph::Node& node, ValueId value) {
    Conv2d conv = std::get<Conv2d>(node.op);
    const auto& shape = conv.weight.tensor.shape();
    const auto taps = index_of(shape[2] * shape[3]);
    const auto inputs = index_of(shape[1]);
    const Channels& out = kept_[index_of(value)];
    const Channels& in = kept_[index_of(node.inputs[0])];
    if (is_identity(out, index_of(shape[0])) && is_identity(in, inputs))
      return rewriter_.copy(node);
    // Constants that are not kept: their share goes into the bias.
    std::vector<bool> is_kept(inputs);
    for (const std::int64_t c : in) is_kept[index_of(c)] = true;
    Channels folded;
    for (std::size_t c = 0; c < inputs; ++c) {
      if (!is_kept[c] && constant(node.inputs[0], c) && constant_value(node.inputs[0], c) != 0) {
        folded.push_back(static_cast<std::int64_t>(c));
      }
    }
    std::vector<float> weights(out.size() * in.size() * taps);
    std::vector<float> biases;
    float* to = weights.data();
    for (const std::int64_t o : out) {
      const float* row = conv.weight.tensor.data() + index_of(o) * inputs * taps;
      double bias = conv.bias.given() ? double{conv.bias.tensor.data()[index_of(o)]} : 0.0;
      for (const std::int64_t c : folded) {
        for (std::size_t tap = 0; tap < taps; ++tap) {
          bias +=
              double{row[index_of(c) * taps + tap]} * constant_value(node.inputs[0], index_of(c));
        }
      }
      for (const std::int64_t c : in) {
        for (std::size_t tap = 0; tap < taps; ++tap) *to++ = row[index_of(c) * taps + tap];
      }
      biases.push_back(static_cast<float>(bias));
    }
    const auto count = [](const Channels& channels) {
      return static_cast<std::int64_t>(channels.size());
    };
    conv.weight.tensor =
        tensor::Tensor({count(out), count(in), shape[2], shape[3]}, std::move(weights));
    conv.bias.name = conv.bias.given() ? conv.bias.name : conv.weight.name + ".bias";
    conv.bias.tensor = tensor::Tensor({count(out)}, std::move(biases));
    return rewriter_.add(node.name, std::move(conv), {rewriter_.at(node.inputs[0])});
  }

  // Where the kept channels that the slice takes stand among the kept ones of its input.
  std::vector<std::int64_t> places_of(const Slice& slice, const ValidGraph::Node& node) const {
    const Channels& before = kept_[index_of(node.inputs[0])];
    std::vector<std::int64_t> places;
    for (std::size_t place = 0; place < before.size(); ++place) {
      if (place_in(slice, node, before[place]) >= 0)
        places.push_back(static_cast<std::int64_t>(place));
    }
    return places;
  }

  static bool evenly_spaced(const std::vector<std::int64_t>& places) {
    for (std::size_t i = 2; i < places.size(); ++i) {
      if (places[i] - places[i - 1] != places[1] - places[0]) return false;
    }
    return true;
  }

  // How many nodes the slices that are taken one by one become.
  std::size_t parts_of_slices() const {
    std::size_t parts = 0;
    for (const auto& node : graph_.nodes()) {
      const auto* slice = channel_slice(graph_, node);
      if (slice == nullptr) continue;
      const auto places = places_of(*slice, node);
      if (!evenly_spaced(places)) parts += places.size();
    }
    return parts;
  }

  // Of channels that are evenly spaced, one slice; else one by one.
  ValueId thinned_slice(const Slice& slice, const ValidGraph::Node& node) {
    const std::vector<std::int64_t> places = places_of(slice, node);
    const std::int64_t step = places.size() > 1 ? places[1] - places[0] : 1;
    const auto slice_at = [&](const std::string& name, std::int64_t start, std::int64_t end,
                              std::int64_t by) {
      Slice part;
      part.dim = 1;
      part.start = start;
      part.end = end;
      part.step = by;
      return rewriter_.add(name, part, {rewriter_.at(node.inputs[0])});
    };
    if (evenly_spaced(places)) return slice_at(node.name, places.front(), places.back() + 1, step);
    std::vector<ValueId> parts;
    for (const std::int64_t place : places) {
      parts.push_back(slice_at(node.name + "." + std::to_string(place), place, place + 1, 1));
    }
    Concat concat;
    concat.dim = 1;
    return rewriter_.add(node.name, concat, std::move(parts));
  }

  // sum over all = sum over the kept + what the others are known to add.
  ValueId thinned_mean(const Reduce& op, const ValidGraph::Node& node) {
    const auto& shape = graph_.shape_of(node.inputs[0]);
    const Channels& kept = kept_[index_of(node.inputs[0])];
    if (kept.size() == index_of(shape[1])) return rewriter_.copy(node);
    double removed = 0;
    std::vector<bool> is_kept(index_of(shape[1]));
    for (const std::int64_t c : kept) is_kept[index_of(c)] = true;
    for (std::size_t c = 0; c < is_kept.size(); ++c) {
      if (!is_kept[c]) removed += constant_value(node.inputs[0], c);
    }
    const auto channels = static_cast<double>(shape[1]);
    const bool is_mean = op.kind == ReduceKind::kMean;
    const auto other_elements = static_cast<double>(shape.elements()) / channels /
                                static_cast<double>(node.shape.elements());
    const auto reduced = rewriter_.copy(node);
    Binary scale;
    scale.kind = BinaryKind::kMul;
    scale.other = is_mean ? static_cast<double>(kept.size()) / channels : 1.0;
    Binary shift;
    shift.kind = BinaryKind::kAdd;
    shift.other = is_mean ? removed / channels : removed * other_elements;
    const auto scaled = rewriter_.add(node.name + ".kept", scale, {reduced});
    return rewriter_.add(node.name + ".all", shift, {scaled});
  }

  const ValidGraph& graph_;
  ChannelFacts facts_;
  Rewriter rewriter_;
  std::vector<std::vector<bool>> needed_;  // by value and channel
  std::vector<std::vector<bool>> first_;   // wanted at the front
  std::vector<Channels> kept_;  // by value: channels of the old value that stay, in order
};

}  // namespace

ValidGraph remove_channels(const ValidGraph& graph, PassNotes& notes) {
  std::int64_t channels = 0;
  for (const auto& node : graph.nodes()) {
    channels += channels_of(node.shape);
    for (const ValueId input : node.inputs) channels += channels_of(graph.shape_of(input));
  }
  if (channels > kMaxChannels) return graph;
  auto thinner = ChannelRemover(graph).run(notes);
  if (!thinner) return graph;
  return std::move(*thinner);
}

}  // namespace lprnet::graph
