// Threads that share a plan's steps give the bits of one alone, whatever the operators.
#include <gtest/gtest.h>

#include <cstring>

#include "kernels/kernel_set.h"
#include "tests/plan/golden_cases.h"

namespace lprnet::plan {
namespace {

class TeamTest : public testing::TestWithParam<const kernels::KernelSet*> {};

TEST_P(TeamTest, GivesTheBitsOfOneThread) {
  for (const GoldenCase& golden : golden_cases()) {
    const std::vector<float> alone = run_case(golden, golden.graph, *GetParam());
    for (const int threads : {2, 5}) {
      const auto together = run_case(golden, golden.graph, *GetParam(), {}, threads);
      ASSERT_EQ(together.size(), alone.size());
      EXPECT_EQ(std::memcmp(together.data(), alone.data(), alone.size() * sizeof(float)), 0)
          << golden.file << ", " << golden.name << ", " << threads << " threads";
    }
  }
}

TEST_P(TeamTest, MeetsOverAPlanWithoutSteps) {
  graph::GraphBuilder builder("nothing to do");
  const auto x = builder.add_input("x", {1, 2, 3, 4});
  GoldenCase golden;
  golden.graph = std::move(builder).finish(x);
  const std::vector<float> values(24, 1.5F);
  golden.inputs.emplace("x", tensor::Tensor({1, 2, 3, 4}, std::vector<float>(values)));
  ASSERT_TRUE(build_plan(golden.graph, *GetParam()).steps().empty());
  EXPECT_EQ(run_case(golden, golden.graph, *GetParam(), {}, 3), values);
}

INSTANTIATE_TEST_SUITE_P(Isa, TeamTest, testing::ValuesIn(kernels::kernel_sets()),
                         [](const auto& test) { return std::string(test.param->isa); });

}  // namespace
}  // namespace lprnet::plan
