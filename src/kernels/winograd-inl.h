// The one-dimensional Winograd convolution, compiled once for each target: included by targets.cpp
// inside HWY_NAMESPACE. Contract in winograd_args.h. A block of tiles goes through three passes,
// small enough that what lies between them stays in the caches.

// B^T of each tile's inputs, for each filter and channel: scratch (point, tile, filter, channel).
static void winograd_inputs(const WinogradArgs& a, const WinogradTile* tiles, std::int64_t count) {
  const hn::ScalableTag<float> d;
  constexpr auto kLanes = static_cast<std::ptrdiff_t>(hn::MaxLanes(hn::ScalableTag<float>()));
  // For the finite points but p, prod of (x - q); the pairs' even and odd parts are shared.
  constexpr double kNear2 = kWinogradNear * kWinogradNear;
  constexpr double kFar2 = kWinogradFar * kWinogradFar;
  const auto product = hn::Set(d, static_cast<float>(kNear2 * kFar2));
  const auto sum = hn::Set(d, static_cast<float>(kNear2 + kFar2));
  const auto near2 = hn::Set(d, static_cast<float>(kNear2));
  const auto far2 = hn::Set(d, static_cast<float>(kFar2));
  const auto near = hn::Set(d, static_cast<float>(kWinogradNear));
  const auto far = hn::Set(d, static_cast<float>(kWinogradFar));
  const std::ptrdiff_t tile_floats = std::ptrdiff_t{a.filters} * a.in_vectors * kLanes;
  const std::ptrdiff_t point = a.block * tile_floats;
  const std::ptrdiff_t step = a.in_step;
  float* HWY_RESTRICT to = a.scratch;
  for (std::int64_t t = 0; t < count; ++t) {
    for (int f = 0; f < a.filters; ++f) {
      const float* HWY_RESTRICT x = a.in + tiles[t].in + a.filter_offsets[f];
      for (int v = 0; v < a.in_vectors; ++v, x += kLanes, to += kLanes) {
        const auto x0 = hn::LoadU(d, x);
        const auto x1 = hn::LoadU(d, x + step);
        const auto x2 = hn::LoadU(d, x + 2 * step);
        const auto x3 = hn::LoadU(d, x + 3 * step);
        const auto x4 = hn::LoadU(d, x + 4 * step);
        const auto x5 = hn::LoadU(d, x + 5 * step);
        const auto near_even = hn::NegMulAdd(far2, x2, x4);
        const auto near_odd = hn::Mul(near, hn::NegMulAdd(far2, x1, x3));
        const auto far_even = hn::NegMulAdd(near2, x2, x4);
        const auto far_odd = hn::Mul(far, hn::NegMulAdd(near2, x1, x3));
        hn::Store(hn::MulAdd(product, x0, hn::NegMulAdd(sum, x2, x4)), d, to);
        hn::Store(hn::Add(near_even, near_odd), d, to + point);
        hn::Store(hn::Sub(near_even, near_odd), d, to + 2 * point);
        hn::Store(hn::Add(far_even, far_odd), d, to + 3 * point);
        hn::Store(hn::Sub(far_even, far_odd), d, to + 4 * point);
        hn::Store(hn::MulAdd(product, x1, hn::NegMulAdd(sum, x3, x5)), d, to + 5 * point);
      }
    }
  }
}

