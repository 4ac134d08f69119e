#include "graph/infer_shape.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "base/checked.h"
#include "base/error_text.h"
#include "graph/max_pool3d.h"

namespace lprnet::graph {
namespace {

using tensor::Shape;

// Beyond any sensible attribute, and small enough that sums and products of a few do not overflow.
constexpr std::int64_t kMaxAttribute = std::int64_t{1} << 24;

template <typename... Parts>
[[noreturn]] void refuse(const Parts&... parts) {
  base::fail(ErrorCode::kInvalidModel, parts...);
}

Shape checked(const std::vector<std::int64_t>& dims) {
  const auto shape = Shape::checked(dims);
  if (!shape) {
    constexpr std::size_t kShown = std::size_t{2} * tensor::kMaxRank;
    std::string text;
    for (std::size_t i = 0; i < dims.size() && i < kShown; ++i) {
      text.append(std::to_string(dims[i])).append(" ");
    }
    if (dims.size() > kShown) text.append("... ");
    refuse("output shape ( ", text, ") is outside the limits: every size at least 1, at most ",
           tensor::kMaxRank, " dimensions and ", tensor::kMaxElements, " elements");
  }
  return *shape;
}

void expect_rank(const Shape& shape, int low, int high) {
  if (shape.rank() >= low && shape.rank() <= high) return;
  if (low == high) refuse("input is ", shape.to_string(), ", expected ", low, " dimensions");
  refuse("input is ", shape.to_string(), ", expected ", low, " to ", high, " dimensions");
}

void expect_between(const char* attribute, std::int64_t value, std::int64_t low) {
  if (value < low || value > kMaxAttribute) {
    refuse(attribute, " is ", value, ", expected ", low, " to ", kMaxAttribute);
  }
}

void expect_weight(const char* attribute, const Weight& weight, const Shape& expected) {
  if (weight.given() && weight.tensor.shape() != expected) {
    refuse(attribute, " '", weight.name, "' is ", weight.tensor.shape().to_string(), ", expected ",
           expected.to_string());
  }
}

std::int64_t window_count(std::int64_t size, std::int64_t kernel, std::int64_t stride,
                          std::int64_t padding, std::int64_t dilation, bool ceil_mode) {
  const std::int64_t span = size + 2 * padding - dilation * (kernel - 1) - 1;
  // With ceil_mode the last window, even the only one, may reach beyond the padding.
  const std::int64_t reach = ceil_mode ? span + stride - 1 : span;
  if (reach < 0) {
    refuse("a window of ", dilation * (kernel - 1) + 1, " does not fit into ", size,
           " with padding ", padding);
  }
  std::int64_t count = reach / stride + 1;
  // PyTorch drops a last window that would start in the padding on the right.
  if (ceil_mode && (count - 1) * stride >= size + padding) --count;
  return count;
}

template <typename Sizes>
Shape pooled(const Shape& input, const Sizes& kernel, const Sizes& stride, const Sizes& padding,
             const Sizes& dilation, bool ceil_mode) {
  const int spatial = static_cast<int>(kernel.size());
  expect_rank(input, spatial + 1, spatial + 2);
  auto dims = input.to_vector();
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    expect_between("kernel_size", kernel[i], 1);
    expect_between("stride", stride[i], 1);
    expect_between("padding", padding[i], 0);
    expect_between("dilation", dilation[i], 1);
    if (padding[i] > kernel[i] / 2) {
      refuse("padding is ", padding[i], ", expected at most half of the kernel size ", kernel[i]);
    }
    auto& size = dims[dims.size() - kernel.size() + i];
    size = window_count(size, kernel[i], stride[i], padding[i], dilation[i], ceil_mode);
  }
  return checked(dims);
}

std::vector<std::int64_t> broadcast_dims(const Shape& a, const Shape& b) {
  const int rank = std::max(a.rank(), b.rank());
  std::vector<std::int64_t> dims(static_cast<std::size_t>(rank));
  for (int i = 1; i <= rank; ++i) {
    const std::int64_t from_a = i <= a.rank() ? a[a.rank() - i] : 1;
    const std::int64_t from_b = i <= b.rank() ? b[b.rank() - i] : 1;
    if (from_a != from_b && from_a != 1 && from_b != 1) {
      refuse("inputs ", a.to_string(), " and ", b.to_string(), " do not broadcast");
    }
    dims[static_cast<std::size_t>(rank - i)] = std::max(from_a, from_b);
  }
  return dims;
}

struct InferShape {
  const std::vector<Shape>& inputs;

