#include "formats/graph_json.h"

#include <gmock/gmock.h>

#include <array>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "lprnet/error.hpp"
#include "tests/formats/small_model.h"

namespace lprnet::formats {
namespace {

using testing::HasSubstr;

// The small model's document without its weights.
Json document() {
  Json json = small_model_json();
  json.erase("weights");
  return json;
}

Json with_two_outputs(Json json) {
  json["version"] = 2;
  json["requires"] = {"outputs"};
  json.erase("output");
  json["outputs"] = {{{"name", "logits"}, {"value", "steps"}},
                     {{"name", "features"}, {"value", "pool"}}};
  json["self_test"]["outputs"] = {{"logits", "test.logits"}, {"features", "test.features"}};
  return json;
}

struct Mistake {
  const char* name;
  ErrorCode code;
  std::function<void(Json&)> make;
  const char* message;
};

void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.name; }

std::vector<Mistake> mistakes() {
  constexpr auto kFormat = ErrorCode::kFormat;
  constexpr auto kUnsupported = ErrorCode::kUnsupported;
  return {
      {"NoObject", kFormat, [](Json& j) { j = 1; }, "graph document: is 1, expected an object"},
      {"OtherFormat", kFormat, [](Json& j) { j["format"] = "onnx"; },
       "graph document: 'format' is 'onnx', expected 'lprnet.graph'"},
      {"NewerVersion", kUnsupported,
       [](Json& j) {
         j["version"] = 3;
         j["new_key"] = 1;
       },
       "written for a newer lprnet (version 3), update the program"},
      {"VersionZero", kFormat, [](Json& j) { j["version"] = 0; },
       "'version' is 0, expected 1 or 2"},
      {"Version2WithoutRequires", kFormat, [](Json& j) { j["version"] = 2; },
       "'requires' is missing"},
      {"RequiresTheUnknown", kUnsupported,
       [](Json& j) {
         j["version"] = 2;
         j["requires"] = {"outputs", "telepathy"};
       },
       "requires 'telepathy', which this lprnet does not know, update the program"},
      {"RequiresNoList", kFormat,
       [](Json& j) {
         j["version"] = 2;
         j["requires"] = "outputs";
       },
       "'requires' is 'outputs', expected a list, each a string"},
      {"OutputsInVersion1", kFormat, [](Json& j) { j["outputs"] = Json::array(); },
       "unknown key 'outputs'"},
      {"NoOutputs", kFormat,
       [](Json& j) {
         j = with_two_outputs(j);
         j["outputs"] = Json::array();
       },
       "'outputs' has 0 entries, expected 1 to 64"},
      {"OutputWithoutValue", kFormat,
       [](Json& j) {
         j = with_two_outputs(j);
         j["outputs"][1].erase("value");
       },
       "output 1: 'value' is missing"},
      {"SelfTestOfOneOutputOfTwo", kFormat,
       [](Json& j) {
         j = with_two_outputs(j);
         j["self_test"]["outputs"].erase("features");
       },
       "'self_test': 'outputs': 'features' is missing"},
      {"LogitsOfTwoOutputs", kFormat,
       [](Json& j) {
         j = with_two_outputs(j);
         j["self_test"].erase("outputs");
       },
       "has the 'logits' of one output, expected 'outputs', a tensor for each of 2"},
      {"SelfTestTensorTwice", kFormat,
       [](Json& j) {
         j = with_two_outputs(j);
         j["self_test"]["outputs"]["features"] = "test.logits";
       },
       "the tensor 'test.logits' is named twice"},
      {"VersionAsText", kFormat, [](Json& j) { j["version"] = "1"; }, "'version' is '1', expected"},
      {"UnknownKey", kFormat, [](Json& j) { j["metadata"] = Json::object(); },
       "graph document: unknown key 'metadata'"},
      {"NoInputs", kFormat, [](Json& j) { j.erase("inputs"); }, "'inputs' is missing"},
      {"InputsNoList", kFormat, [](Json& j) { j["inputs"] = "input"; },
       "'inputs' is 'input', expected a list"},
      {"InputNoObject", kFormat, [](Json& j) { j["inputs"][0] = "input"; },
       "input 0: is 'input', expected an object"},
      {"InputWithoutName", kFormat, [](Json& j) { j["inputs"][0]["name"] = ""; },
       "input 0: 'name' is '', expected a name of 1 to 512 bytes"},
      {"InputShapeNotWhole", kFormat, [](Json& j) { j["inputs"][0]["shape"][2] = 4.5; },
       "input 0: 'shape' is [1,3,4.5,4], expected a list, each a 64-bit integer"},
      {"InputUnknownKey", kFormat, [](Json& j) { j["inputs"][0]["dtype"] = "F32"; },
       "input 0: unknown key 'dtype'"},
      {"NodesNoList", kFormat, [](Json& j) { j["nodes"] = Json::object(); },
       "'nodes' is an object, expected a list"},
      {"NodeNoObject", kFormat, [](Json& j) { j["nodes"][1] = nullptr; },
       "file: node 1: is null, expected an object"},
      {"NodeWithoutName", kFormat, [](Json& j) { j["nodes"][1].erase("name"); },
       "file: node 1: 'name' is missing"},
      {"NodeNameEmpty", kFormat, [](Json& j) { j["nodes"][1]["name"] = ""; },
       "file: node 1: 'name' is '', expected a name of 1 to 512 bytes"},
      {"NodeWithoutOperator", kFormat, [](Json& j) { j["nodes"][1].erase("op"); },
       "file: node 'relu': 'op' is missing"},
      {"NodeUnknownOperator", kUnsupported, [](Json& j) { j["nodes"][1]["op"] = "einsum"; },
       "file: node 'relu': the operator 'einsum' is not supported"},
      {"NodeUnknownKey", kFormat, [](Json& j) { j["nodes"][1]["inplace"] = true; },
       "file: node 'relu': unknown key 'inplace'"},
      {"NodeWithoutInputs", kFormat, [](Json& j) { j["nodes"][1].erase("inputs"); },
       "file: node 'relu': 'inputs' is missing"},
      {"NodeInputNoList", kFormat, [](Json& j) { j["nodes"][1]["inputs"] = "conv"; },
       "file: node 'relu': 'inputs' is 'conv', expected a list, each a string"},
      {"NodeInputNoName", kFormat, [](Json& j) { j["nodes"][1]["inputs"] = {1}; },
       "file: node 'relu': 'inputs' is [1], expected a list, each a string"},
      {"TooManyNodes", ErrorCode::kLimit,
       [](Json& j) { j["nodes"] = std::vector<Json>(16384, j["nodes"][1]); },
       "file: 16385 nodes and inputs of a graph, more than the limit of 16384"},
      {"NodeNameTooLong", kFormat, [](Json& j) { j["nodes"][1]["name"] = std::string(513, 'x'); },
       "file: node 1: 'name' is 'xx"},
      {"NodeInputWithEscape", kFormat, [](Json& j) { j["nodes"][1]["inputs"] = {"\x1B[2J"}; },
       "file: node 'relu': 'inputs' is '?[2J', expected a name"},
      {"TokenWithTab", kFormat, [](Json& j) { j["decode"]["alphabet"][1] = "A\t"; },
       "token 1 of 'alphabet' has a control character: 'A?'"},
      {"OutputEmpty", kFormat, [](Json& j) { j["output"] = ""; },
       "'output' is '', expected a name"},
      {"OutputNoName", kFormat, [](Json& j) { j["output"] = {"steps"}; },
       "'output' is a list of 1, expected a string"},
      {"PreprocessWithoutDecode", kFormat, [](Json& j) { j.erase("decode"); },
       "has 'preprocess' without 'decode', expected both or neither"},
      {"DecodeWithoutPreprocess", kFormat, [](Json& j) { j.erase("preprocess"); },
       "has 'decode' without 'preprocess', expected both or neither"},
      {"PreprocessNoObject", kFormat, [](Json& j) { j["preprocess"] = nullptr; },
       "'preprocess': is null, expected an object"},
      {"ChannelOrderUnknown", kFormat, [](Json& j) { j["preprocess"]["channel_order"] = "YUV"; },
       "'channel_order' is 'YUV', expected 'BGR' or 'RGB' or 'GRAY'"},
      {"ResizeUnknown", kFormat, [](Json& j) { j["preprocess"]["resize"] = "nearest"; },
       "'resize' is 'nearest', expected 'bilinear' or 'bicubic' or 'area' or 'lanczos'"},
      {"LetterboxInVersion1", kFormat,
       [](Json& j) {
         j["preprocess"]["letterbox"] = {1, 2, 3};
       },
       "has 'letterbox' in version 1, expected version 2 that requires it"},
      {"LetterboxOfOtherLength", kFormat,
       [](Json& j) {
         j["preprocess"]["letterbox"] = {1, 2};
       },
       "'letterbox' is [1,2], expected a list of 3 float32 numbers"},
      {"LetterboxNoColour", kFormat,
       [](Json& j) {
         j["preprocess"]["letterbox"] = {1, 2, 256};
       },
       "'letterbox' is [1,2,256], expected a colour of numbers from 0 to 255"},
      {"MeanOfOtherLength", kFormat,
       [](Json& j) {
         j["preprocess"]["mean"] = {1, 2};
       },
       "'mean' is [1,2], expected a list of 3 float32 numbers, one for each of BGR"},
      {"GrayHasOneChannel", kFormat, [](Json& j) { j["preprocess"]["channel_order"] = "GRAY"; },
       "expected a list of 1 float32 numbers, one for each of GRAY"},
      {"ScaleBeyondFloat", kFormat, [](Json& j) { j["preprocess"]["scale"][0] = 1e39; },
       "'scale' is "},
      {"MeanNoNumbers", kFormat, [](Json& j) { j["preprocess"]["mean"][1] = "127"; },
       "'mean' is a list of 3, expected a list, each a number"},
      {"PreprocessUnknownKey", kFormat, [](Json& j) { j["preprocess"]["crop"] = 1; },
       "'preprocess': unknown key 'crop'"},
      {"AlphabetEmpty", kFormat, [](Json& j) { j["decode"]["alphabet"] = Json::array(); },
       "'decode': 'alphabet' is empty"},
      {"AlphabetAsText", kFormat, [](Json& j) { j["decode"]["alphabet"] = "ABC"; },
       "'alphabet' is 'ABC', expected a list, each a string"},
      {"TooManyTokens", kUnsupported,
       [](Json& j) { j["decode"]["alphabet"] = std::vector<std::string>(65537, "A"); },
       "'alphabet' has 65537 tokens, more than the limit of 65536"},
      {"TokenTooLong", kUnsupported,
       [](Json& j) { j["decode"]["alphabet"][1] = std::string(65, 'A'); },
       "token 1 of 'alphabet' has 65 bytes, more than the limit of 64"},
      {"BlankBeyondTheAlphabet", kFormat, [](Json& j) { j["decode"]["blank"] = 4; },
       "'blank' is 4, expected 0 to 3 for an alphabet of 3 tokens"},
      {"BlankNegative", kFormat, [](Json& j) { j["decode"]["blank"] = -1; }, "'blank' is -1"},
      {"BlankAsText", kFormat, [](Json& j) { j["decode"]["blank"] = "-"; },
       "'blank' is '-', expected a 64-bit integer"},
      {"DecodeUnknownKey", kFormat, [](Json& j) { j["decode"]["beam"] = 5; },
       "'decode': unknown key 'beam'"},
      {"ProvenanceNoObject", kFormat, [](Json& j) { j["provenance"] = "me"; },
       "'provenance' is 'me', expected an object"},
      {"ProvenanceNoText", kFormat, [](Json& j) { j["provenance"]["year"] = 2020; },
       "'provenance': 'year' is 2020, expected a string"},
      {"SelfTestUnknownKey", kFormat, [](Json& j) { j["self_test"]["date"] = ""; },
       "'self_test': unknown key 'date'"},
      {"SelfTestWithoutLogits", kFormat, [](Json& j) { j["self_test"].erase("logits"); },
       "'self_test': 'logits' is missing"},
      {"SelfTestOneTensor", kFormat, [](Json& j) { j["self_test"]["logits"] = "test.input"; },
       "'self_test': the tensor 'test.input' is named twice"},
      {"ToleranceNegative", kFormat, [](Json& j) { j["self_test"]["tolerance"] = -1e-4; },
       "'self_test': 'tolerance' is -0.0001, expected 0 or more"},
  };
}

class GraphJsonMistakes : public testing::TestWithParam<Mistake> {};

TEST_P(GraphJsonMistakes, AreNamed) {
  Json json = document();
  GetParam().make(json);
  try {
    read_graph_json(json, "file");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), GetParam().code);
    EXPECT_THAT(error.what(), HasSubstr("file: "));
    EXPECT_THAT(error.what(), HasSubstr(GetParam().message));
  }
}

