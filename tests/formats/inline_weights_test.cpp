#include "formats/inline_weights.h"

#include <gmock/gmock.h>

#include <string>

#include "lprnet/error.hpp"

namespace lprnet::formats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Json tensor_of(const char* dtype, Json data) {
  const auto size = data.size();
  return {{"w", {{"dtype", dtype}, {"shape", {size}}, {"data", std::move(data)}}}};
}

std::vector<float> values_of(const Json& tensors) {
  return graph::to_float(read_inline_weights(tensors, "file").at("w")).to_vector();
}

std::string refusal_of_weights(const Json& tensors, ErrorCode code = ErrorCode::kFormat) {
  try {
    read_inline_weights(tensors, "file");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "no error";
}

TEST(InlineWeights, EveryElementTypeOfJsonNumbersIsRead) {
  for (const char* dtype : {"F64", "F32", "I64", "I32", "I16", "I8"}) {
    const auto weights = read_inline_weights(tensor_of(dtype, {1, -2, 3}), "file");
    EXPECT_EQ(graph::name_of(weights.at("w").dtype), dtype);
    EXPECT_THAT(values_of(tensor_of(dtype, {1, -2, 3})), ElementsAre(1, -2, 3)) << dtype;
  }
  EXPECT_THAT(values_of(tensor_of("U8", {0, 255})), ElementsAre(0, 255));
  EXPECT_THAT(values_of(tensor_of("BOOL", {0, 1})), ElementsAre(0, 1));
  EXPECT_THAT(values_of(tensor_of("F32", {0.1, 1e-40})), ElementsAre(0.1F, 1e-40F));
}

TEST(InlineWeights, NumbersBeyondTheElementTypeAreRefused) {
  EXPECT_EQ(refusal_of_weights(tensor_of("F32", {1, 1e39})),
            "file: tensor 'w': 'data' has 1e+39 at 1, expected a number of F32");
  EXPECT_THAT(refusal_of_weights(tensor_of("I8", {128})), HasSubstr("expected a number of I8"));
  EXPECT_THAT(refusal_of_weights(tensor_of("I16", {-32769})),
              HasSubstr("expected a number of I16"));
  EXPECT_THAT(refusal_of_weights(tensor_of("I32", {2147483648})),
              HasSubstr("expected a number of I32"));
  EXPECT_THAT(refusal_of_weights(tensor_of("I64", {9223372036854775808U})), HasSubstr("of I64"));
  EXPECT_THAT(refusal_of_weights(tensor_of("U8", {-1})), HasSubstr("expected a number of U8"));
  EXPECT_THAT(refusal_of_weights(tensor_of("BOOL", {2})), HasSubstr("expected a number of BOOL"));
  EXPECT_THAT(refusal_of_weights(tensor_of("I64", {1.5})), HasSubstr("'data' has 1.5 at 0"));
  EXPECT_THAT(refusal_of_weights(tensor_of("F32", {nullptr})), HasSubstr("'data' has null at 0"));
}

TEST(InlineWeights, HalfPrecisionCannotStandInJson) {
  EXPECT_THAT(refusal_of_weights(tensor_of("F16", {1}), ErrorCode::kUnsupported),
              HasSubstr("F16 cannot stand in JSON, expected F32"));
  EXPECT_THAT(refusal_of_weights(tensor_of("BF16", {1}), ErrorCode::kUnsupported),
              HasSubstr("BF16 cannot stand in JSON"));
}

TEST(InlineWeights, TheShapeSaysHowManyNumbers) {
  Json tensors = tensor_of("F32", {1, 2, 3});
  tensors["w"]["shape"] = {2, 2};
  EXPECT_THAT(refusal_of_weights(tensors),
              HasSubstr("'data' is [1,2,3], expected a list of 4 numbers for [2,2]"));
  tensors["w"]["shape"] = {1 << 28};
  EXPECT_THAT(refusal_of_weights(tensors), HasSubstr("expected a list of 268435456 numbers"));
  tensors["w"]["shape"] = {3, 0};
  EXPECT_THAT(refusal_of_weights(tensors, ErrorCode::kUnsupported),
              HasSubstr("outside the limits"));
}

TEST(InlineWeights, OtherStructuresAreRefused) {
  EXPECT_THAT(refusal_of_weights(Json::array()), HasSubstr("'tensors' is [], expected an object"));
  EXPECT_THAT(refusal_of_weights({{"w", 1}}), HasSubstr("tensor 'w': is 1, expected an object"));
  EXPECT_THAT(refusal_of_weights({{"w", {{"dtype", "F32"}, {"shape", {1}}}}}),
              HasSubstr("tensor 'w': 'data' is missing"));
  EXPECT_THAT(refusal_of_weights({{"__metadata__", 1}}),
              HasSubstr("no tensor can be named '__metadata__'"));
  EXPECT_THAT(refusal_of_weights({{"", 1}}), HasSubstr("no tensor can be named ''"));
  Json tensors = tensor_of("F32", {1});
  tensors["w"]["offset"] = 0;
  EXPECT_THAT(refusal_of_weights(tensors), HasSubstr("tensor 'w': unknown key 'offset'"));
}

}  // namespace
}  // namespace lprnet::formats
