// Whole models exported from PyTorch: their self-tests, their nodes one by one, and what must not
// change an answer.
#include "lprnet/model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "formats/safetensors.h"
#include "lprnet/session.hpp"

namespace lprnet {
namespace {

const std::filesystem::path kGolden = std::filesystem::path(LPRNET_SOURCE_DIR) / "tests" / "golden";

std::vector<std::string> model_files() {
  std::vector<std::string> files{"front.safetensors", "lprnet_layers.safetensors"};
  for (const auto& entry : std::filesystem::directory_iterator(kGolden / "models")) {
    files.push_back("models/" + entry.path().filename().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> isa_names() {
  std::vector<std::string> names = Model::instruction_sets();
  names.emplace_back("reference");
  return names;
}

class GoldenModel : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(GoldenModel, AnswersItsSelfTestAsPyTorch) {
  const auto& [file, isa] = GetParam();
  for (const bool optimize : {false, true}) {
    const auto model = Model::load(kGolden / file, {isa, optimize});
    ASSERT_EQ(model->isa(), isa);
    const Verification result = model->verify();
    EXPECT_NE(result.origin.find("PyTorch 1.13"), std::string::npos) << result.origin;
    EXPECT_TRUE(result.passed) << result.max_relative << ", passes " << (optimize ? "on" : "off");
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, GoldenModel,
    testing::Combine(testing::ValuesIn(model_files()), testing::ValuesIn(isa_names())),
    [](const auto& test) {
      std::string name = std::get<0>(test.param) + "_" + std::get<1>(test.param);
      std::replace_if(
          name.begin(), name.end(), [](char c) { return c == '/' || c == '.' || c == '-'; }, '_');
      return name;
    });

}  // namespace
}  // namespace lprnet
