#include "graph/operators.h"

namespace lprnet::graph {
namespace {

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;  // clang 14 deduces no aggregates

std::string_view binary_name(BinaryKind kind) {
  switch (kind) {
    case BinaryKind::kAdd:
      return "add";
    case BinaryKind::kSub:
      return "sub";
    case BinaryKind::kMul:
      return "mul";
    case BinaryKind::kDiv:
      return "div";
    case BinaryKind::kPow:
      return "pow";
    case BinaryKind::kMaximum:
      return "maximum";
    case BinaryKind::kMinimum:
      return "minimum";
  }
  return "";
}

std::string_view reduce_name(ReduceKind kind) {
  switch (kind) {
    case ReduceKind::kSum:
      return "sum";
    case ReduceKind::kMean:
      return "mean";
    case ReduceKind::kMax:
      return "max";
    case ReduceKind::kMin:
      return "min";
  }
  return "";
}

}  // namespace

std::string_view name_of(const Op& op) {
  return std::visit(
      Overloaded{
          [](const Conv2d&) -> std::string_view { return "conv2d"; },
          [](const Linear&) -> std::string_view { return "linear"; },
          [](const BatchNorm&) -> std::string_view { return "batch_norm"; },
          [](const LayerNorm&) -> std::string_view { return "layer_norm"; },
          [](const GroupNorm&) -> std::string_view { return "group_norm"; },
          [](const MatMul&) -> std::string_view { return "matmul"; },
          [](const Recurrent& r) -> std::string_view {
            return r.kind == RecurrentKind::kLstm ? "lstm" : "gru";
          },
          [](const Activation& activation) -> std::string_view {
            return tensor::facts_of(activation.kind).name;
          },
          [](const PRelu&) -> std::string_view { return "prelu"; },
          [](const Softmax& s) -> std::string_view { return s.log ? "log_softmax" : "softmax"; },
          [](const MaxPool2d&) -> std::string_view { return "max_pool2d"; },
          [](const AvgPool2d&) -> std::string_view { return "avg_pool2d"; },
          [](const AdaptivePool2d& pool) -> std::string_view {
            return pool.max ? "adaptive_max_pool2d" : "adaptive_avg_pool2d";
          },
          [](const Concat&) -> std::string_view { return "concat"; },
          [](const Slice&) -> std::string_view { return "slice"; },
          [](const Reshape&) -> std::string_view { return "reshape"; },
          [](const Flatten&) -> std::string_view { return "flatten"; },
          [](const Permute&) -> std::string_view { return "permute"; },
          [](const Squeeze&) -> std::string_view { return "squeeze"; },
          [](const Unsqueeze&) -> std::string_view { return "unsqueeze"; },
          [](const Binary& binary) { return binary_name(binary.kind); },
          [](const Reduce& reduce) { return reduce_name(reduce.kind); },
          [](const AffineGrid&) -> std::string_view { return "affine_grid"; },
          [](const GridSample&) -> std::string_view { return "grid_sample"; },
          [](const Interpolate&) -> std::string_view { return "interpolate"; },
          [](const Constant&) -> std::string_view { return "constant"; },
          [](const Identity& identity) -> std::string_view {
            return identity.dropout ? "dropout" : "identity";
          },
      },
      op);
}

std::vector<Weight*> weights_of(Op& op) {
  return std::visit(
      [](auto& o) -> std::vector<Weight*> {
        using T = std::decay_t<decltype(o)>;
        if constexpr (kIsOneOf<T, Conv2d, Linear, LayerNorm, GroupNorm>) {
          return {&o.weight, &o.bias};
        } else if constexpr (std::is_same_v<T, BatchNorm>) {
          return {&o.weight, &o.bias, &o.running_mean, &o.running_var};
        } else if constexpr (std::is_same_v<T, Recurrent>) {
          return {&o.weight_hh, &o.bias_hh};
        } else if constexpr (std::is_same_v<T, PRelu>) {
          return {&o.weight};
        } else if constexpr (std::is_same_v<T, Constant>) {
          return {&o.value};
        } else {
          static_assert(
              kIsOneOf<T, MatMul, Activation, Softmax, MaxPool2d, AvgPool2d, AdaptivePool2d, Concat,
                       Slice, Reshape, Flatten, Permute, Squeeze, Unsqueeze, Binary, Reduce,
                       AffineGrid, GridSample, Interpolate, Identity>);
          return {};
        }
      },
      op);
}

std::vector<const Weight*> weights_of(const Op& op) {
  const auto weights = weights_of(const_cast<Op&>(op));  // only the constness of the result differs
  return {weights.begin(), weights.end()};
}

}  // namespace lprnet::graph
