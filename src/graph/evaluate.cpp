#include "graph/evaluate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "graph/infer_shape.h"

namespace lprnet::graph {
namespace {

using tensor::Shape;
using Index = std::int64_t;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Operand {
  const Values& values;
  const Shape& shape;
};

std::size_t at(Index index) { return static_cast<std::size_t>(index); }

Values zeros(const Shape& shape) { return Values(at(shape.elements())); }

std::vector<Index> row_major(const Shape& shape) {
  std::vector<Index> strides(at(shape.rank()));
  for (int axis = 0; axis < shape.rank(); ++axis) {
    strides[at(axis)] = shape.elements(axis + 1, shape.rank());
  }
  return strides;
}

// Calls use(i, offset) for each element of `shape`, i in row-major order, offset by the strides.
template <typename Use>
void for_each_element(const Shape& shape, const std::vector<Index>& strides, Use use) {
  std::array<Index, tensor::kMaxRank> place{};
  Index offset = 0;
  const Index elements = shape.elements();
  for (Index i = 0; i < elements; ++i) {
    use(at(i), at(offset));
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      offset += strides[at(axis)];
      if (++place[at(axis)] < shape[axis]) break;
      place[at(axis)] = 0;
      offset -= shape[axis] * strides[at(axis)];
    }
  }
}

Values gathered(const Operand& in, const Shape& shape, const std::vector<Index>& strides,
                Index first = 0) {
  Values out = zeros(shape);
  for_each_element(shape, strides, [&](std::size_t i, std::size_t offset) {
    out[i] = in.values[at(first) + offset];
  });
  return out;
}

Values broadcast(const Operand& in, const Shape& to) {
  const std::vector<Index> own = row_major(in.shape);
  std::vector<Index> strides(at(to.rank()));
  for (int axis = 0; axis < in.shape.rank(); ++axis) {
    if (in.shape[axis] > 1) strides[at(to.rank() - in.shape.rank() + axis)] = own[at(axis)];
  }
  return gathered(in, to, strides);
}

template <typename Function>
Values mapped(const Values& in, Function function) {
  Values out(in.size());
  std::transform(in.begin(), in.end(), out.begin(), function);
  return out;
}

// function(x, channel) for each element; the channels are dimension 1.
template <typename Function>
Values mapped_by_channel(const Operand& in, Function function) {
  Values out = in.values;
  const std::size_t channels = in.shape.rank() < 2 ? 1 : at(in.shape[1]);
  const std::size_t plane =
      in.shape.rank() < 2 ? out.size() : at(in.shape.elements(2, in.shape.rank()));
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = function(out[i], i / plane % channels);
  return out;
}

// The larger one, or NaN if there is one.
double larger(double a, double b) { return a >= b || std::isnan(a) ? a : b; }
double smaller(double a, double b) { return -larger(-a, -b); }

double calculated(BinaryKind kind, double a, double b) {
  switch (kind) {
    case BinaryKind::kAdd:
      return a + b;
    case BinaryKind::kSub:
      return a - b;
    case BinaryKind::kMul:
      return a * b;
    case BinaryKind::kDiv:
      return a / b;
    case BinaryKind::kPow:
      return std::pow(a, b);
    case BinaryKind::kMaximum:
      return larger(a, b);
    case BinaryKind::kMinimum:
      return smaller(a, b);
  }
  return a;
}

// Along one axis, the input elements that an output element sees.
struct Window {
  Index begin;
  Index count;
  Index step;
};
using Windows = std::vector<Window>;

Windows strided_windows(Index size, Index count, Index kernel, Index stride, Index padding,
                        Index dilation) {
  Windows windows;
  for (Index i = 0; i < count; ++i) {
    Window window{i * stride - padding, kernel, dilation};
    while (window.count > 0 && window.begin < 0) {
      window.begin += dilation;
      --window.count;
    }
    const Index left = size - window.begin;  // of the axis, from the window's first element on
    window.count = left <= 0 ? 0 : std::min(window.count, (left + dilation - 1) / dilation);
    windows.push_back(window);
  }
  return windows;
}

Windows adaptive_windows(Index size, Index count) {
  Windows windows;
  for (Index i = 0; i < count; ++i) {
    const Index begin = i * size / count;
    windows.push_back({begin, ((i + 1) * size + count - 1) / count - begin, 1});
  }
  return windows;
}

// Pools height and width: for each output element calls add(sum, x) for the elements of its window,
// from `start`, and then done(sum, output indices).
template <typename Add, typename Done>
Values pooled(const Operand& in, const std::array<Windows, 2>& axes, double start, Add add,
              Done done) {
  const int rank = in.shape.rank();
  const Index width = in.shape[rank - 1];
  const auto& [hs, ws] = axes;
  Values out;
  const Index plane = in.shape[rank - 2] * width;
  for (Index first = 0; first < in.shape.elements(); first += plane) {
    for (std::size_t h = 0; h < hs.size(); ++h) {
      for (std::size_t w = 0; w < ws.size(); ++w) {
        double sum = start;
        for (Index j = 0; j < hs[h].count; ++j) {
          const Index y = hs[h].begin + j * hs[h].step;
          const double* x = in.values.data() + first + y * width + ws[w].begin;
          for (Index k = 0; k < ws[w].count; ++k) sum = add(sum, x[k * ws[w].step]);
        }
        out.push_back(done(sum, h, w));
      }
    }
  }
  return out;
}

Values max_pooled(const Operand& in, const std::array<Windows, 2>& axes) {
  return pooled(in, axes, -kInfinity, larger,
                [](double best, std::size_t, std::size_t) { return best; });
}

double add(double sum, double x) { return sum + x; }

// Folds x into the stretch between two mirrors.
double reflected(double x, double low, double high) {
  const double span = high - low;
  if (span == 0) return 0;
  x = std::fabs(x - low);
  const double extra = std::fmod(x, span);
  const bool even = std::fmod(std::floor(x / span), 2) == 0;
  return even ? low + extra : low + span - extra;
}

double in_range_of_float(double x) {
  return std::fabs(x) > std::numeric_limits<float>::max() ? std::copysign(kInfinity, x) : x;
}

// A grid's position from -1 to 1 as a place along `size` pixels.
double sampled_at(const GridSample& op, double position, Index size) {
  const auto n = static_cast<double>(size);
  double x = op.align_corners ? (position + 1) / 2 * (n - 1) : ((position + 1) * n - 1) / 2;
  if (op.padding_mode == GridPadding::kReflection) {
    x = op.align_corners ? reflected(x, 0, n - 1) : reflected(x, -0.5, n - 0.5);
  }
  if (op.padding_mode == GridPadding::kZeros) return in_range_of_float(x);
  return std::isnan(x) ? 0 : std::clamp(x, 0.0, n - 1);  // PyTorch's vectors take NaN for 0
}

struct Evaluate {
  const ValidGraph::Node& node;
  const std::vector<Operand>& inputs;