INSTANTIATE_TEST_SUITE_P(All, GraphJsonMistakes, testing::ValuesIn(mistakes()),
                         [](const auto& mistake) { return std::string(mistake.param.name); });

TEST(GraphJson, IsWrittenAsItWasRead) {
  const auto written = Json::parse(write_graph_json(read_graph_json(document(), "file"), "file"));
  EXPECT_EQ(write_graph_json(read_graph_json(written, "file"), "file"), written.dump());
  EXPECT_EQ(written["decode"], document()["decode"]);
  EXPECT_EQ(written["preprocess"], document()["preprocess"]);
  EXPECT_EQ(written["provenance"], document()["provenance"]);
  EXPECT_EQ(written["self_test"], document()["self_test"]);
  EXPECT_EQ(written["inputs"], document()["inputs"]);
  EXPECT_EQ(written["nodes"][0]["padding"], (Json{0, 0})) << "written out";
}

TEST(GraphJson, ALetterboxIsRequiredOfReaders) {
  Json json = document();
  json["version"] = 2;
  json["requires"] = {"letterbox"};
  json["preprocess"]["letterbox"] = {114, 7.5, 0};
  const auto result = read_graph_json(json, "file");
  const auto& letterbox = result.description.plate_reader()->preprocessing.letterbox;
  EXPECT_EQ(letterbox, (std::array<float, 3>{114, 7.5F, 0}));
  const auto written = Json::parse(write_graph_json(result, "file"));
  EXPECT_EQ(written["version"], 2);
  EXPECT_EQ(written["requires"], Json{"letterbox"});
  EXPECT_EQ(written["preprocess"], json["preprocess"]);
}