  const Shape& input() const { return inputs[0]; }

  Shape operator()(const Conv2d& op) const {
    expect_rank(input(), 3, 4);
    const Shape& weight = op.weight.tensor.shape();
    if (weight.rank() != 4) {
      refuse("weight '", op.weight.name, "' is ", weight.to_string(), ", expected 4 dimensions");
    }
    const std::int64_t channels = input()[input().rank() - 3];
    expect_between("groups", op.groups, 1);
    if (channels % op.groups != 0 || weight[0] % op.groups != 0) {
      refuse("groups is ", op.groups, ", which does not divide ", channels, " input and ",
             weight[0], " output channels");
    }
    if (weight[1] != channels / op.groups) {
      refuse("weight '", op.weight.name, "' is ", weight.to_string(), ", expected ",
             weight.with(1, channels / op.groups).to_string(), " for ", channels,
             " input channels in ", op.groups, " group(s)");
    }
    expect_weight("bias", op.bias, {weight[0]});
    auto dims = input().to_vector();
    dims[dims.size() - 3] = weight[0];
    for (std::size_t i = 0; i < 2; ++i) {
      expect_between("stride", op.stride[i], 1);
      expect_between("padding", op.padding[i], 0);
      expect_between("dilation", op.dilation[i], 1);
      auto& size = dims[dims.size() - 2 + i];
      size = window_count(size, weight[2 + static_cast<int>(i)], op.stride[i], op.padding[i],
                          op.dilation[i], false);
    }
    return checked(dims);
  }

  Shape operator()(const Linear& op) const {
    expect_rank(input(), 1, tensor::kMaxRank);
    const Shape& weight = op.weight.tensor.shape();
    const std::int64_t features = input()[input().rank() - 1];
    if (weight.rank() != 2 || weight[1] != features) {
      refuse("weight '", op.weight.name, "' is ", weight.to_string(), ", expected [out,", features,
             "]");
    }
    expect_weight("bias", op.bias, {weight[0]});
    auto dims = input().to_vector();
    dims.back() = weight[0];
    return checked(dims);
  }

  Shape operator()(const BatchNorm& op) const {
    expect_rank(input(), 2, 5);
    const Shape channels{input()[1]};
    expect_weight("weight", op.weight, channels);
    expect_weight("bias", op.bias, channels);
    expect_weight("running_mean", op.running_mean, channels);
    expect_weight("running_var", op.running_var, channels);
    if (!(op.eps >= 0)) refuse("eps is ", op.eps, ", expected 0 or more");
    return input();
  }

  Shape operator()(const LayerNorm& op) const {
    const auto count = static_cast<int>(op.normalized_shape.size());
    expect_rank(input(), 1, tensor::kMaxRank);
    const auto dims = input().to_vector();
    const bool fits = count >= 1 && count <= input().rank() &&
                      std::equal(dims.end() - count, dims.end(), op.normalized_shape.begin());
    if (!fits) {
      refuse("normalized_shape has ", count, " entries, expected the last sizes of the input ",
             input().to_string());
    }
    const Shape normalized = checked(op.normalized_shape);
    expect_weight("weight", op.weight, normalized);
    expect_weight("bias", op.bias, normalized);
    if (!(op.eps >= 0)) refuse("eps is ", op.eps, ", expected 0 or more");
    return input();
  }

  Shape operator()(const GroupNorm& op) const {
    expect_rank(input(), 2, 5);
    const std::int64_t channels = input()[1];
    expect_between("num_groups", op.num_groups, 1);
    if (channels % op.num_groups != 0) {
      refuse("num_groups is ", op.num_groups, ", which does not divide ", channels, " channels");
    }
    expect_weight("weight", op.weight, {channels});
    expect_weight("bias", op.bias, {channels});
    if (!(op.eps >= 0)) refuse("eps is ", op.eps, ", expected 0 or more");
    return input();
  }

