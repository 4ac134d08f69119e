// Input: the decisions of a random graph. Whatever they are, passes, planner and kernels agree with
// the evaluator.
#include "tests/evaluator/agreement.h"
#include "tests/evaluator/random_graph.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lprnet;
  const test::RandomGraph random = test::random_graph(test::Choices(data, size));
  test::Trials trials = test::every_trial();
  trials.threads.clear();
  fuzz::require(!test::disagreement(random.graph, random.inputs, trials));
  return 0;
}
