// Element by element, compiled once for each target: included by targets.cpp inside HWY_NAMESPACE.
// Contract in kernel_set.h. A row's end that does not fill a vector goes through a vector of its
// own.

template <class D, class V>
HWY_INLINE V sigmoid(D d, V x) {
  const V one = hn::Set(d, 1.0F);
  // Beyond 88, e^-x leaves float32 and the result is 0 either way; a NaN passes the comparison.
  const V bounded = hn::IfThenElse(hn::Lt(x, hn::Set(d, -88.0F)), hn::Set(d, -88.0F), x);
  return hn::Div(one, hn::Add(one, hn::Exp(d, hn::Neg(bounded))));
}

// x tanh(log(1 + e^x)) with the hyperbolic tangent written out: no logarithm, one exponential.
template <class D, class V>
HWY_INLINE V mish(D d, V x) {
  const V e = hn::Exp(d, hn::Min(x, hn::Set(d, 20.0F)));
  const V n = hn::Mul(e, hn::Add(e, hn::Set(d, 2.0F)));
  const V y = hn::Div(hn::Mul(x, n), hn::Add(n, hn::Set(d, 2.0F)));
  return hn::IfThenElse(hn::Gt(x, hn::Set(d, 20.0F)), x, y);
}

// 0.5 x (1 + tanh(u)) = x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3)
template <class D, class V>
HWY_INLINE V gelu_tanh(D d, V x) {
  const V cube = hn::Mul(hn::Mul(x, x), x);
  const V u = hn::Mul(hn::Set(d, 1.5957691216057308F), hn::MulAdd(hn::Set(d, 0.044715F), cube, x));
  return hn::Mul(x, sigmoid(d, u));
}

struct ReluOp {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x, V /*p*/) {
    return relu(d, x);
  }
};
struct CopyOp {
  template <class D, class V>
  static HWY_INLINE V apply(D /*d*/, V x, V /*p*/) {
    return x;
  }
};
struct LeakyReluOp {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x, V p) {
    return leaky(d, x, p);
  }
};
struct EluOp {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x, V p) {
    // Below -88 it is -alpha to the last bit; a NaN passes the comparisons.
    const V bounded = hn::IfThenElse(hn::Lt(x, hn::Set(d, -88.0F)), hn::Set(d, -88.0F), x);
    const V negative =
        hn::Mul(p, hn::Expm1(d, hn::IfThenZeroElse(hn::Gt(x, hn::Zero(d)), bounded)));
    return hn::IfThenElse(hn::Gt(x, hn::Zero(d)), x, hn::IfThenElse(hn::IsNaN(x), x, negative));
  }
};
struct MishOp {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x, V /*p*/) {
    return mish(d, x);
  }
};
struct GeluTanhOp {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x, V /*p*/) {
    return gelu_tanh(d, x);
  }
};
struct SigmoidOp {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x, V /*p*/) {
    return hn::IfThenElse(hn::IsNaN(x), x, sigmoid(d, x));
  }
};
struct TanhOp {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x, V /*p*/) {
    return hn::Tanh(d, x);
  }
};
struct SqrtOp {
  template <class D, class V>
  static HWY_INLINE V apply(D /*d*/, V x, V /*p*/) {
    return hn::Sqrt(x);
  }
};

template <class Op>
HWY_INLINE void unary_row(float parameter, const float* in, float* out, std::int64_t n) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto p = hn::Set(d, parameter);
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(Op::apply(d, hn::LoadU(d, in + i), p), d, out + i);
  if (i < n) {
    HWY_ALIGN float rest[hn::MaxLanes(hn::ScalableTag<float>())] = {};
    for (std::int64_t j = i; j < n; ++j) rest[j - i] = in[j];
    hn::Store(Op::apply(d, hn::Load(d, rest), p), d, rest);
    for (std::int64_t j = i; j < n; ++j) out[j] = rest[j - i];
  }
}

static void unary(UnaryFunction function, float parameter, const float* in, float* out,
                  std::int64_t n) {
  switch (function) {
    case UnaryFunction::kCopy:
      return unary_row<CopyOp>(parameter, in, out, n);
    case UnaryFunction::kRelu:
      return unary_row<ReluOp>(parameter, in, out, n);
    case UnaryFunction::kLeakyRelu:
      return unary_row<LeakyReluOp>(parameter, in, out, n);
    case UnaryFunction::kElu:
      return unary_row<EluOp>(parameter, in, out, n);
    case UnaryFunction::kMish:
      return unary_row<MishOp>(parameter, in, out, n);
    case UnaryFunction::kGelu:
      for (std::int64_t i = 0; i < n; ++i) {
        const double x = in[i];
        out[i] = static_cast<float>(0.5 * x * (1.0 + ::erf(x * 0.70710678118654752)));
      }
      return;
    case UnaryFunction::kGeluTanh:
      return unary_row<GeluTanhOp>(parameter, in, out, n);
    case UnaryFunction::kSigmoid:
      return unary_row<SigmoidOp>(parameter, in, out, n);
    case UnaryFunction::kTanh:
      return unary_row<TanhOp>(parameter, in, out, n);
    case UnaryFunction::kSqrt:
      return unary_row<SqrtOp>(parameter, in, out, n);
  }
}

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

static void binary(BinaryFunction function, RowOperand a, RowOperand b, float* out,
                   std::int64_t n) {
  switch (function) {
    case BinaryFunction::kAdd:
      return binary_row<AddOp>(a, b, out, n);
    case BinaryFunction::kSub:
      return binary_row<SubOp>(a, b, out, n);
    case BinaryFunction::kMul:
      return binary_row<MulOp>(a, b, out, n);
    case BinaryFunction::kDiv:
      return binary_row<DivOp>(a, b, out, n);
    case BinaryFunction::kPow:
      return pow_row(a, b, out, n);
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
