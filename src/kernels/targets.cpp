#include "kernels/targets.h"

// One source, compiled once for each target by foreach_target.h. The targets that are switched off
// would add code for machines that the others already serve. SVE's vectors have no size at compile
// time and therefore cannot be the elements of a tile.
#define HWY_DISABLED_TARGETS \
  (HWY_AVX3_DL | HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
// No kernel needs them, and small processors have SSE4 without them.
#define HWY_DISABLE_PCLMUL_AES
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/targets.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <cmath>

HWY_BEFORE_NAMESPACE();
namespace lprnet::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR && HWY_ARCH_X86
// Beside three sets of vectors, that for older processors is to be small.
[[gnu::cold]] static void conv(const ConvArgs& a);
[[gnu::cold]] static void winograd(const WinogradArgs& a);
[[gnu::cold]] static void depthwise(const DepthwiseArgs& a);
[[gnu::cold]] static void max_pool(const PoolArgs& a);
[[gnu::cold]] static void avg_pool(const PoolArgs& a);
[[gnu::cold]] static void sample(const SampleArgs& a);
#endif
// These are a switch over loops that wait for memory.
[[gnu::cold]] static void unary(const Activation& activation, const float* in, float* out,
                                std::int64_t n);
[[gnu::cold]] static void binary(BinaryKind kind, RowOperand a, RowOperand b, float* out,
                                 std::int64_t n);

// The convolutions use the activations.
#include "kernels/activation-inl.h"

#include "kernels/conv-inl.h"
#include "kernels/depthwise-inl.h"
#include "kernels/elementwise-inl.h"
#include "kernels/peak-inl.h"
#include "kernels/pool-inl.h"
#include "kernels/sample-inl.h"
#include "kernels/winograd-inl.h"

#if HWY_TARGET == HWY_AVX3
#define LPRNET_ISA_NAME "avx512"
#elif HWY_TARGET == HWY_AVX2
#define LPRNET_ISA_NAME "avx2"
#elif HWY_TARGET == HWY_SSE4
#define LPRNET_ISA_NAME "sse4"
#elif HWY_TARGET == HWY_NEON
#define LPRNET_ISA_NAME "neon"
#elif HWY_TARGET == HWY_WASM
#define LPRNET_ISA_NAME "wasm"
#else
#define LPRNET_ISA_NAME "portable"
#endif

extern const KernelSet kKernels;
const KernelSet kKernels{LPRNET_ISA_NAME, static_cast<int>(hn::MaxLanes(hn::ScalableTag<float>())),
                         kMaxTileVectors, &conv,
                         &winograd,       &depthwise,
                         &max_pool,       &avg_pool,
                         &sample,         &unary,
                         &binary,         &scale_shift,
                         &prelu,          &sum_of_squares,
                         &multiply_adds};
#undef LPRNET_ISA_NAME

}  // namespace HWY_NAMESPACE
}  // namespace lprnet::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lprnet::kernels {
namespace {

[[maybe_unused]] bool always() { return true; }
#if HWY_ARCH_X86
// These ask the operating system too (XCR0), through the compiler's runtime.
[[maybe_unused]] bool has_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("bmi2");
}
[[maybe_unused]] bool has_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("bmi2");
}
[[maybe_unused]] bool has_sse4() {
  return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("sse4.1") &&
         __builtin_cpu_supports("ssse3");
}
#endif

}  // namespace

const std::vector<Target>& all_targets() {
  static const std::vector<Target> targets = {
#if HWY_TARGETS & HWY_AVX3
    {&N_AVX3::kKernels, &has_avx512},
#endif
#if HWY_TARGETS & HWY_AVX2
    {&N_AVX2::kKernels, &has_avx2},
#endif
#if HWY_TARGETS & HWY_SSE4
    {&N_SSE4::kKernels, &has_sse4},
#endif
#if HWY_TARGETS & HWY_NEON
    {&N_NEON::kKernels, &always},
#endif
#if HWY_TARGETS & HWY_WASM
    {&N_WASM::kKernels, &always},
#endif
#if HWY_TARGETS & HWY_EMU128
    {&N_EMU128::kKernels, &always},
#endif
#if HWY_TARGETS & HWY_SCALAR
    {&N_SCALAR::kKernels, &always},
#endif
  };
  return targets;
}

}  // namespace lprnet::kernels
#endif
