// The convolution kernel, compiled once for each target: included by targets.cpp inside
// HWY_NAMESPACE. Contract in conv_args.h.

// Registers decide the tile: pixels * vectors sums, `vectors` weights and one broadcast input.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON
constexpr int kSums = 28;  // of 32 registers
constexpr int kMaxTileVectors = 4;
#elif HWY_TARGET == HWY_SCALAR
constexpr int kSums = 8;  // fewer tiles: machines without vectors want the memory more
constexpr int kMaxTileVectors = 2;
#else
constexpr int kSums = 12;  // of 16 registers
constexpr int kMaxTileVectors = 3;
#endif
constexpr int max_pixels(int vectors) {
  const int fit = kSums / vectors;
  return fit < 14 ? fit : 14;
}

// Where a block of reduction steps begins and ends decides how its sums start and finish.
struct ConvBlock {
  int first_run;
  int end_run;
  bool first;  // sums start from the bias, else from the output
  bool last;   // the activation follows
};

// `count` reduction steps. A macro, because gcc keeps the sums in registers only in the function
// that declares them.
#undef LPRNET_CONV_STEPS
#define LPRNET_CONV_STEPS(count)                                                             \
  {                                                                                          \
    HWY_UNROLL(count) for (std::ptrdiff_t step = 0; step < (count); ++step) {                \
      V w[kVectors];                                                                         \
      HWY_UNROLL(4) for (int v = 0; v < kVectors; ++v) {                                     \
        w[v] = hn::Load(d, weights + (step * kVectors + v) * kLanes);                        \
      }                                                                                      \
      HWY_UNROLL(14) for (int p = 0; p < kPixels; ++p) {                                     \
        const std::ptrdiff_t at = p % 4 == 0 ? 0 : p % 4 == 1 ? s : p % 4 == 2 ? 2 * s : s3; \
        const V x = hn::Set(d, bases[p / 4][at + step]);                                     \
        HWY_UNROLL(4) for (int v = 0; v < kVectors; ++v) {                                   \
          sums[p][v] = hn::MulAdd(x, w[v], sums[p][v]);                                      \
        }                                                                                    \
      }                                                                                      \
    }                                                                                        \
    HWY_UNROLL(4) for (int b = 0; b < kBases; ++b) bases[b] += (count);                      \
    weights += kLanes * kVectors * (count);                                                  \
  }

constexpr int kUnroll = 4;

template <int kPixels, int kVectors>
HWY_INLINE void conv_tile(const ConvArgs& a, const ConvBlock& block, const float* HWY_RESTRICT in,
                          const float* HWY_RESTRICT weights, const float* HWY_RESTRICT bias,
                          float* HWY_RESTRICT out) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  constexpr auto kLanes = static_cast<std::ptrdiff_t>(hn::MaxLanes(hn::ScalableTag<float>()));
  V sums[kPixels][kVectors];
  if (block.first) {
    HWY_UNROLL(4) for (int v = 0; v < kVectors; ++v) {
      const V start = hn::Load(d, bias + v * kLanes);
      HWY_UNROLL(14) for (int p = 0; p < kPixels; ++p) sums[p][v] = start;
    }
  } else {
    HWY_UNROLL(14) for (int p = 0; p < kPixels; ++p) {
      HWY_UNROLL(4) for (int v = 0; v < kVectors; ++v) {
        sums[p][v] = hn::LoadU(d, out + p * a.out_col_stride + v * kLanes);
      }
    }
  }
  // Four pixels share a pointer: base, + s, + 2s, + 3s are single addressing modes but for the
  // last.
  const std::ptrdiff_t s = a.in_col_stride;
  const std::ptrdiff_t s3 = 3 * s;
  constexpr int kBases = (kPixels + 3) / 4;
  for (int run = block.first_run; run < block.end_run; ++run) {
    const float* bases[kBases];
    for (int b = 0; b < kBases; ++b) bases[b] = in + a.run_offsets[run] + s * 4 * b;
    int left = a.run_length;
    for (; left >= kUnroll; left -= kUnroll) LPRNET_CONV_STEPS(kUnroll)
    for (; left > 0; --left) LPRNET_CONV_STEPS(1)
  }
  if (block.last && a.activation.kind == ActivationKind::kRelu) {
    HWY_UNROLL(14) for (int p = 0; p < kPixels; ++p) {
      HWY_UNROLL(4)
      for (int v = 0; v < kVectors; ++v) sums[p][v] = relu(d, sums[p][v]);
    }
  } else if (block.last && a.activation.kind == ActivationKind::kLeakyRelu) {
    const V slope = hn::Set(d, static_cast<float>(a.activation.parameter));
    HWY_UNROLL(14) for (int p = 0; p < kPixels; ++p) {
      HWY_UNROLL(4) for (int v = 0; v < kVectors; ++v) sums[p][v] = leaky(d, sums[p][v], slope);
    }
  }
  HWY_UNROLL(14) for (int p = 0; p < kPixels; ++p) {
    HWY_UNROLL(4) for (int v = 0; v < kVectors; ++v) {
      hn::StoreU(sums[p][v], d, out + p * a.out_col_stride + v * kLanes);
    }
  }
}

