#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "tensor/activation.h"
#include "tensor/functions.h"
#include "tensor/tensor.h"

// The operators, as models/FORMAT.md describes them: attributes carry PyTorch's names, defaults and
// meaning. CONTRIBUTING.md lists what a new one needs; std::visit makes the compiler name each
// place that is missing.
namespace lprnet::graph {

// A tensor named by the file; validate() fills in its values. An empty name: the operator has none.
struct Weight {
  std::string name;
  tensor::Tensor tensor;

  bool given() const noexcept { return !name.empty(); }
};

using Pair = std::array<std::int64_t, 2>;  // height, width

struct Conv2d {
  Weight weight;  // (out_channels, in_channels / groups, kernel height, kernel width)
  Weight bias;    // (out_channels)
  Pair stride{1, 1};
  Pair padding{0, 0};
  Pair dilation{1, 1};
  std::int64_t groups = 1;
};

struct Linear {
  Weight weight;  // (out_features, in_features)
  Weight bias;    // (out_features)
};

struct BatchNorm {
  Weight weight;  // (channels), as are the others
  Weight bias;
  Weight running_mean;
  Weight running_var;
  double eps = 1e-5;
};

// Over the last dimensions, those of `normalized_shape`.
struct LayerNorm {
  Weight weight;  // normalized_shape
  Weight bias;    // normalized_shape
  std::vector<std::int64_t> normalized_shape;
  double eps = 1e-5;
};

// Over each group of channels and all that follows them; groups of one channel: instance norm.
struct GroupNorm {
  Weight weight;  // (channels)
  Weight bias;    // (channels)
  std::int64_t num_groups = 1;
  double eps = 1e-5;
};

// The product of two values, PyTorch's matmul of two dimensions or more.
struct MatMul {};

// What a recurrent layer does in one direction behind the product of its input and weight_ih: the
// input is that product, (steps, batch, gates * hidden), gates in PyTorch's order. The state begins
// as zero; the output is the hidden state after each step, (steps, batch, hidden).
using tensor::RecurrentKind;
struct Recurrent {
  RecurrentKind kind = RecurrentKind::kLstm;
  Weight weight_hh;      // (gates * hidden, hidden)
  Weight bias_hh;        // (gates * hidden)
  bool reverse = false;  // from the last step to the first
};

using tensor::Activation;  // relu, mish, ...: an operator too
using tensor::ActivationKind;
struct PRelu {
  Weight weight;  // (1) or (channels)
};

struct Softmax {
  std::int64_t dim = 0;
  bool log = false;
};

struct MaxPool2d {
  Pair kernel_size{};
  Pair stride{};
  Pair padding{0, 0};
  Pair dilation{1, 1};
  bool ceil_mode = false;
};
struct AvgPool2d {
  Pair kernel_size{};
  Pair stride{};
  Pair padding{0, 0};
  bool ceil_mode = false;
  bool count_include_pad = true;
  std::optional<std::int64_t> divisor_override;
};
struct AdaptivePool2d {
  std::array<std::optional<std::int64_t>, 2> output_size;  // no value: as the input
  bool max = false;                                        // else the average
};

struct Concat {
  std::int64_t dim = 0;
};
struct Slice {
  std::int64_t dim = 0;
  std::int64_t start = 0;
  std::optional<std::int64_t> end;
  std::int64_t step = 1;
};
struct Reshape {
  std::vector<std::int64_t> shape;  // one entry may be -1
};
struct Flatten {
  std::int64_t start_dim = 0;
  std::int64_t end_dim = -1;
};
struct Permute {
  std::vector<std::int64_t> dims;
};
struct Squeeze {
  std::optional<std::int64_t> dim;  // no value: every dimension of size 1
};
struct Unsqueeze {
  std::int64_t dim = 0;
};

using tensor::BinaryKind;
struct Binary {
  BinaryKind kind = BinaryKind::kAdd;
  // With one input: the number that stands on the other side.
  std::optional<double> other;  // right operand
  std::optional<double> input;  // left operand
};

using tensor::ReduceKind;
struct Reduce {
  ReduceKind kind = ReduceKind::kSum;
  std::vector<std::int64_t> dim;  // empty: all
  bool keepdim = false;
};

struct AffineGrid {
  std::vector<std::int64_t> size;  // N, C, H, W
  bool align_corners = false;
};
using tensor::GridMode;
using tensor::GridPadding;
struct GridSample {
  GridMode mode = GridMode::kBilinear;
  GridPadding padding_mode = GridPadding::kZeros;
  bool align_corners = false;
};

using tensor::InterpolateMode;
struct Interpolate {
  std::optional<Pair> size;                           // of the output; or
  std::optional<std::array<double, 2>> scale_factor;  // output over input, height and width
  InterpolateMode mode = InterpolateMode::kNearest;
  bool align_corners = false;
};

struct Constant {
  Weight value;
};

struct Identity {
  bool dropout = false;  // as the file called it; both give their input
};

using Op = std::variant<Conv2d, Linear, BatchNorm, LayerNorm, GroupNorm, MatMul, Recurrent,
                        Activation, PRelu, Softmax, MaxPool2d, AvgPool2d, AdaptivePool2d, Concat,
                        Slice, Reshape, Flatten, Permute, Squeeze, Unsqueeze, Binary, Reduce,
                        AffineGrid, GridSample, Interpolate, Constant, Identity>;

// How many gates a step has.
constexpr std::int64_t gates_of(RecurrentKind kind) { return kind == RecurrentKind::kLstm ? 4 : 3; }

// For visits that treat some operators alike: those that are not named are errors.
template <typename T, typename... Types>
inline constexpr bool kIsOneOf = (std::is_same_v<T, Types> || ...);

// The operator's name in a model file: "conv2d", "relu", ...
std::string_view name_of(const Op& op);

// The operator's weights, those not given included, in a fixed order; changes go through to the op.
std::vector<Weight*> weights_of(Op& op);
std::vector<const Weight*> weights_of(const Op& op);

}  // namespace lprnet::graph
