// What a plan says that it does: no step for what another does on its way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/plan/golden_cases.h"

namespace lprnet::plan {
namespace {

std::vector<std::string> operators_of(const std::string& name) {
  for (const GoldenCase& golden : golden_cases()) {
    if (golden.name != name) continue;
    std::vector<std::string> operators;
    const Plan plan = build_plan(golden.graph, *kernels::kernel_sets().front());
    for (const StepReport& step : plan.steps()) operators.push_back(step.op);
    return operators;
  }
  throw std::runtime_error("no golden case is named " + name);
}

TEST(StepReports, ASquareThatOnlyASumReadsIsNoStepOfItsOwn) {
  using testing::Contains;
  for (const char* name : {"mean_square_context_all", "mean_of_a_product_with_itself"}) {
    const auto operators = operators_of(name);
    EXPECT_THAT(operators, Contains("mean_square")) << name;
    EXPECT_THAT(operators, testing::Not(Contains(testing::AnyOf("mul", "pow")))) << name;
  }
  EXPECT_THAT(operators_of("mean_of_a_product_with_another"), Contains("mul"));
}

}  // namespace
}  // namespace lprnet::plan