TEST(GraphJson, OutputsHaveNames) {
  const Json json = with_two_outputs(document());
  const auto result = read_graph_json(json, "file");
  ASSERT_EQ(result.graph.outputs.size(), 2U);
  EXPECT_EQ(result.graph.outputs[1].name, "features");
  EXPECT_EQ(result.graph.outputs[1].value, "pool");
  ASSERT_TRUE(result.self_test);
  EXPECT_EQ(result.self_test->outputs[1], "test.features");
  const auto written = Json::parse(write_graph_json(result, "file"));
  EXPECT_EQ(written["version"], 2);
  EXPECT_EQ(written["requires"], Json{"outputs"});
  EXPECT_EQ(written["outputs"], json["outputs"]);
  EXPECT_EQ(written["self_test"]["outputs"], json["self_test"]["outputs"]);
  EXPECT_EQ(write_graph_json(read_graph_json(written, "file"), "file"), written.dump());
}

TEST(GraphJson, Version2SkipsKeysThatItDoesNotRequire) {
  Json json = document();
  json["version"] = 2;
  json["requires"] = Json::array();
  json["a_key_of_tomorrow"] = {{"anything", {1, 2, 3}}};
  json["decode"]["hint"] = "may be skipped";
  json["preprocess"]["hint"] = 1;
  json["self_test"]["hint"] = nullptr;
  const auto result = read_graph_json(json, "file");
  EXPECT_EQ(write_graph_json(result, "file"),
            write_graph_json(read_graph_json(document(), "file"), "file"))
      << "written as the oldest version that can say it";
  json["nodes"][1]["in_place"] = true;
  EXPECT_THROW(read_graph_json(json, "file"), Error) << "an operator's attributes are all meant";
}

