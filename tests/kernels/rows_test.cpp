// The kernels over rows, on every instruction set of the machine, against the reference: lengths
// around the vector's, misaligned, in place, with NaN behind the end that must neither be read into
// a result nor written over.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "kernels/kernel_set.h"
#include "kernels/reference.h"
#include "lprnet/error.hpp"

namespace lprnet::kernels {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr std::size_t kMargin = 64;

// `n` values at an offset that no vector is aligned to, NaN on both sides.
struct Row {
  explicit Row(std::int64_t count)
      : n(count), memory(static_cast<std::size_t>(count) + 2 * kMargin, kNaN) {}
  float* data() { return memory.data() + kMargin + 1; }
  void fill(std::uint32_t seed, float low, float high) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> value(low, high);
    for (std::int64_t i = 0; i < n; ++i) data()[i] = value(random);
  }
  bool margins_are_untouched() const {
    for (std::size_t i = 0; i < memory.size(); ++i) {
      const bool inside = i >= kMargin + 1 && i < kMargin + 1 + static_cast<std::size_t>(n);
      if (!inside && !std::isnan(memory[i])) return false;
    }
    return true;
  }
  std::int64_t n;
  std::vector<float> memory;
};

void expect_close(Row& found, Row& expected, const char* what) {
  EXPECT_TRUE(found.margins_are_untouched()) << what << ", n = " << found.n;
  for (std::int64_t i = 0; i < found.n; ++i) {
    const float bound = 4e-6F * std::max(1.0F, std::abs(expected.data()[i]));
    ASSERT_NEAR(found.data()[i], expected.data()[i], bound)
        << what << ", n = " << found.n << ", at " << i;
  }
}

class RowKernels : public testing::TestWithParam<const KernelSet*> {
 protected:
  const KernelSet& set() const { return *GetParam(); }
  std::vector<std::int64_t> lengths() const {
    const std::int64_t lanes = set().lanes;
    return {
        1, 3, lanes / 2 + 1, lanes, lanes + 1, 4 * lanes / 3 + 1, 8 * lanes + 2, 300 * lanes + 7};
  }
};

TEST_P(RowKernels, AreTheOnesThatWereAskedFor) {
  const KernelSet& chosen = choose_kernel_set(set().isa);
  EXPECT_EQ(&chosen, &set());
  for (const KernelSet* other : kernel_sets()) {
    if (other == &set()) continue;
    EXPECT_NE(other->conv, set().conv) << other->isa << " runs this set's kernels";
  }
}

TEST_P(RowKernels, Activations) {
  for (const auto& facts : tensor::all_activations()) {
    const Activation activation{facts.kind, 0.3};
    const char* const name = facts.name;
    for (const std::int64_t n : lengths()) {
      Row in(n);
      in.fill(7, facts.kind == ActivationKind::kSqrt ? 0.0F : -20.0F, 20.0F);
      Row expected(n);
      reference_kernels().unary(activation, in.data(), expected.data(), n);
      Row found(n);
      set().unary(activation, in.data(), found.data(), n);
      expect_close(found, expected, name);
      set().unary(activation, in.data(), in.data(), n);
      expect_close(in, expected, name);
    }
  }
}

TEST_P(RowKernels, BinaryFunctionsOfRowsAndSingleValues) {
  for (const auto function :
       {BinaryKind::kAdd, BinaryKind::kSub, BinaryKind::kMul, BinaryKind::kDiv, BinaryKind::kPow,
        BinaryKind::kMaximum, BinaryKind::kMinimum}) {
    for (const std::int64_t n : lengths()) {
      Row a(n);
      Row b(n);
      a.fill(1, 0.5F, 3.0F);
      b.fill(2, 0.5F, 3.0F);
      for (const int a_stride : {0, 1}) {
        for (const int b_stride : {0, 1}) {
          Row expected(n);
          reference_kernels().binary(function, {a.data(), a_stride}, {b.data(), b_stride},
                                     expected.data(), n);
          Row found(n);
          set().binary(function, {a.data(), a_stride}, {b.data(), b_stride}, found.data(), n);
          expect_close(found, expected, "binary");
        }
      }
    }
  }
}

TEST_P(RowKernels, PerChannelFunctions) {
  for (const std::int64_t n : lengths()) {
    Row x(n);
    Row a(n);
    Row b(n);
    x.fill(1, -2, 2);
    a.fill(2, -2, 2);
    b.fill(3, -2, 2);
    Row expected(n);
    Row found(n);
    reference_kernels().scale_shift(x.data(), {a.data(), 1}, {b.data(), 1}, expected.data(), n);
    set().scale_shift(x.data(), {a.data(), 1}, {b.data(), 1}, found.data(), n);
    expect_close(found, expected, "scale_shift");
    reference_kernels().prelu(x.data(), {a.data(), 0}, expected.data(), n);
    set().prelu(x.data(), {a.data(), 0}, found.data(), n);
    expect_close(found, expected, "prelu");
  }
}

TEST_P(RowKernels, SumOfSquares) {
  for (const std::int64_t n : lengths()) {
    Row x(n);
    x.fill(4, -3, 3);
    const double expected = reference_kernels().sum_of_squares(x.data(), n);
    EXPECT_NEAR(set().sum_of_squares(x.data(), n), expected, 1e-6 * expected) << n;
  }
}

INSTANTIATE_TEST_SUITE_P(Isa, RowKernels, testing::ValuesIn(kernel_sets()),
                         [](const auto& test) { return std::string(test.param->isa); });

TEST(ChooseKernelSet, TakesTheBestOfTheMachine) {
#if defined(__aarch64__)
  const std::string best = "neon";
#elif defined(__x86_64__)
  const std::string best =
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") ? "avx512"
      : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")        ? "avx2"
      : __builtin_cpu_supports("sse4.2")                                       ? "sse4"
                                                                               : "portable";
#else
  const std::string best = kernel_sets().front()->isa;
#endif
  const char* forced = std::getenv("LPRNET_ISA");
  EXPECT_EQ(choose_kernel_set("").isa, forced != nullptr ? forced : best);
}

TEST(ChooseKernelSet, RefusesWhatTheMachineLacks) {
  EXPECT_THROW(choose_kernel_set("avx1024"), Error);
  EXPECT_EQ(choose_kernel_set("reference").lanes, 1);
}

}  // namespace
}  // namespace lprnet::kernels
