#include "tests/evaluator/random_graph.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "formats/graph_json.h"
#include "graph/evaluate.h"
#include "graph/infer_shape.h"
#include "lprnet/error.hpp"

namespace lprnet::test {
namespace {

using graph::ActivationKind;
using graph::BinaryKind;
using graph::Op;
using graph::Pair;
using graph::ReduceKind;
using graph::Values;
using graph::Weight;
using tensor::Shape;
using tensor::Tensor;

constexpr std::int64_t kMaxElements = 3000;
constexpr std::int64_t kMaxMacs = 200000;
constexpr double kMaxMagnitude = 50;

class Grower {
 public:
  explicit Grower(Choices& choices) : choices_(choices) {}

  RandomGraph grow() && {
    add_input();
    if (choices_.percent(20)) add_input();
    const std::int64_t wanted = choices_.between(1, 12);
    for (int tries = 0; tries < 60 && size() < static_cast<std::size_t>(wanted); ++tries) step();
    // Most of the work leads to the last value; now and then an earlier one is the output, or more.
    std::size_t output = values_.size() - 1;
    if (choices_.percent(7)) output = pick(values_.size());
    graph_.outputs.push_back({"y0", values_[output].name});
    if (choices_.percent(25)) {  // that others read it keeps a value from being overwritten
      for (std::int64_t i = choices_.between(1, 2); i > 0; --i) {
        graph_.outputs.push_back({"y" + std::to_string(i), values_[pick(values_.size())].name});
      }
    }
    RandomGraph result;
    result.file.where = "random graph";
    result.file.graph = std::move(graph_);
    result.file.weights = std::move(weights_);
    result.file.description.name = "random";
    result.graph = graph::validate(result.file.graph, result.file.weights, result.file.where);
    result.inputs = std::move(inputs_);
    return result;
  }

 private:
  struct Value {
    std::string name;
    Shape shape;
    Values elements;
    bool finite = true;
    double least = 0;  // of the elements
    double least_magnitude = 0;
    double largest = 0;  // in magnitude
  };
  using Id = std::size_t;

  std::size_t size() const { return graph_.nodes.size(); }
  std::size_t pick(std::size_t count) {
    return static_cast<std::size_t>(choices_.below(static_cast<std::int64_t>(count)));
  }
  // A copy: adding a value moves the others.
  Shape shape(Id id) const { return values_[id].shape; }

  // --- values

  void remember(std::string name, const Shape& shape, Values elements) {
    Value value{std::move(name), shape, std::move(elements)};
    value.least = value.least_magnitude = HUGE_VAL;
    for (const double x : value.elements) {
      value.finite = value.finite && std::isfinite(x);
      value.least = std::min(value.least, x);
      value.least_magnitude = std::min(value.least_magnitude, std::fabs(x));
      value.largest = std::max(value.largest, std::fabs(x));
    }
    values_.push_back(std::move(value));
  }

  void add_input() {
    std::vector<std::int64_t> dims;
    const std::int64_t batch = choices_.percent(15) ? 2 : 1;
    const std::int64_t channels = choices_.of({1, 2, 3, 4, 5, 8, 16, 17});
    const std::int64_t height = choices_.between(1, 12);
    const std::int64_t width = choices_.between(1, 14);
    switch (choices_.below(10)) {
      case 0:
        dims = {batch, choices_.between(1, 40)};
        break;
      case 1:
      case 2:
        dims = {channels, height, width};
        break;
      default:
        dims = {batch, channels, height, width};
    }
    if (!inputs_.empty() && choices_.percent(60)) dims = shape(0).to_vector();
    const Shape shape = *Shape::checked(dims);
    const std::string name = "x" + std::to_string(inputs_.size());
    const Tensor tensor = noise(shape, 0, 1);
    graph_.inputs.push_back({name, dims});
    inputs_.push_back(tensor);
    remember(name, shape, {tensor.begin(), tensor.end()});
  }

  Tensor noise(const Shape& shape, double centre, double spread) {
    std::vector<float> values(static_cast<std::size_t>(shape.elements()));
    for (float& x : values) x = static_cast<float>(centre + spread * choices_.noise());
    return {shape, std::move(values)};
  }
  Weight weight(const Tensor& tensor) { return {"w" + std::to_string(weight_count_++), tensor}; }
  Weight weight(const Shape& shape, double centre, double spread) {
    return weight(noise(shape, centre, spread));
  }

