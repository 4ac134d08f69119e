// The machine's limit, compiled once for each target: included by targets.cpp inside HWY_NAMESPACE.

static double multiply_adds(std::int64_t rounds) {
  const hn::ScalableTag<float> d;
  // Enough independent sums to hide the latency of every known core.
  constexpr int kIndependent = 12;
  using V = hn::Vec<decltype(d)>;
  V sums[kIndependent];
  for (int i = 0; i < kIndependent; ++i) sums[i] = hn::Set(d, static_cast<float>(i));
  // Values that the compiler cannot know.
  volatile float factor_source = 0.999F;
  volatile float addend_source = 0.001F;
  const V factor = hn::Set(d, factor_source);
  const V addend = hn::Set(d, addend_source);
  for (std::int64_t round = 0; round < rounds; ++round) {
    HWY_UNROLL(12)
    for (int i = 0; i < kIndependent; ++i) sums[i] = hn::MulAdd(sums[i], factor, addend);
  }
  V total = sums[0];
  for (int i = 1; i < kIndependent; ++i) total = hn::Add(total, sums[i]);
  volatile float sink = hn::GetLane(total);
  static_cast<void>(sink);
  return 2.0 * kIndependent * static_cast<double>(hn::Lanes(d)) * static_cast<double>(rounds);
}
