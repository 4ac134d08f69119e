// Each pass by itself, and all together: the same answers before and after, and work that is really
// gone.
#include <gtest/gtest.h>

#include <algorithm>

#include "graph/optimize.h"
#include "kernels/kernel_set.h"
#include "tests/plan/golden_cases.h"

namespace lprnet::graph {
namespace {

// Passes regroup sums; float32 then rounds otherwise.
constexpr double kTolerance = 1e-5;

const std::vector<plan::GoldenCase>& cases() {
  static const std::vector<plan::GoldenCase> all = plan::golden_cases();
  return all;
}

const plan::GoldenCase& case_named(const std::string& name) {
  const auto found = std::find_if(cases().begin(), cases().end(),
                                  [&name](const auto& golden) { return golden.name == name; });
  if (found == cases().end()) throw std::runtime_error("no golden case is named " + name);
  return *found;
}

class PassTest : public testing::TestWithParam<std::string> {};

TEST_P(PassTest, KeepsTheAnswersOfEveryGoldenGraph) {
  const auto& kernels = kernels::choose_kernel_set("reference");
  int changed = 0;
  for (const plan::GoldenCase& golden : cases()) {
    PassNotes notes;
    ValidGraph after = golden.graph;
    for (const Pass& pass : all_passes()) {
      if (GetParam() == "all" || GetParam() == pass.name) after = pass.run(after, notes);
    }
    changed += after.nodes().size() != golden.graph.nodes().size() || !notes.empty() ? 1 : 0;
    EXPECT_EQ(after.shape_of(after.output()), golden.output.shape())
        << golden.file << " " << golden.name;
    EXPECT_LE(plan::relative_difference(plan::run_case(golden, after, kernels), golden.output),
              kTolerance)
        << golden.file << " " << golden.name;
  }
  // No golden graph does the same twice; MergeIdentical's own test below does.
  if (GetParam() == "merge_identical") return;
  EXPECT_GT(changed, 0) << "no golden graph gives this pass anything to do";
}

std::vector<std::string> pass_names() {
  std::vector<std::string> names{"all"};
  for (const Pass& pass : all_passes()) names.emplace_back(pass.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Each, PassTest, testing::ValuesIn(pass_names()),
                         [](const auto& test) { return test.param; });

// Nodes of an operator in a graph.
template <typename Operator>
std::vector<const ValidGraph::Node*> nodes_of(const ValidGraph& graph) {
  std::vector<const ValidGraph::Node*> found;
  for (const auto& node : graph.nodes()) {
    if (std::holds_alternative<Operator>(node.op)) found.push_back(&node);
  }
  return found;
}

TEST(MergeIdentical, KeepsOneOfTwoTwins) {
  GraphBuilder builder("test");
  const auto input = builder.add_input("x", {1, 2, 3, 4});
  const auto first = builder.add("first", Activation{ActivationKind::kRelu}, {input});
  const auto second = builder.add("second", Activation{ActivationKind::kRelu}, {input});
  const auto other = builder.add("other", Activation{ActivationKind::kTanh}, {input});
  Binary square;
  square.kind = BinaryKind::kMul;
  const auto product = builder.add("product", square, {first, second});
  const auto sum = builder.add("sum", Binary{}, {product, other});
  PassNotes notes;
  const ValidGraph after = optimize(std::move(builder).finish(sum), notes);
  ASSERT_EQ(after.nodes().size(), 4U);
  EXPECT_EQ(after.nodes()[2].inputs, (std::vector<ValidGraph::ValueId>{1, 1}));
  EXPECT_EQ(notes.count("second"), 1U);
}

TEST(FoldBatchNorm, LeavesNoNormBehindAConvolution) {
  PassNotes notes;
  EXPECT_TRUE(nodes_of<BatchNorm>(optimize(case_named("conv_norm_relu_0").graph, notes)).empty());
}

TEST(RemoveChannels, DropsThoseThatDied) {
  const ValidGraph& before = case_named("dead_channels").graph;
  PassNotes notes;
  const ValidGraph after = optimize(before, notes);
  EXPECT_LT(nodes_of<Conv2d>(after).front()->shape[1], nodes_of<Conv2d>(before).front()->shape[1]);
  // The output keeps all of its channels, dead or not.
  EXPECT_EQ(after.shape_of(after.output()), before.shape_of(before.output()));
}

TEST(MeanBeforeLinear, ShrinksTheConvolutionThatItPasses) {
  const ValidGraph& before = case_named("mean_square_context_all").graph;
  PassNotes notes;
  const ValidGraph after = optimize(before, notes);
  EXPECT_GT(nodes_of<Conv2d>(before).back()->shape[2], 1);
  EXPECT_EQ(nodes_of<Conv2d>(after).back()->shape[2], 1);
}

}  // namespace
}  // namespace lprnet::graph