  Shape operator()(const MatMul&) const {
    const Shape& a = input();
    const Shape& b = inputs[1];
    expect_rank(a, 2, tensor::kMaxRank);
    expect_rank(b, 2, tensor::kMaxRank);
    if (a[a.rank() - 1] != b[b.rank() - 2]) {
      refuse("inputs are ", a.to_string(), " and ", b.to_string(),
             ", expected as many rows in the ", "second as columns in the first");
    }
    const auto batch = [](const Shape& shape) {
      const auto dims = shape.to_vector();
      return checked({dims.begin(), dims.end() - 2});
    };
    auto dims = broadcast_dims(batch(a), batch(b));
    dims.push_back(a[a.rank() - 2]);
    dims.push_back(b[b.rank() - 1]);
    return checked(dims);
  }

  Shape operator()(const Recurrent& op) const {
    expect_rank(input(), 3, 3);
    const std::int64_t gates = gates_of(op.kind);
    const std::int64_t hidden = input()[2] / gates;
    if (input()[2] % gates != 0) {
      refuse("input is ", input().to_string(), ", expected a multiple of ", gates,
             " in its last dimension");
    }
    expect_weight("weight_hh", op.weight_hh, {input()[2], hidden});
    expect_weight("bias_hh", op.bias_hh, {input()[2]});
    return input().with(2, hidden);
  }

  Shape operator()(const Activation&) const { return input(); }
  Shape operator()(const Identity&) const { return input(); }

  Shape operator()(const PRelu& op) const {
    const std::int64_t channels = input().rank() >= 2 ? input()[1] : 1;
    const Shape& weight = op.weight.tensor.shape();
    if (weight.elements() != 1) expect_weight("weight", op.weight, {channels});
    return input();
  }

  Shape operator()(const Softmax& op) const {
    if (input().rank() > 0) resolve_axis(op.dim, input().rank());
    return input();
  }

  Shape operator()(const MaxPool2d& op) const {
    return pooled(input(), op.kernel_size, op.stride, op.padding, op.dilation, op.ceil_mode);
  }
  Shape operator()(const AvgPool2d& op) const {
    if (op.divisor_override && *op.divisor_override == 0) refuse("divisor_override is 0");
    return pooled(input(), op.kernel_size, op.stride, op.padding, Pair{1, 1}, op.ceil_mode);
  }

  Shape operator()(const AdaptivePool2d& op) const {
    expect_rank(input(), 3, 4);
    auto dims = input().to_vector();
    for (std::size_t i = 0; i < 2; ++i) {
      if (!op.output_size[i]) continue;
      expect_between("output_size", *op.output_size[i], 1);
      dims[dims.size() - 2 + i] = *op.output_size[i];
    }
    return checked(dims);
  }

  Shape operator()(const Concat& op) const {
    const int axis = resolve_axis(op.dim, input().rank());
    auto dims = input().to_vector();
    for (std::size_t i = 1; i < inputs.size(); ++i) {
      const Shape& next = inputs[i];
      if (next.rank() != input().rank() || next.with(axis, input()[axis]) != input()) {
        refuse("input ", i, " is ", next.to_string(), ", expected ", input().to_string(),
               " but for dimension ", axis);
      }
      dims[static_cast<std::size_t>(axis)] += next[axis];
    }
    return checked(dims);
  }

  Shape operator()(const Slice& op) const {
    const int axis = resolve_axis(op.dim, input().rank());
    expect_between("step", op.step, 1);
    const auto range = resolve_slice(op, input()[axis]);
    if (range.count < 1)
      refuse("the slice of dimension ", axis, " of ", input().to_string(), " is empty");
    return input().with(axis, range.count);
  }