  const Operand& input() const { return inputs[0]; }
  const Shape& shape() const { return input().shape; }
  const Values& values() const { return input().values; }

  Values operator()(const Conv2d& op) const {
    const Shape& kernel = op.weight.tensor.shape();
    const int rank = shape().rank();
    const Index channels = shape()[rank - 3];
    const Index height = shape()[rank - 2];
    const Index width = shape()[rank - 1];
    const Index filters = kernel[0];
    const Index rows = node.shape[rank - 2];
    const Index cols = node.shape[rank - 1];
    // Where the outputs begin and end that see a pixel of the input through the tap that lies
    // `shift` behind the window's first pixel.
    const auto seen = [](Index shift, Index size, Index count, Index stride) {
      const Index begin = shift < 0 ? (-shift + stride - 1) / stride : 0;
      const Index end = size > shift ? (size - shift + stride - 1) / stride : 0;
      return std::pair<Index, Index>{begin, std::min(end, count)};
    };
    Values out = zeros(node.shape);
    const Index images = node.shape.elements() / (filters * rows * cols);
    for (Index plane = 0; plane < images * filters; ++plane) {
      const Index filter = plane % filters;
      double* to = out.data() + plane * rows * cols;
      if (op.bias.given()) std::fill_n(to, rows * cols, double{op.bias.tensor.data()[filter]});
      const Index first = plane / filters * channels + filter / (filters / op.groups) * kernel[1];
      const float* weight = op.weight.tensor.data() + filter * kernel.elements(1, 4);
      for (Index c = 0; c < kernel[1]; ++c) {
        const double* from = values().data() + (first + c) * height * width;
        for (Index h = 0; h < kernel[2]; ++h) {
          const Index y_shift = h * op.dilation[0] - op.padding[0];
          const auto [row_begin, row_end] = seen(y_shift, height, rows, op.stride[0]);
          for (Index w = 0; w < kernel[3]; ++w) {
            const double factor = *weight++;
            const Index x_shift = w * op.dilation[1] - op.padding[1];
            const auto [col_begin, col_end] = seen(x_shift, width, cols, op.stride[1]);
            for (Index row = row_begin; row < row_end; ++row) {
              const double* x = from + (row * op.stride[0] + y_shift) * width + x_shift;
              double* y = to + row * cols;
              for (Index col = col_begin; col < col_end; ++col) {
                y[col] += factor * x[col * op.stride[1]];
              }
            }
          }
        }
      }
    }
    return out;
  }