  // Adds the node when it is valid, small and its values are near 1.
  std::optional<Id> add(graph::FileOp op, const std::vector<Id>& from) {
    graph::GraphBuilder builder("random");
    graph::Graph::Node node{"n" + std::to_string(size()), op, {}};
    std::vector<int> ids;
    std::vector<Values> inputs;
    for (const Id id : from) {
      ids.push_back(builder.add_input(values_[id].name, shape(id)));
      node.inputs.push_back(values_[id].name);
      inputs.push_back(values_[id].elements);
    }
    int value = 0;
    try {
      if (const auto* known = std::get_if<Op>(&op)) {
        value = builder.add(node.name, *known, ids);
      } else {
        for (auto& part : builder.parts_of(node.name, std::get<graph::MaxPool3d>(op), ids)) {
          value = builder.add(std::move(part.name), std::move(part.op), ids);
          ids = {value};
        }
      }
    } catch (const Error&) {
      return std::nullopt;
    }
    const Shape result = builder.shape_of(value);
    if (result.elements() > kMaxElements || macs(node.op, result, from) > kMaxMacs)
      return std::nullopt;
    Values elements = graph::evaluate(std::move(builder).finish(value), std::move(inputs))[0];
    auto* const known = std::get_if<Op>(&op);
    const bool max_pool = known == nullptr || std::holds_alternative<graph::MaxPool2d>(*known);
    for (const double x : elements) {
      const bool empty_window = max_pool && x == -HUGE_VAL;
      if (!empty_window && !(std::fabs(x) <= kMaxMagnitude)) return std::nullopt;
    }
    for (const Weight* used :
         known != nullptr ? graph::weights_of(*known) : std::vector<Weight*>{}) {
      if (used->given()) weights_[used->name] = graph::to_raw(used->tensor);
    }
    graph_.nodes.push_back(std::move(node));
    remember(graph_.nodes.back().name, result, std::move(elements));
    last_op_ = std::move(op);
    last_from_ = from;
    return values_.size() - 1;
  }

  std::int64_t macs(const graph::FileOp& file_op, const Shape& result,
                    const std::vector<Id>& from) const {
    if (std::holds_alternative<graph::MaxPool3d>(file_op)) return result.elements();
    const Op& op = std::get<Op>(file_op);
    if (const auto* conv = std::get_if<graph::Conv2d>(&op)) {
      return result.elements() * conv->weight.tensor.shape().elements(1, 4);
    }
    if (std::holds_alternative<graph::Recurrent>(op)) {
      return shape(from[0]).elements() * result[2];
    }
    if (std::holds_alternative<graph::Linear>(op) || std::holds_alternative<graph::MatMul>(op)) {
      return result.elements() * shape(from[0])[shape(from[0]).rank() - 1];
    }
    if (const auto* pool = std::get_if<graph::MaxPool2d>(&op)) {
      return result.elements() * pool->kernel_size[0] * pool->kernel_size[1];
    }
    return result.elements();
  }

  // A value to read: mostly the last, else any. One that is not finite goes through an activation.
  Id operand() {
    Id id = choices_.percent(65) ? values_.size() - 1 : pick(values_.size());
    if (values_[id].finite) return id;
    return *add(choices_.percent(50) ? Op{graph::Activation{ActivationKind::kRelu}}
                                     : Op{graph::Activation{ActivationKind::kSigmoid}},
                {id});
  }
  Id image_operand() {
    Id id = operand();
    for (int tries = 0; tries < 8 && (shape(id).rank() < 3 || shape(id).rank() > 4); ++tries) {
      id = operand();
    }
    return id;
  }
  int image_axis(Id id, int from_the_end) const { return shape(id).rank() - from_the_end; }

  // The value, or one made of it that is at least a half everywhere.
  std::optional<Id> positive(Id id) {
    if (values_[id].least > 0.2) return id;
    const auto bounded = add(graph::Activation{ActivationKind::kSigmoid}, {id});
    return bounded ? add(number(BinaryKind::kAdd, 0.5), {*bounded}) : std::nullopt;
  }

  static graph::Binary number(BinaryKind kind, double right) {
    graph::Binary op;
    op.kind = kind;
    op.other = right;
    return op;
  }
  static graph::Binary left_number(BinaryKind kind, double left) {
    graph::Binary op;
    op.kind = kind;
    op.input = left;
    return op;
  }
  static graph::Binary both(BinaryKind kind) {
    graph::Binary op;
    op.kind = kind;
    return op;
  }

  // --- layers

  std::optional<Id> conv(Id from, std::int64_t filters, Pair kernel, const graph::Conv2d& like) {
    if (shape(from).rank() < 3) return std::nullopt;
    graph::Conv2d op = like;
    const std::int64_t channels = shape(from)[image_axis(from, 3)];
    if (channels % op.groups != 0 || filters % op.groups != 0) return std::nullopt;
    const std::int64_t taps = channels / op.groups * kernel[0] * kernel[1];
    const double spread = 1.7 / std::sqrt(static_cast<double>(taps));
    Tensor filter = noise({filters, channels / op.groups, kernel[0], kernel[1]}, 0, spread);
    if (choices_.percent(15)) filter = with_dead_rows(filter);
    op.weight = weight(filter);
    if (choices_.percent(70)) op.bias = weight({filters}, 0, choices_.percent(10) ? 6 : 0.5);
    return add(op, {from});
  }

