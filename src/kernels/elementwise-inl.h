// Element by element, compiled once for each target: included by targets.cpp inside HWY_NAMESPACE.
// Contract in kernel_set.h.

struct AddOp {
  template <class V>
  static HWY_INLINE V apply(V a, V b) {
    return hn::Add(a, b);
  }
};
struct SubOp {
  template <class V>
  static HWY_INLINE V apply(V a, V b) {
    return hn::Sub(a, b);
  }
};
struct MulOp {
  template <class V>
  static HWY_INLINE V apply(V a, V b) {
    return hn::Mul(a, b);
  }
};
struct DivOp {
  template <class V>
  static HWY_INLINE V apply(V a, V b) {
    return hn::Div(a, b);
  }
};

// The larger or smaller one; a NaN wins, as in PyTorch.
struct MaximumOp {
  template <class V>
  static HWY_INLINE V apply(V a, V b) {
    return hn::IfThenElse(hn::Or(hn::Ge(a, b), hn::IsNaN(a)), a, b);
  }
};
struct MinimumOp {
  template <class V>
  static HWY_INLINE V apply(V a, V b) {
    return hn::IfThenElse(hn::Or(hn::Le(a, b), hn::IsNaN(a)), a, b);
  }
};

template <class D>
HWY_INLINE hn::Vec<D> load_operand(D d, RowOperand operand, std::int64_t i) {
  return operand.stride == 0 ? hn::Set(d, operand.data[0]) : hn::LoadU(d, operand.data + i);
}

template <class Op>
HWY_INLINE void binary_row(RowOperand a, RowOperand b, float* out, std::int64_t n) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    hn::StoreU(Op::apply(load_operand(d, a, i), load_operand(d, b, i)), d, out + i);
  }
  for (; i < n; ++i) {
    hn::StoreU(Op::apply(load_operand(one, a, i), load_operand(one, b, i)), one, out + i);
  }
}

HWY_INLINE void pow_row(RowOperand a, RowOperand b, float* out, std::int64_t n) {
  // As PyTorch does for a number: a square is one multiplication, a root one square root.
  if (b.stride == 0 && b.data[0] == 2.0F) return binary_row<MulOp>(a, a, out, n);
  if (b.stride == 0 && b.data[0] == 0.5F && a.stride == 1) {
    return unary_row<SqrtOp>(0.0F, a.data, out, n);
  }
  for (std::int64_t i = 0; i < n; ++i) {
    out[i] = ::powf(a.data[i * a.stride], b.data[i * b.stride]);
  }
}

static void binary(BinaryKind kind, RowOperand a, RowOperand b, float* out, std::int64_t n) {
  switch (kind) {
    case BinaryKind::kAdd:
      return binary_row<AddOp>(a, b, out, n);
    case BinaryKind::kSub:
      return binary_row<SubOp>(a, b, out, n);
    case BinaryKind::kMul:
      return binary_row<MulOp>(a, b, out, n);
    case BinaryKind::kDiv:
      return binary_row<DivOp>(a, b, out, n);
    case BinaryKind::kPow:
      return pow_row(a, b, out, n);
    case BinaryKind::kMaximum:
      return binary_row<MaximumOp>(a, b, out, n);
    case BinaryKind::kMinimum:
      return binary_row<MinimumOp>(a, b, out, n);
  }
}

template <class D>
HWY_INLINE void scale_shift_at(D d, const float* in, RowOperand scale, RowOperand shift, float* out,
                               std::int64_t i) {
  hn::StoreU(hn::MulAdd(hn::LoadU(d, in + i), load_operand(d, scale, i), load_operand(d, shift, i)),
             d, out + i);
}

static void scale_shift(const float* in, RowOperand scale, RowOperand shift, float* out,
                        std::int64_t n) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) scale_shift_at(d, in, scale, shift, out, i);
  for (; i < n; ++i) scale_shift_at(one, in, scale, shift, out, i);
}

template <class D>
HWY_INLINE void prelu_at(D d, const float* in, RowOperand slope, float* out, std::int64_t i) {
  const auto x = hn::LoadU(d, in + i);
  hn::StoreU(LeakyReluOp::apply(d, x, load_operand(d, slope, i)), d, out + i);
}

static void prelu(const float* in, RowOperand slope, float* out, std::int64_t n) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) prelu_at(d, in, slope, out, i);
  for (; i < n; ++i) prelu_at(one, in, slope, out, i);
}

static double sum_of_squares(const float* in, std::int64_t n) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  // Four sums hide the latency of the multiply-add. They are emptied into a double before float32
  // would lose digits.
  constexpr std::int64_t kBlock = 64;
  double total = 0;
  std::int64_t i = 0;
  while (i + 4 * lanes <= n) {
    V sums[4] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
    for (std::int64_t round = 0; round < kBlock && i + 4 * lanes <= n; ++round, i += 4 * lanes) {
      HWY_UNROLL(4) for (int k = 0; k < 4; ++k) {
        const V x = hn::LoadU(d, in + i + k * lanes);
        sums[k] = hn::MulAdd(x, x, sums[k]);
      }
    }
    const V sum = hn::Add(hn::Add(sums[0], sums[1]), hn::Add(sums[2], sums[3]));
    total += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, sum)));
  }
  for (; i < n; ++i) total += static_cast<double>(in[i]) * static_cast<double>(in[i]);
  return total;
}
