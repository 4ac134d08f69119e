// Small files that ask for much: refused before it is allocated. Large files: what loading takes
// grows as the file does.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "lprnet/error.hpp"
#include "lprnet/model.hpp"
#include "tests/hostile/allocations.h"
#include "tests/temporary_folder.h"

namespace lprnet {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

constexpr std::size_t kLittle = std::size_t{64} << 20;

class Network {
 public:
  explicit Network(const std::vector<std::int64_t>& shape) {
    json_ = {{"format", "lprnet.graph"}, {"version", 1},
             {"name", "costly"},         {"inputs", {{{"name", "input"}, {"shape", shape}}}},
             {"nodes", Json::array()},   {"weights", {{"tensors", Json::object()}}}};
  }
  // The node's name.
  std::string add(const std::string& op, std::vector<std::string> inputs,
                  Json attributes = Json::object()) {
    const std::string name = "n" + std::to_string(json_["nodes"].size());
    attributes["name"] = name;
    attributes["op"] = op;
    attributes["inputs"] = std::move(inputs);
    json_["nodes"].push_back(std::move(attributes));
    return name;
  }
  std::string weight(const std::vector<std::int64_t>& shape, const std::string& dtype = "F32") {
    std::int64_t elements = 1;
    for (const std::int64_t size : shape) elements *= size;
    auto& tensors = json_["weights"]["tensors"];
    const std::string name = "w" + std::to_string(tensors.size());
    tensors[name] = {{"dtype", dtype},
                     {"shape", shape},
                     {"data", std::vector<int>(static_cast<std::size_t>(elements), 1)}};
    return name;
  }
  std::string text(const std::string& output) {
    json_["output"] = output;
    return json_.dump();
  }