  // Some filters are zero: their channels are constant.
  Tensor with_dead_rows(const Tensor& filter) {
    std::vector<float> values = filter.to_vector();
    const auto row = static_cast<std::size_t>(filter.shape().elements(1, filter.shape().rank()));
    for (std::size_t i = 0; i < values.size(); i += row) {
      if (choices_.percent(40))
        std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(i), row, 0.0F);
    }
    return {filter.shape(), std::move(values)};
  }

  std::optional<Id> random_conv(Id from) {
    if (shape(from).rank() < 3 || shape(from).rank() > 4) return std::nullopt;
    const std::int64_t channels = shape(from)[image_axis(from, 3)];
    std::int64_t filters = choices_.of({1, 2, 3, 4, 6, 7, 8, 9, 12, 16, 17, 20, 33});
    graph::Conv2d op;
    Pair kernel{};
    for (std::size_t i = 0; i < 2; ++i) {
      kernel[i] = choices_.of({1, 1, 2, 3, 3, 4, 5});
      op.stride[i] = choices_.of({1, 1, 1, 2, 3});
      op.dilation[i] = choices_.of({1, 1, 1, 2});
      op.padding[i] = choices_.of({0, 0, kernel[i] / 2, 1, 2, 3});
    }
    switch (choices_.below(6)) {
      case 0:
        op.groups = channels;  // depthwise, or several filters for each channel
        filters = channels * choices_.of({1, 1, 1, 2});
        break;
      case 1:
        op.groups = choices_.of({2, 3, 4});
        filters = op.groups * choices_.between(1, 9);
        break;
      default:
        break;
    }
    return conv(from, filters, kernel, op);
  }

  // A convolution that keeps height and width.
  std::optional<Id> same_conv(Id from, std::int64_t filters) {
    graph::Conv2d op;
    const Pair kernel{choices_.of({1, 3, 3, 5}), choices_.of({1, 1, 3, 5})};
    op.padding = {kernel[0] / 2, kernel[1] / 2};
    return conv(from, filters, kernel, op);
  }

  std::optional<Id> activation(Id from) {
    const std::int64_t choice = choices_.below(10);
    if (choice < 3) return add(graph::Activation{ActivationKind::kRelu}, {from});
    if (choice == 3) {
      const std::int64_t channels = shape(from).rank() < 2 ? 1 : shape(from)[1];
      return add(graph::PRelu{weight({choices_.percent(30) ? 1 : channels}, 0.2, 0.4)}, {from});
    }
    // Any of them, but for a root, which is taken elsewhere of what is positive.
    const auto kinds = tensor::all_activations();
    const auto& facts = kinds[1 + pick(kinds.size() - 1)];
    const double parameter = choices_.percent(20)   ? -0.5
                             : choices_.percent(50) ? 0.7
                                                    : facts.parameter;
    if (facts.kind == ActivationKind::kSqrt)
      return add(graph::Activation{ActivationKind::kTanh}, {from});
    return add(graph::Activation{facts.kind, facts.attribute != nullptr ? parameter : 0}, {from});
  }

  std::optional<Id> batch_norm(Id from) {
    if (shape(from).rank() < 2) return std::nullopt;
    const Shape channels{shape(from)[1]};
    graph::BatchNorm op;
    if (choices_.percent(80)) op.weight = weight(channels, 1, 0.7);
    if (choices_.percent(80)) op.bias = weight(channels, 0, 0.5);
    op.running_mean = weight(channels, 0, 0.5);
    op.running_var = weight(channels, 1, 0.6);
    return add(op, {from});
  }

  std::optional<Id> linear(Id from) {
    if (shape(from).rank() < 1) return std::nullopt;
    const std::int64_t features = shape(from)[shape(from).rank() - 1];
    const std::int64_t count = choices_.of({1, 2, 3, 5, 8, 13, 16, 19});
    graph::Linear op;
    op.weight = weight({count, features}, 0, 1.7 / std::sqrt(static_cast<double>(features)));
    if (choices_.percent(60)) op.bias = weight({count}, 0, 0.5);
    return add(op, {from});
  }

  std::optional<Id> norm(Id from) {
    const int rank = shape(from).rank();
    if (rank < 1) return std::nullopt;
    if (choices_.percent(50)) {
      graph::LayerNorm op;
      const auto dims = shape(from).to_vector();
      op.normalized_shape.assign(dims.end() - choices_.between(1, rank), dims.end());
      op.eps = choices_.percent(50) ? 1e-5 : 0.1;
      const Shape normalized = *Shape::checked(op.normalized_shape);
      if (choices_.percent(70)) op.weight = weight(normalized, 1, 0.7);
      if (choices_.percent(70)) op.bias = weight(normalized, 0, 0.5);
      return add(op, {from});
    }
    if (rank < 2) return std::nullopt;
    const std::int64_t channels = shape(from)[1];
    graph::GroupNorm op;
    op.num_groups = choices_.of({1, 2, 3, channels, channels});
    op.eps = choices_.percent(50) ? 1e-5 : 0.1;
    if (choices_.percent(70)) op.weight = weight({channels}, 1, 0.7);
    if (choices_.percent(70)) op.bias = weight({channels}, 0, 0.5);
    return add(op, {from});
  }