// A^T of the products (point, tile, channel), bias and activation.
template <int kOutputs>
static void winograd_outputs(const WinogradArgs& a, const WinogradTile* tiles, std::int64_t count,
                             const float* HWY_RESTRICT products) {
  const hn::ScalableTag<float> d;
  constexpr auto kLanes = static_cast<std::ptrdiff_t>(hn::MaxLanes(hn::ScalableTag<float>()));
  constexpr double kNear2 = kWinogradNear * kWinogradNear;
  constexpr double kFar2 = kWinogradFar * kWinogradFar;
  const auto near = hn::Set(d, static_cast<float>(kWinogradNear));
  const auto far = hn::Set(d, static_cast<float>(kWinogradFar));
  const auto near2 = hn::Set(d, static_cast<float>(kNear2));
  const auto far2 = hn::Set(d, static_cast<float>(kFar2));
  const auto near3 = hn::Set(d, static_cast<float>(kWinogradNear * kNear2));
  const auto far3 = hn::Set(d, static_cast<float>(kWinogradFar * kFar2));
  const auto slope = hn::Set(d, static_cast<float>(a.activation.parameter));
  const bool activate = !is_of_sums(a.activation.kind);
  const std::ptrdiff_t point = a.block * a.out_vectors * kLanes;
  const float* HWY_RESTRICT from = products;
  for (std::int64_t t = 0; t < count; ++t) {
    float* HWY_RESTRICT out = a.out + tiles[t].out;
    for (int v = 0; v < a.out_vectors; ++v, from += kLanes, out += kLanes) {
      const auto bias = hn::Load(d, a.bias + v * kLanes);
      const auto near_plus = hn::Load(d, from + point);
      const auto near_minus = hn::Load(d, from + 2 * point);
      const auto far_plus = hn::Load(d, from + 3 * point);
      const auto far_minus = hn::Load(d, from + 4 * point);
      const auto near_even = hn::Add(near_plus, near_minus);
      const auto near_odd = hn::Sub(near_plus, near_minus);
      const auto far_even = hn::Add(far_plus, far_minus);
      const auto far_odd = hn::Sub(far_plus, far_minus);
      hn::Vec<decltype(d)> y[kOutputs];
      y[0] = hn::Add(hn::Add(hn::Load(d, from), bias), hn::Add(near_even, far_even));
      y[1] = hn::MulAdd(near, near_odd, hn::MulAdd(far, far_odd, bias));
      y[2] = hn::MulAdd(near2, near_even, hn::MulAdd(far2, far_even, bias));
      if constexpr (kOutputs == 4) {
        y[3] = hn::MulAdd(near3, near_odd, hn::MulAdd(far3, far_odd, bias));
      }
      y[kOutputs - 1] = hn::Add(y[kOutputs - 1], hn::Load(d, from + 5 * point));
      HWY_UNROLL(4) for (int i = 0; i < kOutputs; ++i) {
        if (a.activation.kind == ActivationKind::kRelu) y[i] = relu(d, y[i]);
        if (a.activation.kind == ActivationKind::kLeakyRelu) y[i] = leaky(d, y[i], slope);
        if (i >= tiles[t].first) hn::StoreU(y[i], d, out + i * a.out_step);
      }
    }
    if (activate) {
      const int first = tiles[t].first;
      activate_pixels(a.activation, a.out + tiles[t].out + first * a.out_step, a.out_step,
                      kOutputs - first, a.out_vectors * kLanes);
    }
  }
}

static void winograd(const WinogradArgs& a) {
  constexpr auto kLanes = static_cast<std::ptrdiff_t>(hn::MaxLanes(hn::ScalableTag<float>()));
  const std::ptrdiff_t tile_floats = std::ptrdiff_t{a.filters} * a.in_vectors * kLanes;
  const std::ptrdiff_t result_floats = a.out_vectors * kLanes;
  float* const products = a.scratch + kWinogradPoints * a.block * tile_floats;
  ConvArgs product;
  product.bias = a.zeros;
  product.rows = 1;
  product.in_col_stride = tile_floats;
  product.out_col_stride = result_floats;
  product.runs = a.filters;
  product.run_length = a.channels;
  product.run_offsets = a.scratch_offsets;
  product.out_vectors = a.out_vectors;
  // Blocks as equal as can be.
  const std::int64_t blocks = (a.tile_count + a.block - 1) / a.block;
  std::int64_t begin = 0;
  for (std::int64_t block = 0; block < blocks; ++block) {
    const std::int64_t end = a.tile_count * (block + 1) / blocks;
    winograd_inputs(a, a.tiles + begin, end - begin);
    product.cols = end - begin;
    for (int point = 0; point < kWinogradPoints; ++point) {
      product.in = a.scratch + point * a.block * tile_floats;
      product.out = products + point * a.block * result_floats;
      product.weights = a.weights + point * a.point_weights;
      conv(product);
    }
    if (a.outputs == 4) {
      winograd_outputs<4>(a, a.tiles + begin, end - begin, products);
    } else {
      winograd_outputs<3>(a, a.tiles + begin, end - begin, products);
    }
    begin = end;
  }
}