  Shape operator()(const Reshape& op) const {
    auto dims = op.shape;
    std::int64_t known = 1;
    std::int64_t* free = nullptr;
    for (auto& size : dims) {
      if (size == -1 && free == nullptr) {
        free = &size;
        continue;
      }
      expect_between("shape", size, 1);
      const auto product = base::checked_mul(known, size);
      if (!product || *product > tensor::kMaxElements)
        refuse("shape has more elements than the input");
      known = *product;
    }
    const std::int64_t elements = input().elements();
    if (free != nullptr) *free = elements / known;
    if (elements % known != 0 || (free == nullptr && elements != known)) {
      refuse("input ", input().to_string(), " of ", elements, " elements cannot take a shape of ",
             known, free != nullptr ? " elements times a whole number" : " elements");
    }
    return checked(dims);
  }

  Shape operator()(const Flatten& op) const {
    if (input().rank() == 0) return {1};
    const int begin = resolve_axis(op.start_dim, input().rank());
    const int end = resolve_axis(op.end_dim, input().rank());
    if (begin > end) refuse("start_dim ", op.start_dim, " is behind end_dim ", op.end_dim);
    auto dims = input().to_vector();
    dims.erase(dims.begin() + begin + 1, dims.begin() + end + 1);
    dims[static_cast<std::size_t>(begin)] = input().elements(begin, end + 1);
    return checked(dims);
  }

  Shape operator()(const Permute& op) const {
    if (op.dims.size() != static_cast<std::size_t>(input().rank())) {
      refuse("dims has ", op.dims.size(), " entries, expected ", input().rank());
    }
    std::vector<std::int64_t> dims;
    std::vector<bool> seen(op.dims.size());
    for (const auto dim : op.dims) {
      const int axis = resolve_axis(dim, input().rank());
      if (seen[static_cast<std::size_t>(axis)]) refuse("dims names dimension ", axis, " twice");
      seen[static_cast<std::size_t>(axis)] = true;
      dims.push_back(input()[axis]);
    }
    return checked(dims);
  }

  Shape operator()(const Squeeze& op) const {
    std::vector<std::int64_t> dims;
    const int only = op.dim && input().rank() > 0 ? resolve_axis(*op.dim, input().rank()) : -1;
    for (int axis = 0; axis < input().rank(); ++axis) {
      const bool drop = input()[axis] == 1 && (!op.dim || axis == only);
      if (!drop) dims.push_back(input()[axis]);
    }
    return checked(dims);
  }

  Shape operator()(const Unsqueeze& op) const {
    auto dims = input().to_vector();
    const int axis = resolve_axis(op.dim, input().rank() + 1);
    dims.insert(dims.begin() + axis, 1);
    return checked(dims);
  }

  Shape operator()(const Binary& op) const {
    const int numbers =
        static_cast<int>(op.other.has_value()) + static_cast<int>(op.input.has_value());
    if (inputs.size() + static_cast<std::size_t>(numbers) != 2) {
      refuse("has ", inputs.size(), " input(s) and ", numbers,
             " number(s), expected 2 inputs, or 1 and a number");
    }
    if (inputs.size() == 1) return input();
    return checked(broadcast_dims(inputs[0], inputs[1]));
  }

  Shape operator()(const Reduce& op) const {
    auto dims = input().to_vector();
    const auto axes = reduced_axes(op, input().rank());
    for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
      if (op.keepdim) {
        dims[static_cast<std::size_t>(*axis)] = 1;
      } else {
        dims.erase(dims.begin() + *axis);
      }
    }
    return checked(dims);
  }

  Shape operator()(const AffineGrid& op) const {
    if (op.size.size() != 4) refuse("size has ", op.size.size(), " entries, expected 4");
    for (const auto size : op.size) expect_between("size", size, 1);
    const Shape expected{op.size[0], 2, 3};
    if (input() != expected) {
      refuse("theta is ", input().to_string(), ", expected ", expected.to_string());
    }
    return checked({op.size[0], op.size[2], op.size[3], 2});
  }

  Shape operator()(const GridSample&) const {
    expect_rank(input(), 4, 4);
    const Shape& grid = inputs[1];
    if (grid.rank() != 4 || grid[0] != input()[0] || grid[3] != 2) {
      refuse("grid is ", grid.to_string(), ", expected [", input()[0], ",height,width,2]");
    }
    return checked({input()[0], input()[1], grid[1], grid[2]});
  }