  // With a value that fits, or itself turned; else with a constant, now and then of several
  // matrices.
  std::optional<Id> matmul(Id from) {
    const int rank = shape(from).rank();
    if (rank < 2) return std::nullopt;
    if (choices_.percent(50)) {
      graph::Permute turn;
      for (int i = 0; i < rank; ++i) turn.dims.push_back(i);
      std::swap(turn.dims[turn.dims.size() - 1], turn.dims[turn.dims.size() - 2]);
      const auto scaled = add(number(BinaryKind::kMul, 0.3), {from});
      const auto turned = scaled ? add(turn, {*scaled}) : std::nullopt;
      if (!turned) return std::nullopt;
      return choices_.percent(50) ? add(graph::MatMul{}, {*turned, from})
                                  : add(graph::MatMul{}, {from, *turned});
    }
    const std::int64_t inner = shape(from)[rank - 1];
    std::vector<std::int64_t> dims{inner, choices_.of({1, 2, 5, 8, 16, 19})};
    if (choices_.percent(40)) dims.insert(dims.begin(), rank > 2 ? shape(from)[rank - 3] : 2);
    const auto other =
        constant(*Shape::checked(dims), 0, 1.7 / std::sqrt(static_cast<double>(inner)));
    return other ? add(graph::MatMul{}, {from, *other}) : std::nullopt;
  }

  // A layer in one direction or both over what becomes (steps, batch, features).
  std::optional<Id> recurrent(Id from) {
    if (shape(from).rank() == 4 && shape(from)[2] == 1) {
      const auto line = add(graph::Squeeze{2}, {from});
      if (!line) return std::nullopt;
      from = *line;
    }
    if (shape(from).rank() != 3) return std::nullopt;
    graph::Permute turn;
    turn.dims = choices_.percent(60) ? std::vector<std::int64_t>{2, 0, 1}
                                     : std::vector<std::int64_t>{1, 0, 2};
    const auto steps = choices_.percent(80) ? add(turn, {from}) : from;
    if (!steps) return std::nullopt;
    graph::Recurrent op;
    op.kind = choices_.percent(50) ? graph::RecurrentKind::kLstm : graph::RecurrentKind::kGru;
    const std::int64_t hidden = choices_.of({1, 2, 3, 5, 8, 16, 17});
    const std::int64_t width = graph::gates_of(op.kind) * hidden;
    const std::int64_t features = shape(*steps)[2];
    graph::Linear linear;
    linear.weight = weight({width, features}, 0, 1 / std::sqrt(static_cast<double>(features)));
    const auto gates = add(linear, {*steps});
    if (!gates) return std::nullopt;
    std::vector<Id> ways;
    for (std::int64_t i = choices_.between(1, 2); i > 0; --i) {
      op.weight_hh = weight({width, hidden}, 0, 1 / std::sqrt(static_cast<double>(hidden)));
      op.bias_hh = choices_.percent(70) ? weight({width}, 0, 0.5) : Weight{};
      op.reverse = choices_.percent(50);
      const auto way = add(op, {*gates});
      if (!way) return std::nullopt;
      ways.push_back(*way);
    }
    return ways.size() == 1 ? ways[0] : add(graph::Concat{2}, ways);
  }

  std::optional<Id> interpolate(Id from) {
    graph::Interpolate op;
    op.mode = static_cast<graph::InterpolateMode>(choices_.below(3));
    op.align_corners = choices_.percent(30);
    if (choices_.percent(60)) {
      op.size = Pair{choices_.between(1, 12), choices_.between(1, 14)};
    } else {
      op.scale_factor = {static_cast<double>(choices_.between(1, 9)) / 3,
                         static_cast<double>(choices_.between(1, 8)) / 4};
    }
    return add(op, {from});
  }

  template <typename Pool>
  void choose_windows(Pool& op) {
    for (std::size_t i = 0; i < op.kernel_size.size(); ++i) {
      op.kernel_size[i] = choices_.of({1, 2, 2, 3, 3, 4, 5});
      op.stride[i] = choices_.of({1, 1, 2, 3});
      op.padding[i] = choices_.percent(60) ? 0 : choices_.between(0, op.kernel_size[i] / 2);
    }
    op.ceil_mode = choices_.percent(30);
  }