  Values operator()(const Linear& op) const {
    const Index features = op.weight.tensor.shape()[1];
    const Index count = op.weight.tensor.shape()[0];
    Values out;
    for (Index row = 0; row < shape().elements(); row += features) {
      for (Index i = 0; i < count; ++i) {
        double sum = op.bias.given() ? op.bias.tensor.data()[i] : 0.0;
        for (Index j = 0; j < features; ++j) {
          sum += values()[at(row + j)] * op.weight.tensor.data()[i * features + j];
        }
        out.push_back(sum);
      }
    }
    return out;
  }

  Values operator()(const BatchNorm& op) const {
    return mapped_by_channel(input(), [&op](double x, std::size_t c) {
      const auto of = [c](const Weight& weight, double otherwise) {
        return weight.given() ? double{weight.tensor.data()[c]} : otherwise;
      };
      const double deviation = std::sqrt(of(op.running_var, 1) + op.eps);
      return (x - of(op.running_mean, 0)) / deviation * of(op.weight, 1) + of(op.bias, 0);
    });
  }

  // Stretches of `size` values less their mean over their deviation; scale and shift by channel(i).
  template <typename Channel>
  Values normalised(Index size, const Weight& weight, const Weight& bias, double eps,
                    Channel channel) const {
    Values out = values();
    const auto count = static_cast<double>(size);
    for (Index first = 0; first < shape().elements(); first += size) {
      double mean = 0;
      for (Index i = first; i < first + size; ++i) mean += out[at(i)] / count;
      double variance = 0;
      for (Index i = first; i < first + size; ++i) {
        variance += (out[at(i)] - mean) * (out[at(i)] - mean) / count;
      }
      for (Index i = first; i < first + size; ++i) {
        double& x = out[at(i)];
        x = (x - mean) / std::sqrt(variance + eps);
        if (weight.given()) x *= double{weight.tensor.data()[channel(i)]};
        if (bias.given()) x += double{bias.tensor.data()[channel(i)]};
      }
    }
    return out;
  }
  Values operator()(const LayerNorm& op) const {
    Index size = 1;
    for (const Index dim : op.normalized_shape) size *= dim;
    return normalised(size, op.weight, op.bias, op.eps, [size](Index i) { return i % size; });
  }
  Values operator()(const GroupNorm& op) const {
    const Index channels = shape()[1];
    const Index plane = shape().elements(2, shape().rank());
    return normalised(channels / op.num_groups * plane, op.weight, op.bias, op.eps,
                      [=](Index i) { return i / plane % channels; });
  }

