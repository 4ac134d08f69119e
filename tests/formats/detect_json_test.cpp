// The description of a plate detector in a model file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "formats/graph_json.h"
#include "tests/formats/small_model.h"

namespace lprnet::formats {
namespace {

using testing::HasSubstr;

nlohmann::json detector_json() {
  auto json = small_model_json();
  json["version"] = 2;
  json["requires"] = {"detect"};
  json.erase("decode");
  json["detect"] = nlohmann::json::parse(R"({
    "multiple": 32, "reach": 4.0, "least_confidence": 0.3, "most_overlap": 0.25, "border": 127,
    "maps": [{"stride": 8, "smallest": 10, "largest": 100},
             {"stride": 16, "smallest": 70, "largest": 230.5}],
    "second_look": {"width": 192, "height": 128, "plate_sizes": [88, 96.5], "largest_zoom": 4, "first_confidence": 0.2,
                    "least_confidence": 0.1, "least_overlap": 0.3}})");
  return json;
}

void expect_the_detector(const Description& description) {
  EXPECT_EQ(description.plate_reader(), nullptr);
  ASSERT_NE(description.plate_detector(), nullptr);
  const PlateDetector& detector = *description.plate_detector();
  EXPECT_EQ(description.preprocessing(), &detector.preprocessing);
  EXPECT_EQ(detector.preprocessing.mean[0], 127.5F);
  EXPECT_EQ(detector.multiple, 32);
  ASSERT_EQ(detector.maps.size(), 2U);
  EXPECT_EQ(detector.maps[0].stride, 8);
  EXPECT_EQ(detector.maps[0].smallest, 10);
  EXPECT_EQ(detector.maps[1].largest, 230.5F);
  EXPECT_EQ(detector.reach, 4);
  EXPECT_EQ(detector.least_confidence, 0.3F);
  EXPECT_EQ(detector.most_overlap, 0.25F);
  EXPECT_EQ(detector.border, 127);
  ASSERT_TRUE(detector.second_look);
  EXPECT_EQ(detector.second_look->width, 192);
  EXPECT_EQ(detector.second_look->height, 128);
  EXPECT_EQ(detector.second_look->plate_sizes, (std::vector<float>{88, 96.5F}));
  EXPECT_EQ(detector.second_look->largest_zoom, 4);
  EXPECT_EQ(detector.second_look->first_confidence, 0.2F);
  EXPECT_EQ(detector.second_look->least_confidence, 0.1F);
  EXPECT_EQ(detector.second_look->least_overlap, 0.3F);
}

TEST(DetectJson, IsReadAndWritten) {
  const ModelFile file = parse(detector_json().dump());
  expect_the_detector(file.description);
  const std::string written = write_graph_json({file.graph, file.description, std::nullopt}, "x");
  const auto json = nlohmann::json::parse(written);
  EXPECT_EQ(json.at("version"), 2);
  EXPECT_EQ(json.at("requires"), nlohmann::json({"detect"}));
  const Document document = parse_json(written, "again");
  expect_the_detector(read_graph_json(document.json(), "again").description);
}

TEST(DetectJson, TheSecondLookMayBeMissing) {
  auto json = detector_json();
  json["detect"].erase("second_look");
  EXPECT_FALSE(parse(json.dump()).description.plate_detector()->second_look);
}

TEST(DetectJson, AnOlderReaderIsToldByTheListOfWhatItMustKnow) {
  auto json = detector_json();
  json["requires"] = {"detect", "swimming"};
  EXPECT_THAT(refusal(json.dump())->what(), HasSubstr("requires 'swimming'"));
  json = detector_json();
  json["version"] = 1;
  json.erase("requires");
  EXPECT_THAT(refusal(json.dump())->what(), HasSubstr("'preprocess' without 'decode'"));
}

TEST(DetectJson, StandsInPlaceOfDecode) {
  auto json = detector_json();
  json["decode"] = small_model_json()["decode"];
  EXPECT_THAT(refusal(json.dump())->what(), HasSubstr("beside 'decode'"));
  json = detector_json();
  json.erase("preprocess");
  EXPECT_THAT(refusal(json.dump())->what(), HasSubstr("without 'preprocess'"));
}

TEST(DetectJson, ValuesOutOfTheirRangeAreRefused) {
  struct Mistake {
    const char* pointer;
    nlohmann::json value;
    const char* message;
  };
  const std::vector<Mistake> mistakes{
      {"/detect/multiple", 0, "'multiple' is 0, expected 1 to 1024"},
      {"/detect/multiple", 1 << 20, "'multiple'"},
      {"/detect/multiple", 12, "'stride' is 8, expected a divisor of 12"},
      {"/detect/maps", nlohmann::json::array(), "expected a list of 1 to 8 maps"},
      {"/detect/maps/1/stride", 0, "map 1: 'stride' is 0"},
      {"/detect/maps/1/stride", -8, "'stride' is -8"},
      {"/detect/maps/0/largest", 5, "'largest' is 5, expected at least 10"},
      {"/detect/maps/0/smallest", 0, "'smallest' is 0, expected more than 0"},
      {"/detect/reach", 1e30, "'reach'"},
      {"/detect/reach", -1, "'reach' is -1"},
      {"/detect/least_confidence", 1.5, "'least_confidence' is 1.5, expected more than 0"},
      {"/detect/most_overlap", 0, "'most_overlap'"},
      {"/detect/border", 256, "'border' is 256, expected 0 to 255"},
      {"/detect/second_look", 3, "'second_look'"},
      {"/detect/second_look/width", 100, "'width' is 100, expected a multiple of 32"},
      {"/detect/second_look/height", 1 << 20, "'height'"},
      {"/detect/second_look/largest_zoom", 65, "'largest_zoom'"},
      {"/detect/second_look/plate_sizes", nullptr, "'plate_sizes'"},
      {"/detect/second_look/plate_sizes", nlohmann::json::array(),
       "expected a list of 1 to 8 sizes"},
      {"/detect/second_look/plate_sizes/1", 0, "each more than 0"},
      {"/detect/second_look/plate_sizes/0", 1e30, "at most 65536"},
  };
  for (const Mistake& mistake : mistakes) {
    auto json = detector_json();
    json[nlohmann::json::json_pointer(mistake.pointer)] = mistake.value;
    const auto error = refusal(json.dump());
    ASSERT_TRUE(error) << mistake.pointer;
    EXPECT_EQ(error->code(), ErrorCode::kFormat) << mistake.pointer;
    EXPECT_THAT(error->what(), HasSubstr(mistake.message)) << mistake.pointer;
    EXPECT_THAT(error->what(), HasSubstr("'detect'")) << mistake.pointer;
  }
  for (const char* key :
       {"multiple", "maps", "reach", "least_confidence", "most_overlap", "border"}) {
    auto json = detector_json();
    json["detect"].erase(key);
    EXPECT_THAT(refusal(json.dump())->what(), HasSubstr(std::string("'") + key + "' is missing"));
  }
}

TEST(DetectJson, WhatIsNotFiniteIsNotWritten) {
  const ModelFile file = parse(detector_json().dump());
  Description description = file.description;
  std::get<PlateDetector>(description.purpose).reach = std::numeric_limits<float>::infinity();
  EXPECT_THROW(write_graph_json({file.graph, description, std::nullopt}, "x"), Error);
}

}  // namespace
}  // namespace lprnet::formats
