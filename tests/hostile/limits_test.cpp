// The host's limits: each is met exactly, exceeded by one, and refused in words that say what to
// do.
#include "lprnet/limits.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string>

#include "lprnet/model.hpp"
#include "lprnet/session.hpp"
#include "tests/formats/small_model.h"
#include "tests/temporary_folder.h"

namespace lprnet {
namespace {

using testing::HasSubstr;

constexpr auto kMost = std::numeric_limits<std::int64_t>::max();

// A plate reader without a self-test: conv2d 1x1 to [1,4,4,4], relu, max_pool2d to [1,4,2,4], mean.
std::string small_reader() {
  auto json = formats::small_model_json();
  json.erase("self_test");
  json["weights"]["tensors"].erase("test.input");
  json["weights"]["tensors"].erase("test.logits");
  return json.dump();
}

std::shared_ptr<const Model> load(const std::filesystem::path& path, const Limits& limits) {
  ModelOptions options;
  options.limits = limits;
  return Model::load(path, options);
}

// The message of the refusal, which is for a limit; empty when the model is loaded.
std::string refusal(const std::filesystem::path& path, const Limits& limits) {
  try {
    load(path, limits);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kLimit) << error.what();
    return error.what();
  }
  return "";
}

TEST(Limits, AreAllInTheList) {
  EXPECT_EQ(limit_fields().size() * sizeof(std::int64_t), sizeof(Limits));
  std::map<const std::int64_t*, std::string> members;
  const Limits limits;
  for (const LimitField& field : limit_fields()) members[&(limits.*field.member)] = field.name;
  EXPECT_EQ(members.size(), limit_fields().size());
}

class EachLimit : public testing::TestWithParam<LimitField> {};

TEST_P(EachLimit, IsMetExactlyAndNotExceededByOne) {
  const test::TemporaryFolder folder;
  const std::string text = small_reader();
  const auto path = folder.write("small.json", text);
  const ModelSummary summary = load(path, {})->summary();
  const std::map<std::string, std::int64_t> needed{
      {"file_bytes", text.size()},          {"nodes", 4 + 1},
      {"value_elements", 4 * 4 * 4},        {"weight_elements", 4 * 3 + 4},
      {"arena_bytes", summary.arena_bytes}, {"operations", 64 * 3 + 64 + 32 * 2 + 32},
      {"load_bytes", summary.load_bytes},
  };
  const LimitField& field = GetParam();
  ASSERT_TRUE(needed.contains(field.name)) << "a limit without a test";
  const std::int64_t exactly = needed.at(field.name);
  Limits limits;
  limits.*field.member = exactly;
  EXPECT_EQ(refusal(path, limits), "");
  limits.*field.member = exactly - 1;
  const std::string message = refusal(path, limits);
  std::string option = std::string("--max-") + field.name;
  std::replace(option.begin(), option.end(), '_', '-');
  EXPECT_THAT(message, HasSubstr("small.json"));
  EXPECT_THAT(message, HasSubstr(std::to_string(exactly) + " " + field.what +
                                 ", more than the limit of " + std::to_string(exactly - 1)));
  EXPECT_THAT(message, HasSubstr(std::string("raise Limits::") + field.name + " (" + option + ")"));
  for (const std::int64_t other : {std::int64_t{0}, std::int64_t{-1}}) {
    limits.*field.member = other;
    EXPECT_NE(refusal(path, limits), "") << other;
  }
  limits.*field.member = kMost;
  EXPECT_EQ(refusal(path, limits), "");
}

INSTANTIATE_TEST_SUITE_P(All, EachLimit, testing::ValuesIn(limit_fields()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Limits, NameTheNode) {
  const test::TemporaryFolder folder;
  const auto path = folder.write("small.json", small_reader());
  Limits limits;
  limits.operations = 64 * 3 + 64;
  EXPECT_THAT(refusal(path, limits), HasSubstr("small.json: node 'pool' (max_pool2d)"));
  limits = {};
  limits.value_elements = 48;
  EXPECT_THAT(refusal(path, limits), HasSubstr("small.json: node 'conv' (conv2d)"));
  limits = {};
  limits.value_elements = 47;
  EXPECT_THAT(refusal(path, limits), HasSubstr("small.json: input 'input'"));
  limits = {};
  limits.weight_elements = 15;
  EXPECT_THAT(refusal(path, limits), HasSubstr("small.json: node 'conv' (conv2d)"));
  limits = {};
  limits.arena_bytes = 4 * 48 - 1;
  EXPECT_THAT(refusal(path, limits), HasSubstr("small.json: the input"));
}

TEST(Limits, CountTheThreadsOfASession) {
  const auto path = std::filesystem::path(LPRNET_SOURCE_DIR) / "models" / "lprnet-cn.safetensors";
  Limits limits;
  constexpr std::int64_t kDecoding = std::int64_t{1} << 16;
  limits.arena_bytes = load(path, {})->summary().arena_bytes + kDecoding;
  const auto model = load(path, limits);
  const Session alone(model);
  try {
    const Session many(model, 64);
    // Where the kernels need no scratch memory, more threads need no more.
    EXPECT_THAT(model->isa(), testing::AnyOf("reference", "emu128")) << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kLimit);
    EXPECT_THAT(error.what(), HasSubstr("a session of 64 threads"));
    EXPECT_THAT(error.what(), HasSubstr("Limits::arena_bytes"));
  }
}

TEST(Limits, HoldForATrace) {
  const auto path = std::filesystem::path(LPRNET_SOURCE_DIR) / "models" / "lprnet-cn.safetensors";
  Limits limits;
  limits.arena_bytes = load(path, {})->summary().arena_bytes;
  const auto model = load(path, limits);
  try {
    model->trace(Image(192, 64).view());
    FAIL() << "a trace keeps every value";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kLimit);
    EXPECT_THAT(error.what(), HasSubstr("Limits::arena_bytes"));
  }
}

TEST(Limits, TheShippedModelNeedsAHundredthOfEach) {
  const auto path = std::filesystem::path(LPRNET_SOURCE_DIR) / "models" / "lprnet-cn.safetensors";
  Limits limits;
  for (const LimitField& field : limit_fields()) limits.*field.member /= 100;
  for (const bool optimize : {false, true}) {
    ModelOptions options;
    options.optimize = optimize;
    options.limits = limits;
    EXPECT_NO_THROW(Model::load(path, options));
  }
}

}  // namespace
}  // namespace lprnet
