// What a model file says about decoding in version 2.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/graph_json.h"
#include "tests/formats/small_model.h"

namespace lprnet::formats {
namespace {

using testing::HasSubstr;

nlohmann::json looking_json() {
  auto json = small_model_json();
  json["version"] = 2;
  json["requires"] = nlohmann::json::array();
  json["decode"]["further_looks"] = nlohmann::json::parse(R"({
    "sure": 0.9, "aspect": 3.1, "counter_looks": ["upside_down", "mirrored"],
    "looks": [{"left": 0.1, "top": 0.2, "right": 0.9, "bottom": 0.8},
              {"left": -0.05, "top": 0, "right": 1.05, "bottom": 1, "turn": -22.5, "lines": 2}],
    "two_lines": {"aspect": 2.1, "widest": 2.4, "upper_share": 0.33,
                  "upper": {"left": 0.1, "top": 0, "right": 0.9, "bottom": 0.44},
                  "lower": {"left": 0, "top": 0.34, "right": 1, "bottom": 1}}})");
  return json;
}

void expect_the_looks(const Description& description) {
  ASSERT_TRUE(description.plate_reader()->further_looks);
  const FurtherLooks& further = *description.plate_reader()->further_looks;
  EXPECT_EQ(further.sure, 0.9F);
  EXPECT_EQ(further.aspect, 3.1F);
  EXPECT_TRUE(further.upside_down);
  EXPECT_TRUE(further.mirrored);
  ASSERT_EQ(further.looks.size(), 2U);
  EXPECT_EQ(further.looks[0].left, 0.1F);
  EXPECT_EQ(further.looks[0].bottom, 0.8F);
  EXPECT_EQ(further.looks[0].turn, 0);
  EXPECT_EQ(further.looks[1].left, -0.05F);
  EXPECT_EQ(further.looks[1].turn, -22.5F);
  EXPECT_EQ(further.looks[0].lines, 1);
  EXPECT_EQ(further.looks[1].lines, 2);
  ASSERT_TRUE(further.two_lines);
  EXPECT_EQ(further.two_lines->aspect, 2.1F);
  EXPECT_EQ(further.two_lines->widest, 2.4F);
  EXPECT_EQ(further.two_lines->upper_share, 0.33F);
  EXPECT_EQ(further.two_lines->upper.bottom, 0.44F);
  EXPECT_EQ(further.two_lines->lower.top, 0.34F);
}

TEST(FurtherLooksJson, IsReadAndWritten) {
  const ModelFile file = parse(looking_json().dump());
  expect_the_looks(file.description);
  const std::string written = write_graph_json({file.graph, file.description, std::nullopt}, "x");
  const auto json = nlohmann::json::parse(written);
  EXPECT_EQ(json.at("version"), 2);
  EXPECT_EQ(json.at("requires"), nlohmann::json::array());
  EXPECT_EQ(json.at("decode").at("further_looks"), looking_json()["decode"]["further_looks"]);
  expect_the_looks(read_graph_json(parse_json(written, "again").json(), "again").description);
}

TEST(FurtherLooksJson, IsNoKeyOfVersion1) {
  auto json = looking_json();
  json["version"] = 1;
  json.erase("requires");
  EXPECT_THAT(refusal(json.dump())->what(), HasSubstr("further_looks"));
}

TEST(FurtherLooksJson, ALookForTwoLinesNeedsToKnowHow) {
  auto json = looking_json();
  json["decode"]["further_looks"].erase("two_lines");
  EXPECT_THAT(refusal(json.dump())->what(),
              HasSubstr("look 1 is for 2 lines, but there is no 'two_lines'"));
}

TEST(FurtherLooksJson, ValuesOutOfTheirRangeAreRefused) {
  struct Mistake {
    const char* pointer;
    nlohmann::json value;
    const char* message;
  };
  const std::vector<Mistake> mistakes{
      {"/sure", 1.5, "'sure' is 1.5, expected a number from 0 to 1"},
      {"/sure", "high", "'sure'"},
      {"/aspect", 0, "'aspect' is 0, expected a number from"},
      {"/aspect", 1e30, "'aspect'"},
      {"/looks", nlohmann::json::array(), "expected a list of 1 to 32 looks"},
      {"/looks", nlohmann::json::array_t(33), "expected a list of 1 to 32 looks"},
      {"/looks/0", 3, "look 0"},
      {"/looks/0/lines", 3, "look 0: 'lines' is 3, expected 1 or 2"},
      {"/looks/0/lines", 1.5, "'lines'"},
      {"/two_lines", nullptr, "'two_lines'"},
      {"/two_lines/aspect", 0, "'two_lines': 'aspect' is 0, expected a number from"},
      {"/two_lines/widest", 17, "'widest'"},
      {"/two_lines/upper_share", 1, "'upper_share' is 1, expected a number from 0.05 to 0.95"},
      {"/two_lines/upper/bottom", 0, "'upper': is from"},
      {"/two_lines/lower", 3, "'lower'"},
      {"/looks/0/left", -3, "look 0: 'left' is -3, expected a number from -2 to 2"},
      {"/looks/1/right", nullptr, "look 1: 'right'"},
      {"/looks/1/turn", 90, "'turn' is 90, expected a number from -60 to 60"},
      {"/looks/0/right", 0.05, "expected left < right"},
      {"/counter_looks", "mirrored", "'counter_looks'"},
      {"/counter_looks/1", "sideways", "expected a list of 'upside_down' and 'mirrored'"},
      {"/looks/0/top", 0.8, "expected left < right and top < bottom"},
  };
  for (const Mistake& mistake : mistakes) {
    auto json = looking_json();
    auto& further = json["decode"]["further_looks"];
    further[nlohmann::json::json_pointer(mistake.pointer)] = mistake.value;
    const auto error = refusal(json.dump());
    ASSERT_TRUE(error) << mistake.pointer;
    EXPECT_EQ(error->code(), ErrorCode::kFormat) << mistake.pointer;
    EXPECT_THAT(error->what(), HasSubstr(mistake.message)) << mistake.pointer;
    EXPECT_THAT(error->what(), HasSubstr("'further_looks'")) << mistake.pointer;
  }
}

}  // namespace
}  // namespace lprnet::formats