  std::optional<Id> pool(Id from) {
    switch (choices_.below(8)) {
      case 0:
      case 1:
      case 2: {
        graph::MaxPool2d op;
        choose_windows(op);
        for (auto& dilation : op.dilation) dilation = choices_.of({1, 1, 1, 2, 3});
        return add(op, {from});
      }
      case 3: {
        graph::MaxPool3d op;
        choose_windows(op);
        for (auto& dilation : op.dilation) dilation = choices_.of({1, 1, 1, 2});
        if (choices_.percent(60)) {
          op.kernel_size[0] = 1;
          op.padding[0] = 0;
        }
        return add(op, {from});
      }
      case 4:
      case 5: {
        graph::AvgPool2d op;
        choose_windows(op);
        op.count_include_pad = choices_.percent(60);
        if (choices_.percent(15)) op.divisor_override = choices_.of({1, 3, 7, -2});
        return add(op, {from});
      }
      default: {
        graph::AdaptivePool2d op;
        op.max = choices_.percent(50);
        for (auto& size : op.output_size) {
          if (choices_.percent(80)) size = choices_.between(1, 6);
        }
        return add(op, {from});
      }
    }
  }

  // --- views

  std::int64_t random_axis(Id from) {
    const int rank = shape(from).rank();
    const std::int64_t axis = choices_.below(rank);
    return choices_.percent(30) ? axis - rank : axis;
  }

  std::optional<Id> slice(Id from) {
    if (shape(from).rank() == 0) return std::nullopt;
    graph::Slice op;
    op.dim = random_axis(from);
    const std::int64_t size = shape(from)[graph::resolve_axis(op.dim, shape(from).rank())];
    op.start = choices_.between(-size, size - 1);
    if (choices_.percent(60)) op.end = choices_.between(-size + 1, size + 1);
    op.step = choices_.of({1, 1, 1, 2, 3});
    return add(op, {from});
  }

  std::optional<Id> reshape(Id from) {
    graph::Reshape op;
    std::int64_t left = shape(from).elements();
    const std::int64_t rank = choices_.between(1, 5);
    for (std::int64_t i = 1; i < rank; ++i) {
      std::vector<std::int64_t> divisors;
      for (std::int64_t d = 1; d <= left; ++d) {
        if (left % d == 0) divisors.push_back(d);
      }
      op.shape.push_back(i == 1 && choices_.percent(60) ? 1 : divisors[pick(divisors.size())]);
      left /= op.shape.back();
    }
    op.shape.push_back(left);
    if (choices_.percent(30)) op.shape[pick(op.shape.size())] = -1;
    return add(op, {from});
  }

  std::optional<Id> view(Id from) {
    const int rank = shape(from).rank();
    switch (choices_.below(9)) {
      case 0:
      case 1:
      case 2:
        return slice(from);
      case 3:
      case 4:
        return reshape(from);
      case 5: {
        if (rank == 0) return std::nullopt;
        graph::Flatten op;
        op.start_dim = choices_.below(rank);
        op.end_dim = choices_.percent(50) ? -1 : choices_.between(op.start_dim, rank - 1);
        return add(op, {from});
      }
      case 6: {
        graph::Permute op;
        for (int i = 0; i < rank; ++i) op.dims.push_back(i);
        for (std::size_t i = op.dims.size(); i > 1; --i)
          std::swap(op.dims[i - 1], op.dims[pick(i)]);
        return add(op, {from});
      }
      case 7: {
        graph::Squeeze op;
        if (rank > 0 && choices_.percent(60)) op.dim = random_axis(from);
        return add(op, {from});
      }
      default:
        if (rank > 4) return std::nullopt;
        return add(graph::Unsqueeze{choices_.between(-rank - 1, rank)}, {from});
    }
  }

  // --- several inputs

  // A value that the first one broadcasts with, else a constant that it does.
  std::optional<Id> partner(Id first) {
    for (int tries = 0; tries < 6; ++tries) {
      const Id second = pick(values_.size());
      if (!values_[second].finite) continue;
      const Shape& a = shape(first);
      const Shape& b = shape(second);
      bool fits = true;
      for (int i = 1; i <= std::min(a.rank(), b.rank()); ++i) {
        const std::int64_t x = a[a.rank() - i];
        const std::int64_t y = b[b.rank() - i];
        fits = fits && (x == y || x == 1 || y == 1);
      }
      if (fits) return second;
    }
    std::vector<std::int64_t> dims;
    const int rank = shape(first).rank();
    const auto kept = static_cast<int>(choices_.between(0, rank));
    for (int axis = rank - kept; axis < rank; ++axis) {
      dims.push_back(choices_.percent(50) ? 1 : shape(first)[axis]);
    }
    return constant(*Shape::checked(dims), choices_.percent(50) ? 1 : 0, 0.8);
  }

  std::optional<Id> constant(const Shape& shape, double centre, double spread) {
    return add(graph::Constant{weight(shape, centre, spread)}, {});
  }