using ConvTile = void (*)(const ConvArgs&, const ConvBlock&, const float*, const float*,
                          const float*, float*);

template <int kPixels, int kVectors>
HWY_NOINLINE void conv_tile_entry(const ConvArgs& a, const ConvBlock& block, const float* in,
                                  const float* weights, const float* bias, float* out) {
  conv_tile<kPixels, kVectors>(a, block, in, weights, bias, out);
}

// The tile of `pixels` pixels, found by counting down at compile time.
template <int kVectors, int kPixels = max_pixels(kVectors)>
ConvTile conv_tile_for(std::int64_t pixels) {
  if constexpr (kPixels == 1) {
    return &conv_tile_entry<1, kVectors>;
  } else {
    if (pixels == kPixels) return &conv_tile_entry<kPixels, kVectors>;
    return conv_tile_for<kVectors, kPixels - 1>(pixels);
  }
}

template <int kVectors>
HWY_INLINE void conv_columns(const ConvArgs& a, const ConvBlock& block, const float* in,
                             const float* weights, const float* bias, float* out) {
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(hn::ScalableTag<float>()));
  // Tiles as equal as can be, so that no row ends in a tile too small to hide latency.
  const std::int64_t tiles = (a.cols + max_pixels(kVectors) - 1) / max_pixels(kVectors);
  const std::int64_t small = a.cols / tiles;
  const std::int64_t larger = a.cols % tiles;
  const ConvTile large_tile = conv_tile_for<kVectors>(small + (larger > 0 ? 1 : 0));
  const ConvTile small_tile = conv_tile_for<kVectors>(small);
  const bool activate = block.last && !is_of_sums(a.activation.kind);
  for (std::int64_t row = 0; row < a.rows; ++row) {
    const float* tile_in = in + row * a.in_row_stride;
    float* tile_out = out + row * a.out_row_stride;
    for (std::int64_t tile = 0; tile < tiles; ++tile) {
      const bool large = tile < larger;
      (large ? large_tile : small_tile)(a, block, tile_in, weights, bias, tile_out);
      const std::int64_t pixels = small + (large ? 1 : 0);
      if (activate) {
        activate_pixels(a.activation, tile_out, a.out_col_stride, pixels, kVectors * kLanes);
      }
      tile_in += pixels * a.in_col_stride;
      tile_out += pixels * a.out_col_stride;
    }
  }
}

static void conv(const ConvArgs& a) {
  constexpr auto kLanes = static_cast<std::ptrdiff_t>(hn::MaxLanes(hn::ScalableTag<float>()));
  // A block's weights stay in the first-level cache while the pixels pass.
  constexpr std::ptrdiff_t kBlockBytes = std::ptrdiff_t{64} * 1024;
  const float* weights = a.weights;
  std::ptrdiff_t channel = 0;
  const TileWidths tiles{a.out_vectors, kMaxTileVectors};
  for (int t = 0; t < tiles.count(); ++t) {
    const int width = tiles.width(t);
    const std::ptrdiff_t run_floats = std::ptrdiff_t{a.run_length} * width * kLanes;
    std::ptrdiff_t runs = kBlockBytes / static_cast<std::ptrdiff_t>(sizeof(float)) / run_floats;
    if (runs < 1) runs = 1;
    for (int run = 0; run < a.runs; run += static_cast<int>(runs)) {
      const int end = a.runs - run < runs ? a.runs : run + static_cast<int>(runs);
      const ConvBlock block{run, end, run == 0, end == a.runs};
      const float* bias = a.bias + channel;
      float* out = a.out + channel;
      switch (width) {
        case 1:
          conv_columns<1>(a, block, a.in, weights, bias, out);
          break;
        case 2:
          conv_columns<2>(a, block, a.in, weights, bias, out);
          break;
        case 3:
          conv_columns<3>(a, block, a.in, weights, bias, out);
          break;
        default:
          conv_columns<kMaxTileVectors>(a, block, a.in, weights, bias, out);
          break;
      }
      weights += (end - run) * run_floats;
    }
    channel += width * kLanes;
  }
}