 private:
  Json json_;
};

struct Outcome {
  std::string message;  // empty: loaded
  std::size_t allocated = 0;
};

Outcome load(const std::string& text, const Limits& limits = {}) {
  const test::TemporaryFolder folder;
  const auto path = folder.write("costly.json", text);
  ModelOptions options;
  options.limits = limits;
  Outcome outcome;
  hostile::reset_allocated_bytes();
  try {
    Model::load(path, options);
  } catch (const Error& error) {
    outcome.message = error.what();
    EXPECT_EQ(error.code(), ErrorCode::kLimit) << error.what();
    EXPECT_LT(outcome.message.size(), 1500U);
  }
  outcome.allocated = hostile::allocated_bytes();
  return outcome;
}

void expect_refused(Network& network, const std::string& output, const std::string& limit,
                    const Limits& limits = {}) {
  const Outcome outcome = load(network.text(output), limits);
  EXPECT_THAT(outcome.message, HasSubstr("Limits::" + limit + " "));
  EXPECT_LT(outcome.allocated, kLittle);
}

TEST(CostlyModel, APoolOfHugeWindows) {
  for (const std::string op : {"max_pool2d", "avg_pool2d"}) {
    Network network({1, 3, 500, 500});
    const auto pooled = network.add(
        op, {"input"}, {{"kernel_size", {499, 499}}, {"stride", 1}, {"padding", {249, 249}}});
    expect_refused(network, pooled, "operations");
  }
  Network deep({1, 200, 200, 200});
  expect_refused(
      deep,
      deep.add("max_pool3d", {"input"}, {{"kernel_size", 199}, {"stride", 1}, {"padding", 99}}),
      "operations");
}

TEST(CostlyModel, ListsOfWindows) {
  Network network({1, 3, 1, 2256});
  std::vector<std::string> parts;
  for (int i = 0; i < 40; ++i) {
    const auto wide =
        network.add("adaptive_avg_pool2d", {"input"}, {{"output_size", {1, 1 << 24}}});
    parts.push_back(network.add("adaptive_avg_pool2d", {wide}, {{"output_size", {1, 18}}}));
  }
  expect_refused(network, network.add("concat", parts, {{"dim", 1}}), "load_bytes");
}

TEST(CostlyModel, ListsOfInterpolatedPixels) {
  Network network({1, 1, 1, 2});
  std::vector<std::string> parts;
  for (int i = 0; i < 40; ++i) {
    const auto wide = network.add("interpolate", {"input"}, {{"size", {1, 1 << 24}}});
    parts.push_back(network.add("interpolate", {wide}, {{"size", {1, 18}}}));
  }
  expect_refused(network, network.add("concat", parts, {{"dim", 1}}), "load_bytes");
}

TEST(CostlyModel, AProductOfLargeMatrices) {
  Network network({1, 1, 8192, 8192});
  expect_refused(network, network.add("matmul", {"input", "input"}), "operations");
  // Its rows are whole vectors, of a single column.
  Network narrow({1, 1, 1 << 24, 1});
  const auto one = narrow.add("mean", {"input"}, {{"keepdim", true}});
  Limits limits;
  limits.arena_bytes = std::int64_t{1} << 28;
  expect_refused(narrow, narrow.add("matmul", {"input", one}), "arena_bytes", limits);
}

TEST(CostlyModel, ARecurrentLayerOfManySteps) {
  Network network({1 << 24, 1, 4});
  std::string value = "input";
  for (int i = 0; i < 100; ++i) {
    value = network.add("lstm", {value}, {{"weight_hh", network.weight({4, 1})}});
    value = network.add("linear", {value}, {{"weight", network.weight({4, 1})}});
  }
  expect_refused(network, value, "operations");
}

TEST(CostlyModel, ManyLivingValues) {
  Network network({1, 3, 4000, 4000});
  std::vector<std::string> values;
  for (int i = 0; i < 300; ++i) values.push_back(network.add("add", {"input"}, {{"other", i}}));
  auto sum = values[0];
  for (int i = 1; i < 300; ++i)
    sum = network.add("add", {sum, values[static_cast<std::size_t>(i)]});
  expect_refused(network, sum, "arena_bytes");
}

TEST(CostlyModel, AHugeValue) {
  Network network({1, 3, 9000, 9000});
  expect_refused(network, network.add("add", {"input"}, {{"other", 1}}), "value_elements");
  Network outer({1, 1, 1 << 14, 1});
  const auto across = outer.add("permute", {"input"}, {{"dims", {0, 1, 3, 2}}});
  expect_refused(outer, outer.add("mul", {"input", across}), "value_elements");
}

TEST(CostlyModel, PaddingWithoutEnd) {
  for (const int padding : {20000, 1 << 24}) {
    Network network({1, 1, 3, 3});
    const auto far = network.add(
        "conv2d", {network.add("relu", {"input"})},
        {{"weight", network.weight({1, 1, 1, 1})}, {"stride", 1 << 24}, {"padding", padding}});
    expect_refused(network, far, "arena_bytes");
  }
}

TEST(CostlyModel, ZerosAroundManyValues) {
  Network network({1, 1, 1, 1});
  const auto weight = network.weight({1, 1, 1, 1});
  std::string value = "input";
  for (int i = 0; i < 100; ++i) {
    value = network.add("conv2d", {value},
                        {{"weight", weight}, {"stride", 1 << 24}, {"padding", 1500}});
  }
  Limits limits;
  limits.operations = 1'000'000'000;
  expect_refused(network, value, "operations", limits);
}

TEST(CostlyModel, AConcatenationThatDoublesAndDoubles) {
  Network network({1, 8, 1, 1});
  std::string value = "input";
  for (int i = 0; i < 25; ++i) value = network.add("concat", {value, value}, {{"dim", 1}});
  expect_refused(network, value, "value_elements");
}

TEST(CostlyModel, OneWeightForManyNodes) {
  for (const std::string dtype : {"F32", "U8"}) {
    Network network({1, 256, 4, 4});
    const auto weight = network.weight({256, 256, 1, 1}, dtype);
    std::string value = "input";
    for (int i = 0; i < 3000; ++i) value = network.add("conv2d", {value}, {{"weight", weight}});
    Limits limits;
    limits.operations = std::int64_t{1} << 40;
    const Outcome outcome = load(network.text(value), limits);
    EXPECT_THAT(outcome.message, HasSubstr("Limits::weight_elements "));
    EXPECT_LT(outcome.allocated, 4 * kLittle);
  }
}

TEST(CostlyModel, NarrowGroups) {
  // Each of the groups takes a whole vector for its one output channel.
  constexpr std::int64_t kGroups = 4096;
  Network network({1, 2 * kGroups, 1, 1});
  const auto weight = network.weight({kGroups, 2, 1, 1});
  const auto wide = network.add("conv2d", {"input"}, {{"weight", weight}, {"groups", kGroups}});
  Limits limits;
  limits.load_bytes = 2 << 20;
  expect_refused(network, wide, "load_bytes", limits);
}

TEST(CostlyModel, ADocumentOfManyValues) {
  Limits limits;
  limits.load_bytes = 1 << 20;
  for (const std::string piece : {"[],", "{},", "0,", "\"\","}) {
    std::string text = R"({"nodes":[)";
    for (int i = 0; i < 100000; ++i) text += piece;
    text.back() = ']';
    const Outcome outcome = load(text + "}", limits);
    EXPECT_THAT(outcome.message, HasSubstr("Limits::load_bytes ")) << piece;
    EXPECT_LT(outcome.allocated, 4U << 20) << piece;
  }
}

TEST(CostlyModel, AListWhereAShapeIsExpectedIsNotRepeated) {
  Network network({1, 1});
  const auto reshaped = network.add("reshape", {"input"}, {{"shape", std::vector<int>(100000, 1)}});
  const test::TemporaryFolder folder;
  const auto path = folder.write("list.json", network.text(reshaped));
  try {
    Model::load(path);
    FAIL() << "loaded";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidModel);
    EXPECT_LT(std::string(error.what()).size(), 1500U);
  }
}

