#include "formats/operator_json.h"

#include <gmock/gmock.h>

#include <cstddef>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "lprnet/error.hpp"

namespace lprnet::formats {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::StartsWith;

struct OperatorCase {
  const char* least;     // the node with as few attributes as may be
  const char* most;      // another with all of them, none at its default
  const char* defaults;  // what `least` stands for: the defaults of models/FORMAT.md
};

void PrintTo(const OperatorCase& one, std::ostream* out) { *out << one.least; }

const std::vector<OperatorCase>& cases() {
  static const std::vector<OperatorCase> all{
      {R"({"op": "conv2d", "weight": "w"})",
       R"({"op": "conv2d", "weight": "w", "bias": "b", "stride": [2, 3], "padding": [4, 5],
           "dilation": [6, 7], "groups": 8})",
       R"({"op": "conv2d", "weight": "w", "stride": [1, 1], "padding": [0, 0], "dilation": [1, 1],
           "groups": 1})"},
      {R"({"op": "linear", "weight": "w"})", R"({"op": "linear", "weight": "w", "bias": "b"})",
       R"({"op": "linear", "weight": "w"})"},
      {R"({"op": "batch_norm", "running_mean": "m", "running_var": "v"})",
       R"({"op": "batch_norm", "weight": "w", "bias": "b", "running_mean": "m",
           "running_var": "v", "eps": 0.001})",
       R"({"op": "batch_norm", "running_mean": "m", "running_var": "v", "eps": 1e-5})"},
      {R"({"op": "layer_norm", "normalized_shape": [4, 5]})",
       R"({"op": "layer_norm", "weight": "w", "bias": "b", "normalized_shape": [5], "eps": 0.1})",
       R"({"op": "layer_norm", "normalized_shape": [4, 5], "eps": 1e-5})"},
      {R"({"op": "group_norm", "num_groups": 2})",
       R"({"op": "group_norm", "weight": "w", "bias": "b", "num_groups": 3, "eps": 0.1})",
       R"({"op": "group_norm", "num_groups": 2, "eps": 1e-5})"},
      {R"({"op": "matmul"})", R"({"op": "matmul"})", R"({"op": "matmul"})"},
      {R"({"op": "lstm", "weight_hh": "w"})",
       R"({"op": "lstm", "weight_hh": "w", "bias_hh": "b", "reverse": true})",
       R"({"op": "lstm", "weight_hh": "w", "reverse": false})"},
      {R"({"op": "gru", "weight_hh": "w"})",
       R"({"op": "gru", "weight_hh": "w", "bias_hh": "b", "reverse": true})",
       R"({"op": "gru", "weight_hh": "w", "reverse": false})"},
      {R"({"op": "interpolate"})",
       R"({"op": "interpolate", "size": [3, 4], "scale_factor": [1.5, 2.0], "mode": "bilinear",
           "align_corners": true})",
       R"({"op": "interpolate", "mode": "nearest", "align_corners": false})"},
      {R"({"op": "relu"})", R"({"op": "relu"})", R"({"op": "relu"})"},
      {R"({"op": "mish"})", R"({"op": "mish"})", R"({"op": "mish"})"},
      {R"({"op": "sigmoid"})", R"({"op": "sigmoid"})", R"({"op": "sigmoid"})"},
      {R"({"op": "tanh"})", R"({"op": "tanh"})", R"({"op": "tanh"})"},
      {R"({"op": "sqrt"})", R"({"op": "sqrt"})", R"({"op": "sqrt"})"},
      {R"({"op": "relu6"})", R"({"op": "relu6"})", R"({"op": "relu6"})"},
      {R"({"op": "silu"})", R"({"op": "silu"})", R"({"op": "silu"})"},
      {R"({"op": "hardsigmoid"})", R"({"op": "hardsigmoid"})", R"({"op": "hardsigmoid"})"},
      {R"({"op": "hardswish"})", R"({"op": "hardswish"})", R"({"op": "hardswish"})"},
      {R"({"op": "exp"})", R"({"op": "exp"})", R"({"op": "exp"})"},
      {R"({"op": "abs"})", R"({"op": "abs"})", R"({"op": "abs"})"},
      {R"({"op": "softplus"})", R"({"op": "softplus", "beta": 2.5})",
       R"({"op": "softplus", "beta": 1.0})"},
      {R"({"op": "clamp_min"})", R"({"op": "clamp_min", "min": -1.5})",
       R"({"op": "clamp_min", "min": 0.0})"},
      {R"({"op": "clamp_max"})", R"({"op": "clamp_max", "max": 6.5})",
       R"({"op": "clamp_max", "max": 0.0})"},
      {R"({"op": "leaky_relu"})", R"({"op": "leaky_relu", "negative_slope": 0.25})",
       R"({"op": "leaky_relu", "negative_slope": 0.01})"},
      {R"({"op": "prelu", "weight": "w"})", R"({"op": "prelu", "weight": "w"})",
       R"({"op": "prelu", "weight": "w"})"},
      {R"({"op": "elu"})", R"({"op": "elu", "alpha": 0.5})", R"({"op": "elu", "alpha": 1.0})"},
      {R"({"op": "gelu"})", R"({"op": "gelu", "approximate": "tanh"})",
       R"({"op": "gelu", "approximate": "none"})"},
      {R"({"op": "softmax", "dim": -1})", R"({"op": "softmax", "dim": 2})",
       R"({"op": "softmax", "dim": -1})"},
      {R"({"op": "log_softmax", "dim": -1})", R"({"op": "log_softmax", "dim": 2})",
       R"({"op": "log_softmax", "dim": -1})"},
      {R"({"op": "max_pool2d", "kernel_size": [3, 2]})",
       R"({"op": "max_pool2d", "kernel_size": [3, 2], "stride": [1, 2], "padding": [1, 0],
           "dilation": [2, 3], "ceil_mode": true})",
       R"({"op": "max_pool2d", "kernel_size": [3, 2], "stride": [3, 2], "padding": [0, 0],
           "dilation": [1, 1], "ceil_mode": false})"},
      {R"({"op": "max_pool3d", "kernel_size": [1, 3, 2]})",
       R"({"op": "max_pool3d", "kernel_size": [1, 3, 2], "stride": [4, 1, 2],
           "padding": [0, 1, 1], "dilation": [1, 2, 3], "ceil_mode": true})",
       R"({"op": "max_pool3d", "kernel_size": [1, 3, 2], "stride": [1, 3, 2],
           "padding": [0, 0, 0], "dilation": [1, 1, 1], "ceil_mode": false})"},
      {R"({"op": "avg_pool2d", "kernel_size": [3, 2]})",
       R"({"op": "avg_pool2d", "kernel_size": [3, 2], "stride": [1, 2], "padding": [1, 0],
           "ceil_mode": true, "count_include_pad": false, "divisor_override": 5})",
       R"({"op": "avg_pool2d", "kernel_size": [3, 2], "stride": [3, 2], "padding": [0, 0],
           "ceil_mode": false, "count_include_pad": true})"},
      {R"({"op": "adaptive_avg_pool2d", "output_size": [5, 3]})",
       R"({"op": "adaptive_avg_pool2d", "output_size": [null, 3]})",
       R"({"op": "adaptive_avg_pool2d", "output_size": [5, 3]})"},
      {R"({"op": "adaptive_max_pool2d", "output_size": [5, 3]})",
       R"({"op": "adaptive_max_pool2d", "output_size": [5, null]})",
       R"({"op": "adaptive_max_pool2d", "output_size": [5, 3]})"},
      {R"({"op": "concat"})", R"({"op": "concat", "dim": -3})", R"({"op": "concat", "dim": 0})"},
      {R"({"op": "slice", "dim": 1})",
       R"({"op": "slice", "dim": 1, "start": -3, "end": 9223372036854775807, "step": 2})",
       R"({"op": "slice", "dim": 1, "start": 0, "step": 1})"},
      {R"({"op": "reshape", "shape": []})", R"({"op": "reshape", "shape": [1, -1, 4]})",
       R"({"op": "reshape", "shape": []})"},
      {R"({"op": "flatten"})", R"({"op": "flatten", "start_dim": 1, "end_dim": 2})",
       R"({"op": "flatten", "start_dim": 0, "end_dim": -1})"},
      {R"({"op": "permute", "dims": [0, 1]})", R"({"op": "permute", "dims": [0, -1, 1]})",
       R"({"op": "permute", "dims": [0, 1]})"},
      {R"({"op": "squeeze"})", R"({"op": "squeeze", "dim": -2})", R"({"op": "squeeze"})"},
      {R"({"op": "unsqueeze", "dim": 0})", R"({"op": "unsqueeze", "dim": -1})",
       R"({"op": "unsqueeze", "dim": 0})"},
      {R"({"op": "add"})", R"({"op": "add", "other": 0.5})", R"({"op": "add"})"},
      {R"({"op": "sub"})", R"({"op": "sub", "input": 1.0})", R"({"op": "sub"})"},
      {R"({"op": "mul"})", R"({"op": "mul", "other": -2.0})", R"({"op": "mul"})"},
      {R"({"op": "div"})", R"({"op": "div", "input": 1e-12})", R"({"op": "div"})"},
      {R"({"op": "pow"})", R"({"op": "pow", "other": 2.0})", R"({"op": "pow"})"},
      {R"({"op": "maximum"})", R"({"op": "maximum", "other": 2.0})", R"({"op": "maximum"})"},
      {R"({"op": "minimum"})", R"({"op": "minimum", "input": 2.0})", R"({"op": "minimum"})"},
      {R"({"op": "sum"})", R"({"op": "sum", "dim": [1, -1], "keepdim": true})",
       R"({"op": "sum", "keepdim": false})"},
      {R"({"op": "mean"})", R"({"op": "mean", "dim": [2], "keepdim": true})",
       R"({"op": "mean", "keepdim": false})"},
      {R"({"op": "max"})", R"({"op": "max", "dim": [0, 1, 2], "keepdim": true})",
       R"({"op": "max", "keepdim": false})"},
      {R"({"op": "min"})", R"({"op": "min", "dim": [0, 1, 2], "keepdim": true})",
       R"({"op": "min", "keepdim": false})"},
      {R"({"op": "affine_grid", "size": [1, 3, 24, 94]})",
       R"({"op": "affine_grid", "size": [1, 3, 24, 94], "align_corners": true})",
       R"({"op": "affine_grid", "size": [1, 3, 24, 94], "align_corners": false})"},
      {R"({"op": "grid_sample"})",
       R"({"op": "grid_sample", "mode": "nearest", "padding_mode": "reflection",
           "align_corners": true})",
       R"({"op": "grid_sample", "mode": "bilinear", "padding_mode": "zeros",
           "align_corners": false})"},
      {R"({"op": "constant", "value": "w"})", R"({"op": "constant", "value": "w"})",
       R"({"op": "constant", "value": "w"})"},
      {R"({"op": "dropout"})", R"({"op": "dropout"})", R"({"op": "dropout"})"},
      {R"({"op": "identity"})", R"({"op": "identity"})", R"({"op": "identity"})"},
  };
  return all;
}