TEST(GraphJson, LimitsThemselvesAreAllowed) {
  Json json = document();
  json["decode"] = {{"alphabet", std::vector<std::string>(65536, std::string(64, 'A'))},
                    {"blank", 0}};
  const auto nodes = static_cast<std::size_t>(Limits().nodes) - json["inputs"].size();
  json["nodes"] = std::vector<Json>(nodes, json["nodes"][1]);
  const auto result = read_graph_json(json, "file");
  EXPECT_EQ(result.description.plate_reader()->alphabet.size(), 65536U);
  EXPECT_EQ(result.graph.nodes.size(), nodes);
}

TEST(GraphJson, TheBlankMayBeAnyClass) {
  for (const int blank : {0, 1, 2, 3}) {
    Json json = document();
    json["decode"]["blank"] = blank;
    EXPECT_EQ(read_graph_json(json, "file").description.plate_reader()->blank, blank);
  }
}

TEST(GraphJson, GrayHasOneMeanAndOneScale) {
  Json json = document();
  json["preprocess"] = {
      {"channel_order", "GRAY"}, {"mean", {0}}, {"scale", {1}}, {"resize", "bilinear"}};
  const auto result = read_graph_json(json, "file");
  EXPECT_EQ(result.description.plate_reader()->preprocessing.channel_order, ChannelOrder::kGray);
  EXPECT_EQ(result.description.plate_reader()->preprocessing.scale[0], 1);
  EXPECT_EQ(Json::parse(write_graph_json(result, "file"))["preprocess"], json["preprocess"]);
}

TEST(GraphJson, AToleranceThatIsNotFiniteIsNotWritten) {
  auto result = read_graph_json(document(), "file");
  result.self_test->tolerance = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(write_graph_json(result, "file"), Error);
}

}  // namespace
}  // namespace lprnet::formats