  std::optional<Id> arithmetic(Id from) {
    switch (choices_.below(16)) {
      case 14:
        return add(number(choices_.percent(50) ? BinaryKind::kMaximum : BinaryKind::kMinimum,
                          choices_.noise()),
                   {from});
      case 15: {
        const auto other = partner(from);
        const bool larger = choices_.percent(50);
        return other
                   ? add(both(larger ? BinaryKind::kMaximum : BinaryKind::kMinimum), {from, *other})
                   : std::nullopt;
      }
      case 0:
        return add(number(BinaryKind::kAdd, 0.5 + choices_.noise()), {from});
      case 1:
        return add(left_number(BinaryKind::kSub, 1), {from});
      case 2:
        return add(number(BinaryKind::kMul, 1.5 * choices_.noise()), {from});
      case 3:
        return add(number(BinaryKind::kDiv, choices_.percent(50) ? 2 : -0.8), {from});
      case 4:
        return add(number(BinaryKind::kPow, static_cast<double>(choices_.of({2, 2, 3, 1, 0}))),
                   {from});
      case 5: {
        const auto base = positive(from);
        if (!base) return std::nullopt;
        const double exponent = choices_.percent(50) ? 0.5 : -1.3;
        return choices_.percent(50) ? add(graph::Activation{ActivationKind::kSqrt}, {*base})
                                    : add(number(BinaryKind::kPow, exponent), {*base});
      }
      case 6:
        return add(left_number(BinaryKind::kPow, 1.7), {from});
      case 7: {
        const auto divisor = positive(from);
        if (!divisor) return std::nullopt;
        if (choices_.percent(30)) return add(left_number(BinaryKind::kDiv, 0.7), {*divisor});
        const auto other = partner(*divisor);
        return other ? add(both(BinaryKind::kDiv), {*other, *divisor}) : std::nullopt;
      }
      case 8: {
        const auto base = positive(from);
        const auto exponent = base ? partner(*base) : std::nullopt;
        return exponent ? add(both(BinaryKind::kPow), {*base, *exponent}) : std::nullopt;
      }
      case 9:
        return add(both(choices_.percent(50) ? BinaryKind::kMul : BinaryKind::kAdd), {from, from});
      default: {
        const auto other = partner(from);
        if (!other) return std::nullopt;
        const BinaryKind kind = choices_.percent(50)   ? BinaryKind::kAdd
                                : choices_.percent(50) ? BinaryKind::kSub
                                                       : BinaryKind::kMul;
        return choices_.percent(50) ? add(both(kind), {from, *other})
                                    : add(both(kind), {*other, from});
      }
    }
  }

  std::optional<Id> concat(Id from) {
    if (shape(from).rank() == 0) return std::nullopt;
    graph::Concat op;
    op.dim = random_axis(from);
    const int axis = graph::resolve_axis(op.dim, shape(from).rank());
    std::vector<Id> fitting;
    for (Id id = 0; id < values_.size(); ++id) {
      if (values_[id].finite && shape(id).rank() == shape(from).rank() &&
          shape(id).with(axis, 1) == shape(from).with(axis, 1)) {
        fitting.push_back(id);
      }
    }
    std::vector<Id> parts{from};
    for (std::int64_t i = choices_.between(0, 2); i > 0; --i)
      parts.push_back(fitting[pick(fitting.size())]);
    std::swap(parts[0], parts[pick(parts.size())]);
    return add(op, parts);
  }

  std::optional<Id> reduction(Id from) {
    graph::Reduce op;
    op.kind = static_cast<ReduceKind>(choices_.below(4));
    op.keepdim = choices_.percent(50);
    for (int axis = 0; axis < shape(from).rank(); ++axis) {
      if (choices_.percent(45))
        op.dim.push_back(choices_.percent(30) ? axis - shape(from).rank() : axis);
    }
    return add(op, {from});
  }

  std::optional<Id> softmax(Id from) {
    if (shape(from).rank() == 0) return std::nullopt;
    return add(graph::Softmax{random_axis(from), choices_.percent(50)}, {from});
  }

  // --- grids

  std::optional<Id> sample(Id from) {
    if (shape(from).rank() != 4) return std::nullopt;
    graph::GridSample op;
    op.padding_mode = static_cast<graph::GridPadding>(choices_.below(3));
    op.align_corners = choices_.percent(50);
    const Shape& image = shape(from);
    const std::int64_t height = choices_.between(1, 6);
    const std::int64_t width = choices_.between(1, 8);
    std::optional<Id> grid;
    if (choices_.percent(30)) {
      op.mode = graph::GridMode::kNearest;
      grid = add(graph::Constant{weight(clear_grid(image, height, width, op.align_corners))}, {});
    } else if (choices_.percent(30)) {
      grid = constant({image[0], height, width, 2}, 0, 1.4);
    } else {
      std::vector<float> theta;
      for (std::int64_t i = 0; i < image[0] * 6; ++i) {
        const bool diagonal = i % 6 == 0 || i % 6 == 4;
        theta.push_back(static_cast<float>((diagonal ? 0.9 : 0) + 0.3 * choices_.noise()));
      }
      auto node = add(graph::Constant{weight(Tensor({image[0], 2, 3}, theta))}, {});
      if (node && choices_.percent(50))
        node = add(both(BinaryKind::kAdd), {*node, *statistic(from)});
      if (!node) return std::nullopt;
      grid = add(graph::AffineGrid{{image[0], image[1], height, width}, op.align_corners}, {*node});
    }
    return grid ? add(op, {from, *grid}) : std::nullopt;
  }

