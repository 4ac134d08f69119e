// Pooling, compiled once for each target: included by targets.cpp inside HWY_NAMESPACE. Contract in
// pool_args.h. Vectors run over channels, up to four side by side, so that each pixel is read in
// one stretch; what does not fill a vector runs four channels at a time.

// A NaN wins, as in PyTorch, whatever the target's own maximum does.
struct MaxOf {
  static constexpr float kOfNothing = -HUGE_VALF;
  template <class V>
  static HWY_INLINE V combine(V a, V b) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_SSE4
    // MAXPS gives its second operand if either is a NaN, which leaves only the first to look at.
    return hn::IfThenElse(hn::IsNaN(a), a, hn::Max(a, b));
#else
    return hn::IfThenElse(hn::Or(hn::Ge(a, b), hn::IsNaN(a)), a, b);
#endif
  }
};
struct SumOf {
  static constexpr float kOfNothing = 0;
  template <class V>
  static HWY_INLINE V combine(V a, V b) {
    return hn::Add(a, b);
  }
};

// kVectors vectors of channels of one pixel, or of several combined.
template <class D, int kVectors>
struct Pixel {
  using V = hn::Vec<D>;
  V v[kVectors];

  // Written down: what the compiler makes by itself is outside of the target's instruction set.
  HWY_INLINE Pixel() {}

  HWY_INLINE void load(D d, const float* from) {
    HWY_UNROLL(4) for (int i = 0; i < kVectors; ++i) {
      v[i] = hn::LoadU(d, from + i * static_cast<std::ptrdiff_t>(hn::Lanes(d)));
    }
  }
  // The first `channels` of them.
  HWY_INLINE void store(D d, float* to, std::int64_t channels) const {
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
    if (channels < lanes) {
      HWY_ALIGN float all[hn::MaxLanes(D())];
      hn::Store(v[0], d, all);
      for (std::int64_t i = 0; i < channels; ++i) to[i] = all[i];
      return;
    }
    HWY_UNROLL(4) for (int i = 0; i < kVectors; ++i) hn::StoreU(v[i], d, to + i * lanes);
  }
  template <class Combine>
  HWY_INLINE void combine(const Pixel& other) {
    HWY_UNROLL(4) for (int i = 0; i < kVectors; ++i) v[i] = Combine::combine(v[i], other.v[i]);
  }
};

// One column of a window: its rows combined.
template <class Combine, int kVectors, class D>
HWY_INLINE Pixel<D, kVectors> pool_column(D d, const float* in, std::int64_t rows,
                                          std::ptrdiff_t stride) {
  Pixel<D, kVectors> result;
  result.load(d, in);
  for (std::int64_t row = 1; row < rows; ++row) {
    Pixel<D, kVectors> next;
    next.load(d, in + row * stride);
    result.template combine<Combine>(next);
  }
  return result;
}

// One row of output.
template <class Combine, int kVectors, class D>
HWY_INLINE void pool_row(D d, const PoolArgs& a, std::int64_t row, std::int64_t channels,
                         const float* in, float* out) {
  const Window rows = a.row_windows[row];
  const std::ptrdiff_t row_step = a.row_dilation * a.in_row_stride;
  const std::ptrdiff_t col_step = a.col_dilation * a.in_col_stride;
  in += rows.begin * a.in_row_stride;
  for (std::int64_t col = 0; col < a.cols; ++col) {
    const Window cols = a.col_windows[col];
    Pixel<D, kVectors> result;
    if (rows.count > 0 && cols.count > 0) {
      const float* column = in + cols.begin * a.in_col_stride;
      result = pool_column<Combine, kVectors>(d, column, rows.count, row_step);
      for (std::int64_t i = 1; i < cols.count; ++i) {
        column += col_step;
        const auto next = pool_column<Combine, kVectors>(d, column, rows.count, row_step);
        result.template combine<Combine>(next);
      }
    } else {
      HWY_UNROLL(4) for (int i = 0; i < kVectors; ++i) {
        result.v[i] = hn::Set(d, Combine::kOfNothing);
      }
    }
    if (a.col_scales != nullptr) {
      const auto scale = hn::Set(d, a.row_scales[row] * a.col_scales[col]);
      HWY_UNROLL(4) for (int i = 0; i < kVectors; ++i) result.v[i] = hn::Mul(result.v[i], scale);
    }
    result.store(d, out + col * a.out_col_stride, channels);
  }
}