// Graphs of so many nodes, each of another kind.
using Make = std::string (*)(Network& network, int nodes);
struct Family {
  const char* name;
  std::vector<std::int64_t> input;
  Make make;  // adds the nodes and gives the output's name
};

std::string chain(Network& network, int nodes, const std::string& op, const Json& attributes,
                  std::string value = "input") {
  for (int i = 0; i < nodes; ++i) value = network.add(op, {value}, attributes);
  return value;
}

const std::vector<Family>& families() {
  static const std::vector<Family> all = {
      {"Relus", {1, 1, 1, 1}, [](Network& n, int nodes) { return chain(n, nodes, "tanh", {}); }},
      {"Numbers",
       {1, 1, 1, 1},
       [](Network& n, int nodes) {
         std::string value = "input";
         for (int i = 0; i < nodes; ++i) value = n.add("add", {value}, {{"other", i}});
         return value;
       }},
      {"Siblings",
       {1, 1, 1, 1},
       [](Network& n, int nodes) {
         std::vector<std::string> parts;
         for (int i = 0; i < nodes; ++i) parts.push_back(n.add("add", {"input"}, {{"other", i}}));
         return n.add("concat", parts, {{"dim", 1}});
       }},
      {"Twins",
       {1, 1, 1, 1},
       [](Network& n, int nodes) {
         std::vector<std::string> parts;
         for (int i = 0; i < nodes; ++i) parts.push_back(n.add("relu", {"input"}));
         return n.add("concat", parts, {{"dim", 1}});
       }},
      {"Slices",
       {1, 512, 1, 1},
       [](Network& n, int nodes) {
         std::vector<std::string> parts;
         for (int i = 0; i < nodes; ++i) {
           const int start = i % 500;
           parts.push_back(
               n.add("slice", {"input"}, {{"dim", 1}, {"start", start}, {"end", start + 1}}));
         }
         return n.add("concat", parts, {{"dim", 1}});
       }},
      {"MeanBehindConvolutions",
       {1, 1, 4, 1},
       [](Network& n, int nodes) {
         const auto weight = n.weight({1, 1, 1, 1});
         return n.add("mean", {chain(n, nodes, "conv2d", {{"weight", weight}})}, {{"dim", 2}});
       }},
      {"ConvolutionsAndNorms",
       {1, 1, 4, 1},
       [](Network& n, int nodes) {
         const auto weight = n.weight({1, 1, 1, 1});
         const auto one = n.weight({1});
         std::string value = "input";
         for (int i = 0; i < nodes / 2; ++i) {
           value = n.add("conv2d", {value}, {{"weight", weight}});
           value = n.add("batch_norm", {value}, {{"running_mean", one}, {"running_var", one}});
         }
         return value;
       }},
      {"Residuals",
       {1, 1, 3, 3},
       [](Network& n, int nodes) {
         const auto weight = n.weight({1, 1, 3, 3});
         std::string value = "input";
         for (int i = 0; i < nodes / 2; ++i) {
           const auto branch = n.add("conv2d", {value}, {{"weight", weight}, {"padding", 1}});
           value = n.add("add", {value, branch});
         }
         return value;
       }},
      {"Averages",
       {1, 1, 1, 1},
       [](Network& n, int nodes) {
         return chain(n, nodes, "adaptive_avg_pool2d", {{"output_size", {1, 1}}});
       }},
      {"Reshapes",
       {1, 4, 1, 1},
       [](Network& n, int nodes) {
         std::string value = "input";
         for (int i = 0; i < nodes / 2; ++i) {
           value = n.add("reshape", {value}, {{"shape", {4}}});
           value = n.add("reshape", {value}, {{"shape", {1, 4, 1, 1}}});
         }
         return value;
       }},
  };
  return all;
}

class LargeGraph : public testing::TestWithParam<Family> {};

TEST_P(LargeGraph, TakesMemoryInProportion) {
  std::vector<std::size_t> allocated;
  Limits limits;
  limits.nodes = 50000;
  for (const int nodes : {20000, 40000}) {
    Network network(GetParam().input);
    const std::string output = GetParam().make(network, nodes);
    const Outcome outcome = load(network.text(output), limits);
    EXPECT_EQ(outcome.message, "");
    allocated.push_back(outcome.allocated);
  }
  EXPECT_LT(allocated[1], allocated[0] * 5 / 2);
}

INSTANTIATE_TEST_SUITE_P(All, LargeGraph, testing::ValuesIn(families()),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace lprnet
