// Every operator, on every instruction set of the machine, against PyTorch's answers in
// tests/golden.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "kernels/kernel_set.h"
#include "kernels/reference.h"
#include "plan/plan.h"
#include "tests/plan/golden_cases.h"

namespace lprnet::plan {
namespace {

// A few roundings of float32 in sums of up to a thousand products.
constexpr double kTolerance = 4e-6;

const std::vector<GoldenCase>& cases() {
  static const std::vector<GoldenCase> all = golden_cases();
  return all;
}

std::vector<std::string> file_names() {
  std::vector<std::string> names;
  for (const GoldenCase& golden : cases()) {
    if (names.empty() || names.back() != golden.file) names.push_back(golden.file);
  }
  return names;
}

std::vector<std::string> isa_names() {
  std::vector<std::string> names{"reference"};
  for (const kernels::KernelSet* set : kernels::kernel_sets()) names.emplace_back(set->isa);
  return names;
}

using Parameter = std::tuple<std::string, std::string>;
class OperatorTest : public testing::TestWithParam<Parameter> {};

TEST_P(OperatorTest, AnswersAsPyTorch) {
  const auto& [file, isa] = GetParam();
  const kernels::KernelSet& kernels = kernels::choose_kernel_set(isa);
  ASSERT_EQ(kernels.isa, isa);
  int count = 0;
  for (const GoldenCase& golden : cases()) {
    if (golden.file != file) continue;
    ++count;
    for (const bool keep_values : {false, true}) {
      const auto found = run_case(golden, golden.graph, kernels, {.keep_values = keep_values});
      EXPECT_EQ(golden.graph.shape_of(golden.graph.output()), golden.output.shape()) << golden.name;
      EXPECT_LE(relative_difference(found, golden.output), kTolerance)
          << golden.name << (keep_values ? ", every value kept" : "");
    }
  }
  EXPECT_GT(count, 0);
}

INSTANTIATE_TEST_SUITE_P(Golden, OperatorTest,
                         testing::Combine(testing::ValuesIn(file_names()),
                                          testing::ValuesIn(isa_names())),
                         [](const auto& test) {
                           const std::string file = std::get<0>(test.param);
                           return file.substr(0, file.find('.')) + "_" + std::get<1>(test.param);
                         });

}  // namespace
}  // namespace lprnet::plan
