// Activations, compiled once for each target: included by targets.cpp inside HWY_NAMESPACE.
// Contract in kernel_set.h. A row's end that does not fill a vector goes through a vector of its
// own.

// A NaN stays one, whatever the target's own maximum does.
template <class D, class V>
HWY_INLINE V relu(D d, V x) {
  return hn::IfThenZeroElse(hn::Lt(x, hn::Zero(d)), x);
}

// x where it is positive, x * slope elsewhere.
template <class D, class V>
HWY_INLINE V leaky(D d, V x, V slope) {
  return hn::IfThenElse(hn::Gt(x, hn::Zero(d)), x, hn::Mul(x, slope));
}

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

// From 0 to 6; a NaN stays one.
template <class D, class V>
HWY_INLINE V relu6(D d, V x) {
  const V six = hn::Set(d, 6.0F);
  return hn::IfThenElse(hn::Gt(x, six), six, relu(d, x));
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

struct Relu6Op {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x, V /*p*/) {
    return relu6(d, x);
  }
};
struct SiluOp {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x, V /*p*/) {
    return hn::Mul(x, sigmoid(d, x));
  }
};
struct HardsigmoidOp {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x, V /*p*/) {
    return hn::Div(relu6(d, hn::Add(x, hn::Set(d, 3.0F))), hn::Set(d, 6.0F));
  }
};
struct HardswishOp {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x, V /*p*/) {
    const V gate = relu6(d, hn::Add(x, hn::Set(d, 3.0F)));
    return hn::Div(hn::Mul(x, gate), hn::Set(d, 6.0F));
  }
};

struct ExpOp {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x, V /*p*/) {
    // From 89 on it is infinite, below -104 zero; hn::Exp is defined up to 104. NaN stays.
    const V most = hn::Set(d, 100.0F);
    const V least = hn::Set(d, -120.0F);
    const V below = hn::IfThenElse(hn::Gt(x, most), most, x);
    const V bounded = hn::IfThenElse(hn::Lt(x, least), least, below);
    return hn::IfThenElse(hn::IsNaN(x), x, hn::Exp(d, bounded));
  }
};
struct AbsOp {
  template <class D, class V>
  static HWY_INLINE V apply(D /*d*/, V x, V /*p*/) {
    return hn::Abs(x);
  }
};
struct SoftplusOp {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V x, V p) {
    const V scaled = hn::Mul(x, p);
    const V twenty = hn::Set(d, 20.0F);
    const V bounded = hn::IfThenElse(hn::Gt(scaled, twenty), twenty, scaled);
    const V soft = hn::Div(hn::Log1p(d, ExpOp::apply(d, bounded, p)), p);
    return hn::IfThenElse(hn::Or(hn::Gt(scaled, twenty), hn::IsNaN(scaled)), x, soft);
  }
};
struct ClampMinOp {
  template <class D, class V>
  static HWY_INLINE V apply(D /*d*/, V x, V p) {
    return hn::IfThenElse(hn::Lt(x, p), p, x);
  }
};
struct ClampMaxOp {
  template <class D, class V>
  static HWY_INLINE V apply(D /*d*/, V x, V p) {
    return hn::IfThenElse(hn::Gt(x, p), p, x);
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

static void unary(const Activation& activation, const float* in, float* out, std::int64_t n) {
  const auto parameter = static_cast<float>(activation.parameter);
  switch (activation.kind) {
    case ActivationKind::kNone:
      return unary_row<CopyOp>(parameter, in, out, n);
    case ActivationKind::kRelu:
      return unary_row<ReluOp>(parameter, in, out, n);
    case ActivationKind::kLeakyRelu:
      return unary_row<LeakyReluOp>(parameter, in, out, n);
    case ActivationKind::kElu:
      return unary_row<EluOp>(parameter, in, out, n);
    case ActivationKind::kMish:
      return unary_row<MishOp>(parameter, in, out, n);
    case ActivationKind::kGelu:
      for (std::int64_t i = 0; i < n; ++i) {
        const double x = in[i];
        out[i] = static_cast<float>(0.5 * x * (1.0 + ::erf(x * 0.70710678118654752)));
      }
      return;
    case ActivationKind::kGeluTanh:
      return unary_row<GeluTanhOp>(parameter, in, out, n);
    case ActivationKind::kSigmoid:
      return unary_row<SigmoidOp>(parameter, in, out, n);
    case ActivationKind::kTanh:
      return unary_row<TanhOp>(parameter, in, out, n);
    case ActivationKind::kSqrt:
      return unary_row<SqrtOp>(parameter, in, out, n);
    case ActivationKind::kRelu6:
      return unary_row<Relu6Op>(parameter, in, out, n);
    case ActivationKind::kSilu:
      return unary_row<SiluOp>(parameter, in, out, n);
    case ActivationKind::kHardsigmoid:
      return unary_row<HardsigmoidOp>(parameter, in, out, n);
    case ActivationKind::kHardswish:
      return unary_row<HardswishOp>(parameter, in, out, n);
    case ActivationKind::kExp:
      return unary_row<ExpOp>(parameter, in, out, n);
    case ActivationKind::kAbs:
      return unary_row<AbsOp>(parameter, in, out, n);
    case ActivationKind::kSoftplus:
      return unary_row<SoftplusOp>(parameter, in, out, n);
    case ActivationKind::kClampMin:
      return unary_row<ClampMinOp>(parameter, in, out, n);
    case ActivationKind::kClampMax:
      return unary_row<ClampMaxOp>(parameter, in, out, n);
  }
}

// Applies the activation to the first `floats` of each pixel.
HWY_NOINLINE static void activate_pixels(const Activation& activation, float* out,
                                         std::ptrdiff_t stride, std::int64_t pixels,
                                         std::int64_t floats) {
  for (std::int64_t p = 0; p < pixels; ++p, out += stride) unary(activation, out, out, floats);
}