  Values operator()(const MatMul&) const {
    const int rank = node.shape.rank();
    const auto whole = [&](const Operand& operand) {  // with the batch dimensions of the result
      const int own = operand.shape.rank();
      Shape to = node.shape.with(rank - 2, operand.shape[own - 2]);
      to = to.with(rank - 1, operand.shape[own - 1]);
      return broadcast(operand, to);
    };
    const Values a = whole(inputs[0]);
    const Values b = whole(inputs[1]);
    const Index inner = shape()[shape().rank() - 1];
    const Index rows = node.shape[rank - 2];
    const Index cols = node.shape[rank - 1];
    Values out = zeros(node.shape);
    for (Index i = 0; i < node.shape.elements(); ++i) {
      const Index matrix = i / (rows * cols);
      for (Index k = 0; k < inner; ++k) {
        out[at(i)] += a[at(i / cols * inner + k)] * b[at((matrix * inner + k) * cols + i % cols)];
      }
    }
    return out;
  }

  Values operator()(const Recurrent& op) const {
    const Index steps = node.shape[0];
    const Index batch = node.shape[1];
    const Index size = node.shape[2];
    const Index width = shape()[2];
    const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
    Values out = zeros(node.shape);
    for (Index n = 0; n < batch; ++n) {
      Values hidden(at(size));
      Values cell(at(size));
      for (Index i = 0; i < steps; ++i) {
        const Index row = (op.reverse ? steps - 1 - i : i) * batch + n;
        const double* x = values().data() + row * width;
        Values share(at(width));  // of the hidden state in each gate
        for (Index j = 0; j < width; ++j) {
          if (op.bias_hh.given()) share[at(j)] = op.bias_hh.tensor.data()[j];
          for (Index k = 0; k < size; ++k) {
            share[at(j)] += hidden[at(k)] * double{op.weight_hh.tensor.data()[j * size + k]};
          }
        }
        const auto gate = [&](Index number, Index j) {
          return x[number * size + j] + share[at(number * size + j)];
        };
        for (Index j = 0; j < size; ++j) {
          double& h = hidden[at(j)];
          if (op.kind == RecurrentKind::kLstm) {
            double& c = cell[at(j)];
            c = sigmoid(gate(1, j)) * c + sigmoid(gate(0, j)) * std::tanh(gate(2, j));
            h = sigmoid(gate(3, j)) * std::tanh(c);
          } else {
            const double update = sigmoid(gate(1, j));
            const double reset = sigmoid(gate(0, j));
            const double candidate = std::tanh(x[2 * size + j] + reset * share[at(2 * size + j)]);
            h = (1 - update) * candidate + update * h;
          }
          out[at(row * size + j)] = h;
        }
      }
    }
    return out;
  }

  Values operator()(const Activation& op) const {
    return mapped(values(), [&op](double x) { return tensor::activated(op, x); });
  }
  Values operator()(const PRelu& op) const {
    const tensor::Tensor& slope = op.weight.tensor;
    return mapped_by_channel(input(), [&slope](double x, std::size_t c) {
      return x > 0 ? x : x * slope.data()[slope.size() == 1 ? 0 : c];
    });
  }
  Values operator()(const Identity&) const { return values(); }

  Values operator()(const Softmax& op) const {
    const int rank = shape().rank();
    const int axis = rank == 0 ? 0 : resolve_axis(op.dim, rank);
    const Index size = rank == 0 ? 1 : shape()[axis];
    const Index inner = shape().elements(axis + 1, rank);
    Values out = values();
    for (Index i = 0; i < shape().elements() / size; ++i) {
      double* x = out.data() + i / inner * inner * size + i % inner;
      double largest = -kInfinity;
      for (Index j = 0; j < size; ++j) largest = larger(largest, x[j * inner]);
      double sum = 0;
      for (Index j = 0; j < size; ++j) sum += std::exp(x[j * inner] - largest);
      for (Index j = 0; j < size; ++j) {
        const double shifted = x[j * inner] - largest;
        x[j * inner] = op.log ? shifted - std::log(sum) : std::exp(shifted) / sum;
      }
    }
    return out;
  }

