// Small graphs beside the project that failed once; their answers were computed elsewhere.
#include <gtest/gtest.h>

#include <filesystem>

#include "formats/model_file.h"
#include "graph/graph.h"
#include "lprnet/model.hpp"
#include "tests/evaluator/agreement.h"
#include "tests/shared_data.h"

namespace lprnet::test {
namespace {

namespace fs = std::filesystem;

const fs::path kCases = fs::path(LPRNET_SHARED_DIR) / "cases";

TEST(SharedCases, VerifyOnEveryInstructionSet) {
  LPRNET_NEED_SHARED(kCases / "graphs");
  int count = 0;
  for (const auto& entry : fs::directory_iterator(kCases / "graphs")) {
    ++count;
    for (const kernels::KernelSet* kernels : every_trial().kernels) {
      for (const bool optimize : {false, true}) {
        ModelOptions options;
        options.isa = kernels->isa;
        options.optimize = optimize;
        const Verification result = Model::load(entry.path(), options)->verify();
        EXPECT_TRUE(result.passed)
            << entry.path() << ", " << kernels->isa << ": " << result.max_relative;
      }
    }
    const auto file = formats::read_model_file(entry.path());
    const auto graph = graph::validate(file.graph, file.weights, file.where);
    const auto found = disagreement(graph, {graph::to_float(file.self_test->input)}, every_trial());
    EXPECT_FALSE(found) << entry.path() << ": " << *found;
  }
  EXPECT_GT(count, 0);
}

TEST(SharedCases, AnEmptyWindowIsMinusInfinity) {
  const fs::path path = kCases / "hostile" / "empty_window.json";
  LPRNET_NEED_SHARED(path);
  const auto file = formats::read_model_file(path);
  const auto graph = graph::validate(file.graph, file.weights, file.where);
  const auto found = disagreement(graph, {tensor::Tensor({1, 1, 1, 1}, {1.0F})}, every_trial());
  EXPECT_FALSE(found) << *found;
}

}  // namespace
}  // namespace lprnet::test