  Shape operator()(const Interpolate& op) const {
    expect_rank(input(), 4, 4);
    if (op.size.has_value() == op.scale_factor.has_value()) {
      refuse("expected either size or scale_factor");
    }
    auto dims = input().to_vector();
    for (std::size_t i = 0; i < 2; ++i) {
      std::int64_t& size = dims[2 + i];
      if (op.size) {
        expect_between("size", (*op.size)[i], 1);
        size = (*op.size)[i];
        continue;
      }
      const double scaled = std::floor(static_cast<double>(size) * (*op.scale_factor)[i]);
      if (!(scaled >= 1 && scaled <= static_cast<double>(kMaxAttribute))) {
        refuse("scale_factor ", (*op.scale_factor)[i], " makes a size of ", size, " one of ",
               scaled, ", expected 1 to ", kMaxAttribute);
      }
      size = static_cast<std::int64_t>(scaled);
    }
    return checked(dims);
  }

  Shape operator()(const Constant& op) const { return op.value.tensor.shape(); }
};

void expect_input_count(const Op& op, std::size_t found) {
  const bool any = std::holds_alternative<Concat>(op) || std::holds_alternative<Binary>(op);
  const bool two = std::holds_alternative<GridSample>(op) || std::holds_alternative<MatMul>(op);
  const std::size_t expected = std::holds_alternative<Constant>(op) ? 0 : two ? 2 : 1;
  if (any ? found < 1 : found != expected) {
    refuse("has ", found, " input(s), expected ", any ? "at least 1" : std::to_string(expected));
  }
}

}  // namespace

int resolve_axis(std::int64_t axis, int rank) {
  if (axis < -rank || axis >= rank) {
    refuse("dimension ", axis, " does not exist in a value of ", rank, " dimensions");
  }
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

std::vector<int> reduced_axes(const Reduce& op, int rank) {
  std::vector<int> axes;
  if (op.dim.empty()) {
    axes.resize(static_cast<std::size_t>(rank));
    std::iota(axes.begin(), axes.end(), 0);
    return axes;
  }
  for (const auto dim : op.dim) {
    if (rank == 0) {
      resolve_axis(dim, 1);
      continue;
    }
    axes.push_back(resolve_axis(dim, rank));
  }
  std::sort(axes.begin(), axes.end());
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end())
    refuse("dim names a dimension twice");
  return axes;
}

bool has_empty_window(const MaxPool2d& op, const Shape& in, const Shape& out) {
  for (int i = 0; i < 2; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const std::int64_t size = in[in.rank() - 2 + i];
    for (std::int64_t place = 0; place < out[out.rank() - 2 + i]; ++place) {
      const std::int64_t first = place * op.stride[at] - op.padding[at];
      // The first tap that is not above or to the left of the input.
      const std::int64_t tap = first < 0 ? (-first + op.dilation[at] - 1) / op.dilation[at] : 0;
      if (tap >= op.kernel_size[at] || first + tap * op.dilation[at] >= size) return true;
    }
  }
  return false;
}

SliceRange resolve_slice(const Slice& op, std::int64_t size) {
  const auto place = [size](std::int64_t index) {
    return std::clamp(index < 0 ? index + size : index, std::int64_t{0}, size);
  };
  const std::int64_t start = place(op.start);
  const std::int64_t end = op.end ? place(*op.end) : size;
  return {start, end > start ? (end - start + op.step - 1) / op.step : 0};
}

Shape infer_shape(const Op& op, const std::vector<Shape>& inputs) {
  expect_input_count(op, inputs.size());
  return std::visit(InferShape{inputs}, op);
}

Shape infer_shape(const MaxPool3d& op, const std::vector<Shape>& inputs) {
  if (inputs.size() != 1) refuse("has ", inputs.size(), " input(s), expected 1");
  return pooled(inputs[0], op.kernel_size, op.stride, op.padding, op.dilation, op.ceil_mode);
}

}  // namespace lprnet::graph