  template <typename Pool>
  Windows windows_of(const Pool& op, std::size_t axis, Index dilation) const {
    const int dimension = shape().rank() - 2 + static_cast<int>(axis);
    return strided_windows(shape()[dimension], node.shape[dimension], op.kernel_size[axis],
                           op.stride[axis], op.padding[axis], dilation);
  }
  Values operator()(const MaxPool2d& op) const {
    return max_pooled(input(),
                      {windows_of(op, 0, op.dilation[0]), windows_of(op, 1, op.dilation[1])});
  }
  Values operator()(const AvgPool2d& op) const {
    const std::array<Windows, 2> windows{windows_of(op, 0, 1), windows_of(op, 1, 1)};
    // A window that ceil_mode lets reach beyond the padding is cut there.
    const auto padded = [&](std::size_t axis, std::size_t i) {
      const Index begin = static_cast<Index>(i) * op.stride[axis] - op.padding[axis];
      const Index size = shape()[shape().rank() - 2 + static_cast<int>(axis)];
      return std::min(begin + op.kernel_size[axis], size + op.padding[axis]) - begin;
    };
    return pooled(input(), windows, 0, add, [&](double sum, std::size_t h, std::size_t w) {
      Index divisor = windows[0][h].count * windows[1][w].count;
      if (op.count_include_pad) divisor = padded(0, h) * padded(1, w);
      if (op.divisor_override) divisor = *op.divisor_override;
      return sum / static_cast<double>(divisor);
    });
  }
  Values operator()(const AdaptivePool2d& op) const {
    const int rank = shape().rank();
    const std::array<Windows, 2> windows{adaptive_windows(shape()[rank - 2], node.shape[rank - 2]),
                                         adaptive_windows(shape()[rank - 1], node.shape[rank - 1])};
    if (op.max) return max_pooled(input(), windows);
    return pooled(input(), windows, 0, add, [&windows](double sum, std::size_t h, std::size_t w) {
      return sum / static_cast<double>(windows[0][h].count * windows[1][w].count);
    });
  }

  Values operator()(const Concat& op) const {
    const int axis = resolve_axis(op.dim, shape().rank());
    Values out;
    for (Index i = 0; i < shape().elements(0, axis); ++i) {
      for (const Operand& part : inputs) {
        const Index stretch = part.shape.elements(axis, part.shape.rank());
        const auto begin = part.values.begin() + i * stretch;
        out.insert(out.end(), begin, begin + stretch);
      }
    }
    return out;
  }

  Values operator()(const Slice& op) const {
    const int axis = resolve_axis(op.dim, shape().rank());
    std::vector<Index> strides = row_major(shape());
    const Index first = resolve_slice(op, shape()[axis]).start * strides[at(axis)];
    strides[at(axis)] *= op.step;
    return gathered(input(), node.shape, strides, first);
  }

  Values operator()(const Reshape&) const { return values(); }
  Values operator()(const Flatten&) const { return values(); }
  Values operator()(const Squeeze&) const { return values(); }
  Values operator()(const Unsqueeze&) const { return values(); }

  Values operator()(const Permute& op) const {
    const std::vector<Index> own = row_major(shape());
    std::vector<Index> strides;
    for (const Index dim : op.dims) strides.push_back(own[at(resolve_axis(dim, shape().rank()))]);
    return gathered(input(), node.shape, strides);
  }

  Values operator()(const Binary& op) const {
    // A number is a tensor of float32 to PyTorch.
    const Shape scalar;
    const auto number = [](double x) { return Values{static_cast<float>(x)}; };
    const Values left = op.input ? number(*op.input) : Values{};
    const Values right = op.other ? number(*op.other) : Values{};
    Values out = broadcast(op.input ? Operand{left, scalar} : input(), node.shape);
    const Values b = broadcast(op.other ? Operand{right, scalar} : inputs.back(), node.shape);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = calculated(op.kind, out[i], b[i]);
    return out;
  }

