#include "kernels/reference.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace lprnet::kernels {
namespace {

// The parameter is rounded as the other sets do it.
double apply(const Activation& activation, double x) {
  return tensor::activated({activation.kind, double{static_cast<float>(activation.parameter)}}, x);
}

// Sums are rounded before what the other sets apply to stored pixels.
float activated_sum(const Activation& activation, double sum) {
  return static_cast<float>(
      apply(activation, is_of_sums(activation.kind) ? sum : double{static_cast<float>(sum)}));
}

void conv(const ConvArgs& a) {
  const TileWidths tiles{a.out_vectors, 1};  // one lane: each tile is one output channel
  for (std::int64_t row = 0; row < a.rows; ++row) {
    for (std::int64_t col = 0; col < a.cols; ++col) {
      const float* in = a.in + row * a.in_row_stride + col * a.in_col_stride;
      float* out = a.out + row * a.out_row_stride + col * a.out_col_stride;
      const float* weight = a.weights;
      for (int channel = 0; channel < tiles.count(); ++channel) {
        double sum = a.bias[channel];
        for (int run = 0; run < a.runs; ++run) {
          const float* x = in + a.run_offsets[run];
          for (int i = 0; i < a.run_length; ++i) sum += double{x[i]} * double{*weight++};
        }
        out[channel] = activated_sum(a.activation, sum);
      }
    }
  }
}

void depthwise(const DepthwiseArgs& a) {
  for (std::int64_t row = 0; row < a.rows; ++row) {
    for (std::int64_t col = 0; col < a.cols; ++col) {
      const float* in = a.in + row * a.in_row_stride + col * a.in_col_stride;
      float* out = a.out + row * a.out_row_stride + col * a.out_col_stride;
      for (int channel = 0; channel < a.out_vectors; ++channel) {
        double sum = a.bias[channel];
        for (int tap = 0; tap < a.taps; ++tap) {
          sum += double{in[a.tap_offsets[tap] + channel]} *
                 double{a.weights[std::ptrdiff_t{tap} * a.out_vectors + channel]};
        }
        out[channel] = activated_sum(a.activation, sum);
      }
    }
  }
}

// Calls use(value) for each input of an output pixel's window.
template <typename Use>
void for_each_in_window(const PoolArgs& a, std::int64_t row, std::int64_t col, std::int64_t channel,
                        Use use) {
  const Window rows = a.row_windows[row];
  const Window cols = a.col_windows[col];
  for (std::int64_t y = 0; y < rows.count; ++y) {
    for (std::int64_t x = 0; x < cols.count; ++x) {
      use(double{a.in[(rows.begin + y * a.row_dilation) * a.in_row_stride +
                      (cols.begin + x * a.col_dilation) * a.in_col_stride + channel]});
    }
  }
}

// Calls pixel(row, col, channel) for each output and stores what it returns.
template <typename Pixel>
void for_each_pooled(const PoolArgs& a, Pixel pixel) {
  for (std::int64_t row = 0; row < a.rows; ++row) {
    for (std::int64_t col = 0; col < a.cols; ++col) {
      for (std::int64_t channel = 0; channel < a.channels; ++channel) {
        a.out[row * a.out_row_stride + col * a.out_col_stride + channel] =
            static_cast<float>(pixel(row, col, channel));
      }
    }
  }
}

void max_pool(const PoolArgs& a) {
  for_each_pooled(a, [&a](std::int64_t row, std::int64_t col, std::int64_t channel) {
    double best = -HUGE_VAL;
    for_each_in_window(a, row, col, channel, [&best](double x) {
      if (x > best || std::isnan(x)) best = x;
    });
    return best;
  });
}

void avg_pool(const PoolArgs& a) {
  for_each_pooled(a, [&a](std::int64_t row, std::int64_t col, std::int64_t channel) {
    double sum = 0;
    for_each_in_window(a, row, col, channel, [&sum](double x) { sum += x; });
    return sum * double{a.row_scales[row]} * double{a.col_scales[col]};
  });
}

double apply(BinaryKind kind, double a, double b) {
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
      return a >= b || std::isnan(a) ? a : b;
    case BinaryKind::kMinimum:
      return a <= b || std::isnan(a) ? a : b;
  }
  return a;
}

double at(RowOperand operand, std::int64_t i) { return operand.data[i * operand.stride]; }

void unary(const Activation& activation, const float* in, float* out, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    out[i] = static_cast<float>(apply(activation, double{in[i]}));
  }
}

void binary(BinaryKind kind, RowOperand a, RowOperand b, float* out, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = static_cast<float>(apply(kind, at(a, i), at(b, i)));
}

void scale_shift(const float* in, RowOperand scale, RowOperand shift, float* out, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i)
    out[i] = static_cast<float>(in[i] * at(scale, i) + at(shift, i));
}

void prelu(const float* in, RowOperand slope, float* out, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    out[i] = static_cast<float>(
        tensor::activated({ActivationKind::kLeakyRelu, at(slope, i)}, double{in[i]}));
  }
}

double sum_of_squares(const float* in, std::int64_t n) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += double{in[i]} * double{in[i]};
  return sum;
}

double multiply_adds(std::int64_t rounds) {
  volatile double sum = 0;
  for (std::int64_t round = 0; round < rounds; ++round) sum = sum * 0.999 + 0.001;
  return 2.0 * static_cast<double>(rounds);
}

}  // namespace

const KernelSet& reference_kernels() {
  static const KernelSet kernels{
      "reference",   1,       1,      &conv,   nullptr,      &depthwise, &max_pool,
      &avg_pool,     nullptr, &unary, &binary, &scale_shift, &prelu,     &sum_of_squares,
      &multiply_adds};
  return kernels;
}

}  // namespace lprnet::kernels