  // A number that depends on the value.
  std::optional<Id> statistic(Id from) {
    graph::Reduce op;
    op.kind = ReduceKind::kMean;
    return add(op, {from});
  }

  // A grid whose places are nearer to a pixel than to the middle between two.
  Tensor clear_grid(const Shape& image, std::int64_t height, std::int64_t width,
                    bool align_corners) {
    std::vector<float> places;
    for (std::int64_t i = 0; i < image[0] * height * width * 2; ++i) {
      const std::int64_t size = i % 2 == 0 ? image[3] : image[2];
      const double pixel =
          static_cast<double>(choices_.between(-2, size + 1)) + 0.35 * choices_.noise();
      const auto n = static_cast<double>(size);
      const double place =
          align_corners ? (size == 1 ? 0 : 2 * pixel / (n - 1) - 1) : (2 * pixel + 1) / n - 1;
      places.push_back(static_cast<float>(place));
    }
    return {{image[0], height, width, 2}, std::move(places)};
  }

  // --- what networks are made of

  // A block and its input, added, subtracted or multiplied.
  void residual() {
    const Id from = image_operand();
    if (shape(from).rank() < 3) return;
    auto branch = same_conv(from, shape(from)[image_axis(from, 3)]);
    if (branch && choices_.percent(50)) branch = activation(*branch);
    if (!branch) return;
    const BinaryKind kind = choices_.percent(70)   ? BinaryKind::kAdd
                            : choices_.percent(50) ? BinaryKind::kSub
                                                   : BinaryKind::kMul;
    const auto sum =
        choices_.percent(50) ? add(both(kind), {from, *branch}) : add(both(kind), {*branch, from});
    if (sum && choices_.percent(60)) random_conv(*sum);
  }

  // LPRNet's blocks side by side, pooled, each over its mean square, and a classifier behind them.
  void context() {
    const Id from = image_operand();
    if (shape(from).rank() != 4) return;
    std::vector<Id> parts;
    for (std::int64_t i = choices_.between(1, 3); i > 0; --i) {
      std::optional<Id> part = same_conv(from, choices_.between(1, 10));
      if (part && choices_.percent(60)) part = activation(*part);
      if (!part) return;
      graph::Reduce mean;
      mean.kind = ReduceKind::kMean;
      const auto square = add(number(BinaryKind::kPow, 2), {*part});
      const auto size = square ? add(mean, {*square}) : std::nullopt;
      const bool divides = size && values_[*size].least > 0.1;
      if (divides) part = add(both(BinaryKind::kDiv), {*part, *size});
      if (part) parts.push_back(*part);
    }
    if (parts.empty()) return;
    graph::Concat concat;
    concat.dim = 1;
    const auto joined = add(concat, parts);
    const auto logits = joined ? conv(*joined, choices_.between(1, 12), {1, 1}, {}) : std::nullopt;
    if (!logits) return;
    graph::Reduce mean;
    mean.kind = ReduceKind::kMean;
    mean.dim = {2};
    mean.keepdim = choices_.percent(30);
    add(mean, {*logits});
  }

  // Channels weighed by what they are on average.
  void excitation() {
    const Id from = image_operand();
    if (shape(from).rank() != 4) return;
    graph::AdaptivePool2d pool;
    pool.output_size = {1, 1};
    auto gate = add(pool, {from});
    if (gate) gate = conv(*gate, shape(from)[1], {1, 1}, {});
    if (gate) gate = add(graph::Activation{ActivationKind::kSigmoid}, {*gate});
    if (gate) add(both(BinaryKind::kMul), {from, *gate});
  }

  // A view of a value between a convolution and a padded one: nothing is around a view.
  void padded_view() {
    const Id from = image_operand();
    auto value = random_conv(from);
    if (value) value = view(*value);
    if (value) random_conv(*value);
  }

  // Channels that are the same for every input, and what passes do about them: they go, or those
  // that a slice keeps come first.
  void dead_channels() {
    auto value = random_conv(image_operand());
    if (value) {
      graph::Conv2d op;
      op.padding = {choices_.below(2), choices_.below(2)};
      const Tensor filter = with_dead_rows(noise(
          {choices_.between(2, 20), shape(*value)[image_axis(*value, 3)], 1, choices_.of({1, 3})},
          0, 0.5));
      op.weight = weight(filter);
      op.bias = weight({filter.shape()[0]}, 0, 0.5);
      value = add(op, {*value});
    }
    if (value && choices_.percent(50)) value = activation(*value);
    if (value && choices_.percent(30)) value = pool(*value);
    if (value && choices_.percent(40) && shape(*value).rank() == 4) {
      value =
          add(graph::Slice{1, choices_.below(2), std::nullopt, choices_.of({1, 2, 3})}, {*value});
    }
    if (value && choices_.percent(70)) random_conv(*value);
  }