  Values operator()(const Reduce& op) const {
    std::vector<Index> strides(at(shape().rank()));
    const std::vector<int> axes = reduced_axes(op, shape().rank());
    Index stride = 1;
    for (int axis = shape().rank() - 1; axis >= 0; --axis) {
      if (std::find(axes.begin(), axes.end(), axis) != axes.end()) continue;
      strides[at(axis)] = stride;
      stride *= shape()[axis];
    }
    const auto reduced = [&](double start, auto function) {
      Values out(at(node.shape.elements()), start);
      for_each_element(shape(), strides, [&](std::size_t i, std::size_t to) {
        out[to] = function(out[to], values()[i]);
      });
      return out;
    };
    if (op.kind == ReduceKind::kMax) return reduced(-kInfinity, larger);
    if (op.kind == ReduceKind::kMin) return reduced(kInfinity, smaller);
    Values out = reduced(0, add);
    const auto count = static_cast<double>(values().size()) / static_cast<double>(out.size());
    if (op.kind == ReduceKind::kMean) out = mapped(out, [count](double x) { return x / count; });
    return out;
  }

  Values operator()(const AffineGrid& op) const {
    const auto centre = [&op](Index i, Index size) {
      const auto x = static_cast<double>(i);
      const auto n = static_cast<double>(size);
      if (op.align_corners) return size == 1 ? 0.0 : 2 * x / (n - 1) - 1;
      return (2 * x + 1) / n - 1;
    };
    Values out;
    for (Index n = 0; n < node.shape[0]; ++n) {
      const double* theta = values().data() + n * 6;
      for (Index h = 0; h < node.shape[1]; ++h) {
        for (Index w = 0; w < node.shape[2]; ++w) {
          const double x = centre(w, node.shape[2]);
          const double y = centre(h, node.shape[1]);
          out.push_back(theta[0] * x + theta[1] * y + theta[2]);
          out.push_back(theta[3] * x + theta[4] * y + theta[5]);
        }
      }
    }
    return out;
  }

  Values operator()(const GridSample& op) const {
    const Index height = shape()[2];
    const Index width = shape()[3];
    const Index plane = height * width;
    const Index pixels = node.shape[2] * node.shape[3];
    const Values& grid = inputs[1].values;
    Values out = zeros(node.shape);
    for (Index place = 0; place < shape()[0] * pixels; ++place) {
      const double x = sampled_at(op, grid[at(2 * place)], width);
      const double y = sampled_at(op, grid[at(2 * place + 1)], height);
      for (Index c = 0; c < shape()[1]; ++c) {
        const Index image = (place / pixels * shape()[1] + c) * plane;
        const auto pixel = [&](double row, double col) {
          const bool inside = row >= 0 && row < static_cast<double>(height) && col >= 0 &&
                              col < static_cast<double>(width);
          if (!inside) return 0.0;
          return values()[at(image + static_cast<Index>(row) * width + static_cast<Index>(col))];
        };
        double& result = out[at((place / pixels * shape()[1] + c) * pixels + place % pixels)];
        if (op.mode == GridMode::kNearest) {
          result = pixel(std::nearbyint(y), std::nearbyint(x));
          continue;
        }
        const double top = std::floor(y);
        const double left = std::floor(x);
        const double down = y - top;  // NaN at an infinite position, as is the result
        const double right = x - left;
        result = (pixel(top, left) * (1 - right) + pixel(top, left + 1) * right) * (1 - down) +
                 (pixel(top + 1, left) * (1 - right) + pixel(top + 1, left + 1) * right) * down;
      }
    }
    return out;
  }

  // PyTorch's float32 decides which pixel is nearest.
  static Index nearest(const Interpolate& op, Index i, Index from, float scale) {
    const float centre = op.mode == InterpolateMode::kNearestExact ? 0.5F : 0.0F;
    const auto index = static_cast<Index>(std::floor((static_cast<float>(i) + centre) * scale));
    return std::min(index, from - 1);
  }

