// Pooling, compiled once for each target: included by targets.cpp inside HWY_NAMESPACE. Contract in
// pool_args.h. Vectors run over channels; what does not fill a vector runs one channel at a time.

// A NaN wins, as in PyTorch, whatever the target's own maximum does.
struct MaxOf {
  template <class D, class V>
  static HWY_INLINE V combine(D /*d*/, V a, V b) {
    return hn::IfThenElse(hn::Or(hn::Ge(a, b), hn::IsNaN(a)), a, b);
  }
};
struct SumOf {
  template <class D, class V>
  static HWY_INLINE V combine(D /*d*/, V a, V b) {
    return hn::Add(a, b);
  }
};

// One column of a window: its rows combined.
template <class Combine, class D>
HWY_INLINE hn::Vec<D> pool_column(D d, const float* in, std::int64_t rows, std::ptrdiff_t stride) {
  auto result = hn::LoadU(d, in);
  for (std::int64_t row = 1; row < rows; ++row) {
    result = Combine::combine(d, result, hn::LoadU(d, in + row * stride));
  }
  return result;
}

// One row of output, one vector of channels.
template <class Combine, class D>
HWY_INLINE void pool_row(D d, const PoolArgs& a, std::int64_t row, const float* in, float* out) {
  const Window rows = a.row_windows[row];
  const std::ptrdiff_t row_step = a.row_dilation * a.in_row_stride;
  const std::ptrdiff_t col_step = a.col_dilation * a.in_col_stride;
  in += rows.begin * a.in_row_stride;
  for (std::int64_t col = 0; col < a.cols; ++col) {
    const Window cols = a.col_windows[col];
    auto result = hn::Zero(d);
    const float* column = in + cols.begin * a.in_col_stride;
    if (rows.count > 0 && cols.count > 0) {
      result = pool_column<Combine>(d, column, rows.count, row_step);
      for (std::int64_t i = 1; i < cols.count; ++i) {
        column += col_step;
        result = Combine::combine(d, result, pool_column<Combine>(d, column, rows.count, row_step));
      }
    }
    if (a.col_scales != nullptr) {
      result = hn::Mul(result, hn::Set(d, a.row_scales[row] * a.col_scales[col]));
    }
    hn::StoreU(result, d, out + col * a.out_col_stride);
  }
}

template <class D, class V>
HWY_INLINE V max_of_three(D d, V a, V b, V c) {
  return MaxOf::combine(d, MaxOf::combine(d, a, b), c);
}

// Windows of three columns at a stride of one or two overlap: each column is combined once.
template <int kStride, class D>
HWY_INLINE void max_row_of_three(D d, const PoolArgs& a, std::int64_t row, const float* in,
                                 float* out) {
  const Window rows = a.row_windows[row];
  const std::ptrdiff_t row_step = a.row_dilation * a.in_row_stride;
  const float* column = in + rows.begin * a.in_row_stride;
  auto last = pool_column<MaxOf>(d, column, rows.count, row_step);
  auto middle = last;
  if (kStride == 1) {
    column += a.in_col_stride;
    middle = pool_column<MaxOf>(d, column, rows.count, row_step);
  }
  for (std::int64_t col = 0; col < a.cols; ++col) {
    if (kStride == 1) {
      column += a.in_col_stride;
      const auto next = pool_column<MaxOf>(d, column, rows.count, row_step);
      hn::StoreU(max_of_three(d, last, middle, next), d, out);
      last = middle;
      middle = next;
    } else {
      middle = pool_column<MaxOf>(d, column + a.in_col_stride, rows.count, row_step);
      column += 2 * a.in_col_stride;
      const auto next = pool_column<MaxOf>(d, column, rows.count, row_step);
      hn::StoreU(max_of_three(d, last, middle, next), d, out);
      last = next;
    }
    out += a.out_col_stride;
  }
}

// The stride of windows that are all three columns wide and evenly one or two apart, else 0.
HWY_INLINE int stride_of_three(const PoolArgs& a) {
  if (a.col_dilation != 1 || a.cols < 2) return 0;
  const std::int64_t stride = a.col_windows[1].begin - a.col_windows[0].begin;
  if (stride != 1 && stride != 2) return 0;
  for (std::int64_t col = 0; col < a.cols; ++col) {
    if (a.col_windows[col].count != 3 || a.col_windows[col].begin != col * stride) return 0;
  }
  return static_cast<int>(stride);
}

template <class D>
HWY_INLINE void max_row(D d, const PoolArgs& a, int stride, std::int64_t row, const float* in,
                        float* out) {
  if (stride == 1) {
    max_row_of_three<1>(d, a, row, in, out);
  } else if (stride == 2) {
    max_row_of_three<2>(d, a, row, in, out);
  } else {
    pool_row<MaxOf>(d, a, row, in, out);
  }
}

void max_pool(const PoolArgs& a) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const int stride = stride_of_three(a);
  for (std::int64_t row = 0; row < a.rows; ++row) {
    float* out = a.out + row * a.out_row_stride;
    std::int64_t channel = 0;
    for (; channel + lanes <= a.channels; channel += lanes) {
      max_row(d, a, stride, row, a.in + channel, out + channel);
    }
    for (; channel < a.channels; ++channel) {
      max_row(one, a, stride, row, a.in + channel, out + channel);
    }
  }
}

void avg_pool(const PoolArgs& a) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t row = 0; row < a.rows; ++row) {
    float* out = a.out + row * a.out_row_stride;
    std::int64_t channel = 0;
    for (; channel + lanes <= a.channels; channel += lanes) {
      pool_row<SumOf>(d, a, row, a.in + channel, out + channel);
    }
    for (; channel < a.channels; ++channel) {
      pool_row<SumOf>(one, a, row, a.in + channel, out + channel);
    }
  }
}
