// Depthwise convolution, compiled once for each target: included by targets.cpp inside
// HWY_NAMESPACE. Contract in conv_args.h. Reads whole vectors of channels: the input's pixels are
// as wide as the output's.

static void depthwise(const DepthwiseArgs& a) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  const auto lanes = static_cast<std::ptrdiff_t>(hn::Lanes(d));
  const V slope = hn::Set(d, static_cast<float>(a.activation.parameter));
  const bool activate = !is_of_sums(a.activation.kind);
  for (std::int64_t row = 0; row < a.rows; ++row) {
    for (std::int64_t col = 0; col < a.cols; ++col) {
      const float* in = a.in + row * a.in_row_stride + col * a.in_col_stride;
      float* out = a.out + row * a.out_row_stride + col * a.out_col_stride;
      for (int v = 0; v < a.out_vectors; ++v) {
        V sum = hn::Load(d, a.bias + v * lanes);
        const float* weights = a.weights + v * lanes;
        for (int tap = 0; tap < a.taps; ++tap) {
          sum = hn::MulAdd(hn::LoadU(d, in + a.tap_offsets[tap] + v * lanes),
                           hn::Load(d, weights + std::ptrdiff_t{tap} * a.out_vectors * lanes), sum);
        }
        if (a.activation.kind == ActivationKind::kRelu) sum = relu(d, sum);
        if (a.activation.kind == ActivationKind::kLeakyRelu) sum = leaky(d, sum, slope);
        hn::StoreU(sum, d, out + v * lanes);
      }
      if (activate) activate_pixels(a.activation, out, 0, 1, a.out_vectors * lanes);
    }
  }
}
