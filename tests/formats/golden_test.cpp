// The files that the exporter wrote from PyTorch models, read and written again.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "formats/graph_json.h"
#include "formats/model_file.h"
#include "formats/safetensors.h"

namespace lprnet::formats {
namespace {

const std::filesystem::path kGolden = std::filesystem::path(LPRNET_SOURCE_DIR) / "tests/golden";

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::filesystem::path> models() {
  auto files = files_in(kGolden / "models");
  files.push_back(kGolden / "front.safetensors");
  files.push_back(kGolden / "lprnet_layers.safetensors");
  return files;
}

std::string stem_of(const testing::TestParamInfo<std::filesystem::path>& file) {
  return file.param.stem().string();
}

class GoldenModel : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(GoldenModel, KeepsItsContent) {
  const ModelFile file = read_model_file(GetParam());
  const std::string bytes = write_model_file(file);
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const ModelFile again = parse_model_file({data, bytes.size(), nullptr}, GetParam());
  EXPECT_EQ(write_model_file(again), bytes);
  ASSERT_TRUE(file.self_test);
  EXPECT_FALSE(file.self_test->origin.empty());
  ASSERT_EQ(again.weights.size(), file.weights.size());
  for (const auto& [name, weight] : file.weights) {
    const auto& copy = again.weights.at(name);
    EXPECT_EQ(copy.shape, weight.shape) << name;
    EXPECT_TRUE(std::equal(weight.bytes.data, weight.bytes.data + weight.bytes.size,
                           copy.bytes.data, copy.bytes.data + copy.bytes.size))
        << name;
  }
}

TEST_P(GoldenModel, IsValid) {
  const ModelFile file = read_model_file(GetParam());
  const auto graph = graph::validate(file.graph, file.weights, file.where);
  EXPECT_EQ(graph.shape_of(graph.output()), file.self_test->outputs[0].shape);
}

INSTANTIATE_TEST_SUITE_P(All, GoldenModel, testing::ValuesIn(models()), stem_of);

class GoldenGraphs : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(GoldenGraphs, AreReadAndWritten) {
  const std::string where = base::text_of(GetParam());
  const auto content = read_safetensors(base::read_file(GetParam()), where);
  const Json golden = Json::parse(content.metadata.at("lprnet.golden"));
  ASSERT_FALSE(golden["cases"].empty());
  for (const Json& one : golden["cases"]) {
    SCOPED_TRACE(one["name"].dump());
    const auto written = Json::parse(write_graph_json(read_graph_json(one["graph"], where), where));
    EXPECT_EQ(write_graph_json(read_graph_json(written, where), where), written.dump());
    for (const auto& node : one["graph"]["nodes"]) {
      const auto copy =
          std::find_if(written["nodes"].begin(), written["nodes"].end(),
                       [&node](const Json& other) { return other["name"] == node["name"]; });
      ASSERT_NE(copy, written["nodes"].end());
      for (const auto& [key, value] : node.items()) {
        if (value.is_string()) {
          EXPECT_EQ((*copy)[key], value) << key;
        }
      }
    }
  }
}

std::vector<std::filesystem::path> case_files() {
  auto files = files_in(kGolden / "ops");
  files.push_back(kGolden / "graphs.safetensors");
  return files;
}

INSTANTIATE_TEST_SUITE_P(All, GoldenGraphs, testing::ValuesIn(case_files()), stem_of);

}  // namespace
}  // namespace lprnet::formats
