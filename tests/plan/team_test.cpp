// Threads that share a plan's steps give the bits of one alone, whatever the operators.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/aligned_buffer.h"
#include "kernels/kernel_set.h"
#include "plan/team.h"
#include "tensor/copy.h"
#include "tests/plan/golden_cases.h"

namespace lprnet::plan {
namespace {

// The graph's answer with every step that can be cut done in `count` parts, the last one first.
std::vector<float> run_in_parts(const GoldenCase& golden, const kernels::KernelSet& kernels,
                                int count) {
  const Plan plan = build_plan(golden.graph, kernels);
  const base::AlignedBuffer arena(plan.arena_floats());
  std::fill_n(arena.data(), arena.size(), std::numeric_limits<float>::quiet_NaN());
  plan.initialise(arena.data());
  for (int i = 0; i < golden.graph.input_count(); ++i) {
    const tensor::Tensor& input = golden.inputs.at(golden.graph.name_of(i));
    tensor::copy({input.data(), tensor::Layout::row_major(input.shape())},
                 plan.input(i, arena.data()));
  }
  for (std::size_t step = 0; step < plan.steps().size(); ++step) {
    if (!plan.is_shared(step)) {
      plan.run_step(step, arena.data());
      continue;
    }
    for (int i = count; i-- > 0;) plan.run_part(step, arena.data(), {i, i + 1, count}, 0);
  }
  const tensor::ConstView output = plan.output(arena.data());
  std::vector<float> values(static_cast<std::size_t>(output.shape().elements()));
  tensor::copy(output, {values.data(), tensor::Layout::row_major(output.shape())});
  return values;
}

class TeamTest : public testing::TestWithParam<const kernels::KernelSet*> {};

TEST_P(TeamTest, GivesTheBitsOfOneThread) {
  for (const GoldenCase& golden : golden_cases()) {
    const std::vector<float> alone = run_case(golden, golden.graph, *GetParam());
    for (const int threads : {2, 3, 5}) {
      const auto together = run_case(golden, golden.graph, *GetParam(), {}, threads);
      ASSERT_EQ(together.size(), alone.size());
      EXPECT_EQ(std::memcmp(together.data(), alone.data(), alone.size() * sizeof(float)), 0)
          << golden.file << ", " << golden.name << ", " << threads << " threads";
    }
  }
}

TEST_P(TeamTest, BitsDoNotDependOnHowStepsAreCut) {
  for (const GoldenCase& golden : golden_cases()) {
    const std::vector<float> whole = run_in_parts(golden, *GetParam(), 1);
    for (const int count : {2, 3, 5, 16, 40, 512}) {
      const auto cut = run_in_parts(golden, *GetParam(), count);
      EXPECT_EQ(std::memcmp(cut.data(), whole.data(), whole.size() * sizeof(float)), 0)
          << golden.file << ", " << golden.name << ", " << count << " parts";
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