// Windows of 3x3 at a stride of one or two columns overlap: each column is combined once.
template <int kStride, int kVectors, class D>
HWY_INLINE void max_row_of_3x3(D d, const PoolArgs& a, std::int64_t row, std::int64_t channels,
                               const float* in, float* out) {
  const std::ptrdiff_t row_step = a.row_dilation * a.in_row_stride;
  const float* column = in + a.row_windows[row].begin * a.in_row_stride;
  auto last = pool_column<MaxOf, kVectors>(d, column, 3, row_step);
  auto middle = last;
  if (kStride == 1) {
    column += a.in_col_stride;
    middle = pool_column<MaxOf, kVectors>(d, column, 3, row_step);
  }
  for (std::int64_t col = 0; col < a.cols; ++col) {
    column += a.in_col_stride;
    if (kStride == 2) {
      middle = pool_column<MaxOf, kVectors>(d, column, 3, row_step);
      column += a.in_col_stride;
    }
    const auto next = pool_column<MaxOf, kVectors>(d, column, 3, row_step);
    auto result = last;
    result.template combine<MaxOf>(middle);
    result.template combine<MaxOf>(next);
    result.store(d, out, channels);
    last = kStride == 1 ? middle : next;
    middle = next;
    out += a.out_col_stride;
  }
}

// The stride of windows that are all 3x3 and evenly one or two columns apart, else 0.
HWY_INLINE int stride_of_3x3(const PoolArgs& a) {
  if (a.col_dilation != 1 || a.cols < 2) return 0;
  const std::int64_t stride = a.col_windows[1].begin - a.col_windows[0].begin;
  if (stride != 1 && stride != 2) return 0;
  for (std::int64_t col = 0; col < a.cols; ++col) {
    if (a.col_windows[col].count != 3 || a.col_windows[col].begin != col * stride) return 0;
  }
  for (std::int64_t row = 0; row < a.rows; ++row) {
    if (a.row_windows[row].count != 3) return 0;
  }
  return static_cast<int>(stride);
}

template <class Combine, int kVectors, class D>
HWY_NOINLINE void pool_channels(D d, const PoolArgs& a, int stride_of_3x3, std::int64_t channels,
                                const float* in, float* out) {
  for (std::int64_t row = 0; row < a.rows; ++row, out += a.out_row_stride) {
    if (stride_of_3x3 == 1) {
      max_row_of_3x3<1, kVectors>(d, a, row, channels, in, out);
    } else if (stride_of_3x3 == 2) {
      max_row_of_3x3<2, kVectors>(d, a, row, channels, in, out);
    } else {
      pool_row<Combine, kVectors>(d, a, row, channels, in, out);
    }
  }
}

template <class Combine>
HWY_INLINE void pool(const PoolArgs& a, int stride_of_3x3) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t channel = 0;
  while (channel + lanes <= a.channels) {
    const float* in = a.in + channel;
    float* out = a.out + channel;
    const std::int64_t vectors = (a.channels - channel) / lanes;
    if (vectors >= 4) {
      pool_channels<Combine, 4>(d, a, stride_of_3x3, 4 * lanes, in, out);
      channel += 4 * lanes;
    } else if (vectors >= 2) {
      pool_channels<Combine, 2>(d, a, stride_of_3x3, 2 * lanes, in, out);
      channel += 2 * lanes;
    } else {
      pool_channels<Combine, 1>(d, a, stride_of_3x3, lanes, in, out);
      channel += lanes;
    }
  }
  const hn::CappedTag<float, 4> narrow;
  const auto few = static_cast<std::int64_t>(hn::Lanes(narrow));
  for (; channel < a.channels; channel += few) {
    pool_channels<Combine, 1>(narrow, a, stride_of_3x3, HWY_MIN(few, a.channels - channel),
                              a.in + channel, a.out + channel);
  }
}

static void max_pool(const PoolArgs& a) { pool<MaxOf>(a, stride_of_3x3(a)); }

static void avg_pool(const PoolArgs& a) { pool<SumOf>(a, 0); }