graph::FileOp read_any(const Json& json) {
  ObjectReader node(json, "file: node 'n'");
  auto op = read_operator(node);
  node.refuse_others();
  return op;
}

graph::Op read(const Json& json) { return std::get<graph::Op>(read_any(json)); }

Json written(const graph::FileOp& op) {
  ObjectWriter json;
  write_operator(op, json, "file: node 'n'");
  return Json::parse(json.text());
}

std::string refusal_of_operator(const Json& json, ErrorCode code = ErrorCode::kFormat) {
  try {
    read(json);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "no error";
}

class OperatorJson : public testing::TestWithParam<OperatorCase> {
 protected:
  Json least_ = Json::parse(GetParam().least);
  Json most_ = Json::parse(GetParam().most);
};

TEST_P(OperatorJson, WhatIsNotSaidIsTheDefault) {
  EXPECT_EQ(written(read_any(least_)), Json::parse(GetParam().defaults));
}

TEST_P(OperatorJson, WhatIsReadIsWritten) {
  const graph::FileOp op = read_any(most_);
  EXPECT_EQ(written(op), most_);
  EXPECT_EQ(std::visit([](const auto& known) { return graph::name_of(known); }, op),
            most_["op"].get<std::string>());
}

TEST_P(OperatorJson, WhatHasNoDefaultIsMissed) {
  for (const auto& [key, value] : least_.items()) {
    Json json = least_;
    json.erase(key);
    EXPECT_EQ(refusal_of_operator(json), "file: node 'n': '" + key + "' is missing");
  }
}

TEST_P(OperatorJson, OtherAttributesAreRefused) {
  Json json = most_;
  json["strides"] = 1;
  EXPECT_EQ(refusal_of_operator(json), "file: node 'n': unknown key 'strides'");
}

TEST_P(OperatorJson, EveryWrongTypeIsRefused) {
  for (const auto& [key, value] : most_.items()) {
    if (key == "op") continue;
    const bool is_float = value.is_number_float() ||
                          (value.is_array() && !value.empty() && value[0].is_number_float());
    std::vector<Json> wrong{Json::object(), Json::array({Json::array()}), Json::array({"x"})};
    if (!value.is_boolean()) wrong.emplace_back(true);
    if (!is_float) wrong.emplace_back(1.5);
    if (!value.is_string()) wrong.emplace_back("x");
    wrong.emplace_back(value.is_string() ? Json("") : Json(18446744073709551615U));
    if (is_float) wrong.back() = "1.5";
    for (const Json& one : wrong) {
      Json json = most_;
      json[key] = one;
      EXPECT_THAT(refusal_of_operator(json), StartsWith("file: node 'n': '" + key + "' is "))
          << json.dump();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, OperatorJson, testing::ValuesIn(cases()), [](const auto& one) {
  return Json::parse(one.param.least)["op"].template get<std::string>();
});

TEST(OperatorJsonCases, AreAllOperators) {
  std::set<std::size_t> types;
  std::set<std::string> names;
  for (const OperatorCase& one : cases()) {
    const Json json = Json::parse(one.least);
    const graph::FileOp op = read_any(json);
    const auto* known = std::get_if<graph::Op>(&op);
    types.insert(known != nullptr ? known->index() : std::variant_size_v<graph::Op>);
    names.insert(json["op"].get<std::string>());
  }
  EXPECT_EQ(types.size(), std::variant_size_v<graph::Op> + 1) << "of Op, and max_pool3d";
  EXPECT_EQ(names.size(), cases().size());
}

TEST(OperatorJsonValues, ANumberStandsForEveryDimension) {
  const auto op = std::get<graph::MaxPool3d>(
      read_any({{"op", "max_pool3d"}, {"kernel_size", 3}, {"stride", 2}, {"padding", {0, 1, 1}}}));
  EXPECT_EQ(op.kernel_size, (graph::Triple{3, 3, 3}));
  EXPECT_EQ(op.stride, (graph::Triple{2, 2, 2}));
  EXPECT_EQ(op.padding, (graph::Triple{0, 1, 1}));
  const auto adaptive =
      std::get<graph::AdaptivePool2d>(read({{"op", "adaptive_avg_pool2d"}, {"output_size", 4}}));
  EXPECT_EQ(adaptive.output_size[0], 4);
  EXPECT_EQ(adaptive.output_size[1], 4);
}

TEST(OperatorJsonValues, ATupleHasOneNumberForEachDimension) {
  for (const Json& stride : {Json::array(), Json{1}, Json{1, 2, 3}}) {
    EXPECT_THAT(refusal_of_operator({{"op", "conv2d"}, {"weight", "w"}, {"stride", stride}}),
                HasSubstr("expected one value for all, or a list of 2, each a 64-bit integer"));
  }
}

TEST(OperatorJsonValues, AxesAreANumberOrAListOrAll) {
  EXPECT_EQ(std::get<graph::Reduce>(read({{"op", "mean"}, {"dim", -1}})).dim,
            std::vector<std::int64_t>{-1});
  EXPECT_TRUE(std::get<graph::Reduce>(read({{"op", "mean"}, {"dim", nullptr}})).dim.empty());
  EXPECT_TRUE(std::get<graph::Reduce>(read({{"op", "mean"}, {"dim", Json::array()}})).dim.empty());
}

TEST(OperatorJsonValues, NullIsNone) {
  EXPECT_FALSE(std::get<graph::Slice>(read({{"op", "slice"}, {"dim", 0}, {"end", nullptr}})).end);
  EXPECT_FALSE(std::get<graph::Linear>(read({{"op", "linear"}, {"weight", "w"}, {"bias", nullptr}}))
                   .bias.given());
  EXPECT_THAT(refusal_of_operator({{"op", "linear"}, {"weight", nullptr}}),
              HasSubstr("'weight' is null, expected the name of a tensor"));
  EXPECT_THAT(refusal_of_operator({{"op", "softmax"}, {"dim", nullptr}}),
              HasSubstr("'dim' is null"));
}

TEST(OperatorJsonValues, WordsAreListed) {
  EXPECT_THAT(
      refusal_of_operator({{"op", "grid_sample"}, {"padding_mode", "mirror"}}),
      HasSubstr("'padding_mode' is 'mirror', expected 'zeros' or 'border' or 'reflection'"));
}

TEST(OperatorJsonValues, UnknownOperatorsAreNamed) {
  EXPECT_EQ(refusal_of_operator({{"op", "einsum"}}, ErrorCode::kUnsupported),
            "file: node 'n': the operator 'einsum' is not supported");
  EXPECT_EQ(refusal_of_operator({{"op", ""}}, ErrorCode::kUnsupported),
            "file: node 'n': the operator '' is not supported");
  EXPECT_EQ(refusal_of_operator({{"op", 1}}), "file: node 'n': 'op' is 1, expected a string");
}

TEST(OperatorJsonValues, WhatCannotBeSaidIsNotWritten) {
  const auto code_of = [](const graph::Op& op) {
    try {
      written(op);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(code_of(graph::PRelu{}), "file: node 'n': 'weight' is missing");
  EXPECT_THAT(code_of(graph::Activation{graph::ActivationKind::kElu,
                                        std::numeric_limits<double>::infinity()}),
              HasSubstr("'alpha' is inf"));
  graph::Binary binary;
  binary.other = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(code_of(binary), AnyOf(HasSubstr("'other' is nan"), HasSubstr("'other' is -nan")));
}

}  // namespace
}  // namespace lprnet::formats