  // Where pixel i of `to` lies among `from`.
  static double place_of(const Interpolate& op, std::size_t axis, Index i, Index from, Index to) {
    const auto in = static_cast<double>(from);
    const auto out = static_cast<double>(to);
    const auto x = static_cast<double>(i);
    const double ratio = op.scale_factor ? 1 / (*op.scale_factor)[axis] : in / out;
    if (op.mode != InterpolateMode::kBilinear) {
      const float scale = op.scale_factor ? static_cast<float>(ratio)
                                          : static_cast<float>(from) / static_cast<float>(to);
      return static_cast<double>(nearest(op, i, from, scale));
    }
    if (from == to) return x;
    const double aligned = to > 1 ? x * (in - 1) / (out - 1) : 0;
    return std::clamp(op.align_corners ? aligned : (x + 0.5) * ratio - 0.5, 0.0, in - 1);
  }

  Values operator()(const Interpolate& op) const {
    const Index height = shape()[2];
    const Index width = shape()[3];
    Values out;
    for (Index first = 0; first < shape().elements(); first += height * width) {
      const double* image = values().data() + first;
      for (Index i = 0; i < node.shape[2]; ++i) {
        const double y = place_of(op, 0, i, height, node.shape[2]);
        const auto row = static_cast<Index>(y);
        const double down = y - static_cast<double>(row);
        for (Index j = 0; j < node.shape[3]; ++j) {
          const double x = place_of(op, 1, j, width, node.shape[3]);
          const auto col = static_cast<Index>(x);
          const double right = x - static_cast<double>(col);
          const auto line = [&](Index at_row) {
            const double* pixels = image + std::min(at_row, height - 1) * width;
            if (right == 0) return pixels[col];
            return pixels[col] * (1 - right) + pixels[col + 1] * right;
          };
          out.push_back(down == 0 ? line(row) : line(row) * (1 - down) + line(row + 1) * down);
        }
      }
    }
    return out;
  }

  Values operator()(const Constant& op) const {
    return {op.value.tensor.begin(), op.value.tensor.end()};
  }
};

// By value, the node that reads it last; -1 for none. Outputs are kept to the end.
std::vector<int> last_readers(const ValidGraph& graph) {
  std::vector<int> last(at(graph.value_count()), -1);
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    for (const auto input : graph.nodes()[i].inputs) last[at(input)] = static_cast<int>(i);
  }
  for (const auto& output : graph.outputs()) last[at(output.value)] = -1;
  return last;
}

}  // namespace

std::vector<Values> evaluate(const ValidGraph& graph, std::vector<Values> inputs,
                             const Observer& observer) {
  const std::vector<int> last_reader = last_readers(graph);
  std::vector<Values> values = std::move(inputs);
  values.resize(at(graph.value_count()));
  const auto observe = [&](ValidGraph::ValueId value) {
    if (observer) observer(value, values[at(value)]);
  };
  for (int i = 0; i < graph.input_count(); ++i) observe(i);
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const ValidGraph::Node& node = graph.nodes()[i];
    std::vector<Operand> operands;
    for (const auto input : node.inputs) {
      operands.push_back({values[at(input)], graph.shape_of(input)});
    }
    const ValidGraph::ValueId value = graph.value_of_node(i);
    values[at(value)] = mapped(std::visit(Evaluate{node, operands}, node.op), in_range_of_float);
    observe(value);
    for (const auto input : node.inputs) {
      if (last_reader[at(input)] == static_cast<int>(i)) values[at(input)] = {};
    }
  }
  std::vector<Values> outputs;
  for (const auto& output : graph.outputs()) outputs.push_back(values[at(output.value)]);
  return outputs;
}

std::int64_t peak_elements(const ValidGraph& graph) {
  const std::vector<int> last_reader = last_readers(graph);
  std::int64_t held = 0;
  for (int i = 0; i < graph.input_count(); ++i) held += graph.shape_of(i).elements();
  std::int64_t peak = held;
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const ValidGraph::Node& node = graph.nodes()[i];
    held += node.shape.elements();
    peak = std::max(peak, held);
    std::vector<ValidGraph::ValueId> read = node.inputs;
    std::sort(read.begin(), read.end());
    read.erase(std::unique(read.begin(), read.end()), read.end());
    for (const auto input : read) {
      if (last_reader[at(input)] == static_cast<int>(i)) held -= graph.shape_of(input).elements();
    }
  }
  return peak;
}

}  // namespace lprnet::graph