  // Enough channels and taps for Winograd's way.
  void wide_block() {
    auto value = same_conv(image_operand(), choices_.of({16, 17, 32}));
    if (!value) return;
    graph::Conv2d op;
    const Pair kernel{choices_.of({1, 3, 4, 5}), choices_.of({3, 5, 6})};
    op.padding = {choices_.below(3), choices_.below(4)};
    const bool turned = choices_.percent(50);
    if (turned) std::swap(op.padding[0], op.padding[1]);
    value =
        conv(*value, choices_.of({3, 16, 20}), turned ? Pair{kernel[1], kernel[0]} : kernel, op);
    if (value && choices_.percent(50)) activation(*value);
  }

  // The same work twice, both wanted.
  void twins() {
    const Id from = operand();
    const auto first = choices_.percent(50) ? random_conv(from) : activation(from);
    if (!first || values_[*first].name != graph_.nodes.back().name) return;
    const auto second = add(graph::FileOp(*last_op_), std::vector<Id>(last_from_));
    if (second)
      add(both(choices_.percent(50) ? BinaryKind::kMul : BinaryKind::kAdd), {*first, *second});
  }

  void overlapping_average() {
    graph::AvgPool2d op;
    op.kernel_size = {choices_.between(2, 5), choices_.between(2, 5)};
    op.stride = {choices_.between(1, 2), choices_.between(1, 2)};
    op.padding = {choices_.below(2), choices_.below(2)};
    op.ceil_mode = choices_.percent(30);
    op.count_include_pad = choices_.percent(50);
    add(op, {image_operand()});
  }

  // LPRNet's: every stride-th channel, pooled in height and width.
  void channel_pool() {
    graph::MaxPool3d op;
    op.kernel_size = {1, choices_.between(1, 3), choices_.between(1, 3)};
    op.stride = {choices_.between(1, 4), choices_.between(1, 2), choices_.between(1, 2)};
    add(op, {image_operand()});
  }

  void conv_block() {
    auto value = random_conv(image_operand());
    if (value && choices_.percent(60)) value = batch_norm(*value);
    if (value && choices_.percent(70)) value = activation(*value);
    if (value && choices_.percent(30)) pool(*value);
  }

  void step() {
    switch (choices_.below(36)) {
      case 30:
        norm(operand());
        return;
      case 31:
        matmul(operand());
        return;
      case 32:
      case 33:
        recurrent(operand());
        return;
      case 34:
        interpolate(image_operand());
        return;
      case 25:
        return dead_channels();
      case 26:
        return wide_block();
      case 27:
        return twins();
      case 28:
        return overlapping_average();
      case 29:
        return channel_pool();
      case 0:
      case 1:
      case 2:
        return conv_block();
      case 3:
      case 4:
        random_conv(image_operand());
        return;
      case 5:
      case 6:
        return residual();
      case 7:
        return context();
      case 8:
        return excitation();
      case 9:
      case 10:
        return padded_view();
      case 11:
      case 12:
        activation(operand());
        return;
      case 13:
        batch_norm(operand());
        return;
      case 14:
        linear(operand());
        return;
      case 15:
      case 16:
        pool(image_operand());
        return;
      case 17:
      case 18:
        view(operand());
        return;
      case 19:
      case 20:
        arithmetic(operand());
        return;
      case 21:
        concat(operand());
        return;
      case 22:
        reduction(operand());
        return;
      case 23:
        softmax(operand());
        return;
      case 24:
        sample(operand());
        return;
      default:
        add(graph::Identity{choices_.percent(50)}, {operand()});
    }
  }

  Choices& choices_;
  graph::Graph graph_;
  graph::WeightMap weights_;
  std::vector<Tensor> inputs_;
  std::vector<Value> values_;
  std::optional<graph::FileOp> last_op_;
  std::vector<Id> last_from_;
  int weight_count_ = 0;
};

}  // namespace

RandomGraph random_graph(Choices choices) { return Grower(choices).grow(); }

std::string json_of(const formats::ModelFile& file) {
  formats::GraphDocument document;
  document.graph = file.graph;
  document.description = file.description;
  auto json = formats::Json::parse(formats::write_graph_json(document, file.where));
  auto tensors = formats::Json::object();
  for (const auto& [name, raw] : file.weights) {
    const Tensor tensor = graph::to_float(raw);
    tensors[name] = {
        {"dtype", "F32"}, {"shape", tensor.shape().to_vector()}, {"data", tensor.to_vector()}};
  }
  json["weights"]["tensors"] = std::move(tensors);
  return json.dump();
}

}  // namespace lprnet::test
