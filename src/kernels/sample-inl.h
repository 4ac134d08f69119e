// Bilinear sampling, compiled once for each target: included by targets.cpp inside HWY_NAMESPACE.
// Contract in sample_args.h. Positions are worked out for a vector of output pixels at a time; then
// vectors run over the channels of each.

// Up to a vector of positions along one axis, as the pixel before each and the weights of that one
// and the next.
struct AxisTaps {
  static constexpr std::size_t kMost = hn::MaxLanes(hn::ScalableTag<float>());
  HWY_ALIGN float position[kMost];
  HWY_ALIGN std::int32_t pixel[kMost];
  HWY_ALIGN float before[kMost];
  HWY_ALIGN float after[kMost];
  // Zero; NaN where weights have no meaning, at a position that is not finite among zeros.
  HWY_ALIGN float origin[kMost];

  HWY_INLINE AxisTaps() {
    for (float& x : position) x = 0.0F;
  }

  HWY_INLINE void find(std::int64_t size, bool align_corners, bool border) {
    const hn::ScalableTag<float> d;
    const hn::RebindToSigned<decltype(d)> di;
    const auto one = hn::Set(d, 1.0F);
    const auto half = hn::Set(d, 0.5F);
    const auto n = static_cast<float>(size);
    auto x = hn::Add(hn::Load(d, position), one);
    x = align_corners ? hn::Mul(hn::Mul(x, half), hn::Set(d, n - 1))
                      : hn::Mul(hn::Sub(hn::Mul(x, hn::Set(d, n)), one), half);
    hn::Store(border ? hn::Zero(d) : hn::Sub(x, x), d, origin);
    // Far outside there is nothing but the border or zeros; the bounds keep the conversion to an
    // integer defined, for a NaN too.
    const auto low = hn::Set(d, border ? 0.0F : -2.0F);
    const auto high = hn::Set(d, border ? n - 1 : n + 1);
    x = hn::IfThenElse(hn::IsNaN(x), low, hn::Min(hn::Max(x, low), high));
    const auto left = hn::Floor(x);
    hn::Store(hn::ConvertTo(di, left), di, pixel);
    hn::Store(hn::Sub(hn::Add(left, one), x), d, before);
    hn::Store(hn::Sub(x, left), d, after);
  }
};

// The four pixels around a position, as floats behind the image's first, and their weights.
struct Taps {
  std::ptrdiff_t pixels[4];
  float weights[4];
  bool inside[4];  // whether there is such a pixel
  float origin;    // what the sum starts from
  bool all_inside;

  HWY_INLINE Taps() {}
};

// The weighted sum of the pixels of `image`.
template <class D>
HWY_INLINE hn::Vec<D> weighted_sum(D d, const float* image, const Taps& taps) {
  auto sum = hn::Set(d, taps.origin);
  HWY_UNROLL(4) for (int i = 0; i < 4; ++i) {
    if (taps.all_inside || taps.inside[i]) {
      sum = hn::MulAdd(hn::LoadU(d, image + taps.pixels[i]), hn::Set(d, taps.weights[i]), sum);
    }
  }
  return sum;
}

template <class D>
HWY_INLINE void sample_pixel(D d, const float* image, const Taps& taps, std::int64_t channels,
                             float* out) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t c = 0;
  for (; c + lanes <= channels; c += lanes) {
    hn::StoreU(weighted_sum(d, image + c, taps), d, out + c);
  }
  if (c < channels) {
    HWY_ALIGN float rest[hn::MaxLanes(D())];
    hn::Store(weighted_sum(d, image + c, taps), d, rest);
    for (std::int64_t i = c; i < channels; ++i) out[i] = rest[i - c];
  }
}

template <class D>
HWY_INLINE void sample_row(D d, const SampleArgs& a, const float* grid, float* out) {
  constexpr auto kMost = static_cast<std::int64_t>(AxisTaps::kMost);
  AxisTaps xs;
  AxisTaps ys;
  for (std::int64_t first = 0; first < a.cols; first += kMost) {
    const std::int64_t here = HWY_MIN(kMost, a.cols - first);
    for (std::int64_t i = 0; i < here; ++i, grid += a.grid_col_stride) {
      xs.position[i] = grid[0];
      ys.position[i] = grid[a.grid_xy_stride];
    }
    xs.find(a.width, a.align_corners, a.border);
    ys.find(a.height, a.align_corners, a.border);
    for (std::int64_t i = 0; i < here; ++i, out += a.out_col_stride) {
      const std::int64_t x = xs.pixel[i];
      const std::int64_t y = ys.pixel[i];
      const bool left = x >= 0 && x < a.width;
      const bool right = x >= -1 && x + 1 < a.width;
      const bool above = y >= 0 && y < a.height;
      const bool below = y >= -1 && y + 1 < a.height;
      Taps taps;
      taps.pixels[0] = y * a.image_row_stride + x * a.image_col_stride;
      taps.pixels[1] = taps.pixels[0] + a.image_col_stride;
      taps.pixels[2] = taps.pixels[0] + a.image_row_stride;
      taps.pixels[3] = taps.pixels[1] + a.image_row_stride;
      taps.inside[0] = above && left;
      taps.inside[1] = above && right;
      taps.inside[2] = below && left;
      taps.inside[3] = below && right;
      taps.all_inside = taps.inside[0] && taps.inside[3];
      taps.origin = xs.origin[i] + ys.origin[i];
      taps.weights[0] = ys.before[i] * xs.before[i];
      taps.weights[1] = ys.before[i] * xs.after[i];
      taps.weights[2] = ys.after[i] * xs.before[i];
      taps.weights[3] = ys.after[i] * xs.after[i];
      sample_pixel(d, a.image, taps, a.channels, out);
    }
  }
}

static void sample(const SampleArgs& a) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 4> narrow;
  const bool wide = a.channels >= static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t row = 0; row < a.rows; ++row) {
    const float* grid = a.grid + row * a.grid_row_stride;
    float* out = a.out + row * a.out_row_stride;
    if (wide) {
      sample_row(d, a, grid, out);
    } else {
      sample_row(narrow, a, grid, out);
    }
  }
}
