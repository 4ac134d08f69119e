// Sampling at given positions, on each instruction set, against the general form that the reference
// set runs: channels around the vector's width, positions far outside and no numbers at all.
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <random>

#include "kernels/kernel_set.h"
#include "kernels/reference.h"
#include "tests/plan/golden_cases.h"

namespace lprnet::plan {
namespace {

tensor::Tensor uniform(const tensor::Shape& shape, float low, float high) {
  std::mt19937 random(11);
  std::uniform_real_distribution<float> value(low, high);
  std::vector<float> values(static_cast<std::size_t>(shape.elements()));
  for (float& x : values) x = value(random);
  return {shape, std::move(values)};
}

// An image of `channels` channels, 7 x 9 pixels, and 5 x `cols` positions in and around it.
GoldenCase sampling(std::int64_t channels, std::int64_t cols, const graph::GridSample& op) {
  constexpr std::int64_t kPlates = 2;
  GoldenCase result;
  tensor::Tensor positions = uniform({kPlates, 5, cols, 2}, -1.6F, 1.6F);
  std::vector<float> values(positions.data(), positions.data() + positions.shape().elements());
  const float odd[] = {std::numeric_limits<float>::quiet_NaN(),
                       std::numeric_limits<float>::infinity(),
                       -std::numeric_limits<float>::infinity(),
                       1e30F,
                       -1.0F,
                       1.0F};
  std::copy(std::begin(odd), std::end(odd), values.end() - std::ssize(odd));
  result.inputs.emplace("image", uniform({kPlates, channels, 7, 9}, -1, 1));
  result.inputs.emplace("grid", tensor::Tensor(positions.shape(), std::move(values)));

  graph::GraphBuilder builder("test");
  const auto image = builder.add_input("image", result.inputs.at("image").shape());
  const auto grid = builder.add_input("grid", positions.shape());
  result.graph = std::move(builder).finish(builder.add("sample", op, {image, grid}));
  return result;
}

class SampleTest : public testing::TestWithParam<const kernels::KernelSet*> {};

TEST_P(SampleTest, AgreesWithTheGeneralForm) {
  ASSERT_NE(GetParam()->sample, nullptr);
  ASSERT_EQ(kernels::reference_kernels().sample, nullptr);
  const std::int64_t lanes = GetParam()->lanes;
  for (const auto padding :
       {graph::GridPadding::kZeros, graph::GridPadding::kBorder, graph::GridPadding::kReflection}) {
    for (const auto mode : {graph::GridMode::kBilinear, graph::GridMode::kNearest}) {
      for (const bool align_corners : {false, true}) {
        for (const std::int64_t channels : {std::int64_t{1}, std::int64_t{3}, std::int64_t{4},
                                            std::int64_t{6}, lanes, lanes + 3, 3 * lanes - 1}) {
          for (const std::int64_t cols : {std::int64_t{3}, lanes, lanes + 1, 2 * lanes + 3}) {
            const GoldenCase golden = sampling(channels, cols, {mode, padding, align_corners});
            const auto expected = run_case(golden, golden.graph, kernels::reference_kernels());
            const auto found = run_case(golden, golden.graph, *GetParam());
            const tensor::Tensor reference(golden.graph.shape_of(golden.graph.output()), expected);
            EXPECT_LE(relative_difference(found, reference), 1e-6)
                << channels << " channels, " << cols << " columns, padding "
                << static_cast<int>(padding) << ", mode " << static_cast<int>(mode)
                << (align_corners ? ", corners aligned" : "");
            // The same bits, NaN included.
            const auto shared = run_case(golden, golden.graph, *GetParam(), {}, 3);
            ASSERT_EQ(shared.size(), found.size());
            EXPECT_EQ(std::memcmp(shared.data(), found.data(), found.size() * sizeof(float)), 0);
          }
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Isa, SampleTest, testing::ValuesIn(kernels::kernel_sets()),
                         [](const auto& test) { return std::string(test.param->isa); });

}  // namespace
}  // namespace lprnet::plan
