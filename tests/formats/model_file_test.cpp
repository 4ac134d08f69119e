#include "formats/model_file.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <limits>

#include "formats/safetensors.h"
#include "tests/formats/small_model.h"
#include "tests/temporary_folder.h"

namespace lprnet::formats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<float> values(const graph::RawTensor& raw) { return graph::to_float(raw).to_vector(); }

class ModelFiles : public testing::Test {
 protected:
  const test::TemporaryFolder folder_;
};

std::string error_of(const std::filesystem::path& path) {
  try {
    read_model_file(path);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(ModelFile, JsonSaysEverything) {
  const ModelFile file = parse(small_model_json().dump());
  EXPECT_EQ(file.where, "no-such-folder/model.json");

  ASSERT_EQ(file.graph.inputs.size(), 1U);
  EXPECT_EQ(file.graph.inputs[0].name, "input");
  EXPECT_THAT(file.graph.inputs[0].shape, ElementsAre(1, 3, 4, 4));
  EXPECT_EQ(file.graph.outputs[0].value, "steps");
  ASSERT_EQ(file.graph.nodes.size(), 4U);
  const auto& conv = std::get<graph::Conv2d>(std::get<graph::Op>(file.graph.nodes[0].op));
  EXPECT_EQ(conv.weight.name, "conv.weight");
  EXPECT_EQ(conv.bias.name, "conv.bias");
  EXPECT_THAT(file.graph.nodes[0].inputs, ElementsAre("input"));
  const auto& pool = std::get<graph::MaxPool2d>(std::get<graph::Op>(file.graph.nodes[2].op));
  EXPECT_THAT(pool.kernel_size, ElementsAre(2, 1));
  EXPECT_THAT(pool.stride, ElementsAre(2, 1)) << "the stride is the kernel size";
  EXPECT_THAT(std::get<graph::Reduce>(std::get<graph::Op>(file.graph.nodes[3].op)).dim,
              ElementsAre(2));

  const Description& description = file.description;
  EXPECT_EQ(description.name, "small");
  EXPECT_NE(description.plate_reader(), nullptr);
  EXPECT_EQ(description.plate_reader()->preprocessing.channel_order, ChannelOrder::kBgr);
  EXPECT_THAT(description.plate_reader()->preprocessing.mean, ElementsAre(127.5F, 127.5F, 127.5F));
  EXPECT_THAT(description.plate_reader()->preprocessing.scale,
              ElementsAre(0x1p-7F, 0x1p-7F, 0x1p-7F));
  EXPECT_EQ(description.plate_reader()->preprocessing.resize, ResizeFilter::kBicubic);
  EXPECT_THAT(description.plate_reader()->alphabet, ElementsAre("京", "A", "0"));
  EXPECT_EQ(description.plate_reader()->blank, 3);
  EXPECT_EQ(description.provenance.at("license"), "Apache-2.0");

  EXPECT_EQ(file.weights.size(), 3U) << "without the self-test's tensors";
  EXPECT_THAT(values(file.weights.at("conv.bias")), ElementsAre(0, -1, 0.5F, 0));
  EXPECT_THAT(values(file.weights.at("conv.num_batches_tracked")), ElementsAre(12));
  ASSERT_TRUE(file.self_test);
  EXPECT_THAT(values(file.self_test->input), ElementsAre(1, 2, 3));
  EXPECT_EQ(file.self_test->outputs[0].shape, (tensor::Shape{1, 4, 1}));
  EXPECT_EQ(file.self_test->origin, "by hand");
  EXPECT_EQ(file.self_test->tolerance, 1e-4);
}

TEST(ModelFile, WrittenReadAndWrittenAgainGivesTheSameBytes) {
  const ModelFile file = parse(small_model_json().dump());
  const std::string bytes = write_model_file(file);
  const ModelFile again = parse(bytes, "model.safetensors");
  EXPECT_EQ(write_model_file(again), bytes);

  EXPECT_EQ(again.description.plate_reader()->alphabet, file.description.plate_reader()->alphabet);
  EXPECT_EQ(again.description.provenance, file.description.provenance);
  ASSERT_EQ(again.graph.nodes.size(), file.graph.nodes.size());
  ASSERT_EQ(again.weights.size(), file.weights.size());
  for (const auto& [name, weight] : file.weights) {
    EXPECT_EQ(again.weights.at(name).dtype, weight.dtype);
    EXPECT_EQ(again.weights.at(name).shape, weight.shape);
    EXPECT_EQ(values(again.weights.at(name)), values(weight)) << name;
  }
  ASSERT_TRUE(again.self_test);
  EXPECT_EQ(values(again.self_test->outputs[0]), values(file.self_test->outputs[0]));
}

TEST(ModelFile, AGraphThatReadsNoPlatesNeedsNoDescription) {
  auto json = small_model_json();
  for (const char* key : {"preprocess", "decode", "provenance", "self_test"}) json.erase(key);
  const ModelFile file = parse(json.dump());
  EXPECT_EQ(file.description.plate_reader(), nullptr);
  EXPECT_FALSE(file.self_test);
  const ModelFile again = parse(write_model_file(file), "model.safetensors");
  EXPECT_EQ(again.description.plate_reader(), nullptr);
  EXPECT_EQ(again.weights.size(), 5U);
}

TEST(ModelFile, AWeightMayHaveTheSelfTestsName) {
  auto json = small_model_json();
  auto& tensors = json["weights"]["tensors"];
  tensors["self_test.input"] = tensors["conv.bias"];
  const ModelFile again = parse(write_model_file(parse(json.dump())), "model.safetensors");
  EXPECT_THAT(values(again.weights.at("self_test.input")), ElementsAre(0, -1, 0.5F, 0));
  EXPECT_THAT(values(again.self_test->input), ElementsAre(1, 2, 3));
}

TEST(ModelFile, WhiteSpaceBeforeJsonIsNoMatter) {
  EXPECT_EQ(parse("\n \t" + small_model_json().dump(2)).description.name, "small");
}

TEST(ModelFile, OtherBytesAreNoModelFile) {
  EXPECT_THAT(refusal("")->what(), HasSubstr("is empty"));
  for (const std::string text : {" ", "\x89PNG\r\n\x1a\n", "PK\x03\x04zip.zip.zip"}) {
    const auto error = refusal(text);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::kFormat);
    EXPECT_THAT(error->what(), HasSubstr("neither a model file (.safetensors, .json) nor"));
  }
}

TEST(ModelFile, WeightsAloneAreNoModelFile) {
  const auto file = parse(small_model_json().dump());
  const auto error = refusal(write_safetensors(file.weights, {{"format", "pt"}}, "w"));
  ASSERT_TRUE(error);
  EXPECT_THAT(error->what(), HasSubstr("holds weights but no graph: 'lprnet.graph' is missing"));
}

TEST(ModelFile, WhatAFileCannotSayIsNotWritten) {
  ModelFile file = parse(small_model_json().dump());
  file.description.provenance["source"] = "\xFF";
  EXPECT_THROW(write_model_file(file), Error);
  file.description.provenance.clear();
  std::get<PlateReader>(file.description.purpose).preprocessing.scale[1] =
      std::numeric_limits<float>::infinity();
  EXPECT_THROW(write_model_file(file), Error);
  std::get<PlateReader>(file.description.purpose).preprocessing.scale[1] = 1;
  std::get<graph::Conv2d>(std::get<graph::Op>(file.graph.nodes[0].op)).weight.name.clear();
  EXPECT_THROW(write_model_file(file), Error);
}

TEST_F(ModelFiles, WeightsStandInAFileBesideTheJson) {
  const auto inline_file = parse(small_model_json().dump());
  graph::WeightMap tensors = inline_file.weights;
  tensors["test.input"] = inline_file.self_test->input;
  tensors["test.logits"] = inline_file.self_test->outputs[0];
  folder_.write("重み.safetensors", write_safetensors(tensors, {}, "weights"));
  auto json = small_model_json();
  json["weights"] = {{"file", "重み.safetensors"}};
  const ModelFile file = read_model_file(folder_.write("model.json", json.dump()));
  EXPECT_EQ(write_model_file(file), write_model_file(inline_file));
}

TEST_F(ModelFiles, TheNameOfTheFileDoesNotMatter) {
  const auto bytes = write_model_file(parse(small_model_json().dump()));
  EXPECT_EQ(read_model_file(folder_.write("weights.json", bytes)).description.name, "small");
  EXPECT_EQ(
      read_model_file(folder_.write("m.safetensors", small_model_json().dump())).description.name,
      "small");
}

TEST_F(ModelFiles, WeightsOutsideOfTheFolderAreRefused) {
  for (const char* name :
       {"", ".", "..", "../w.safetensors", "a/b", "/etc/passwd", "a\\b", "C:w"}) {
    auto json = small_model_json();
    json["weights"] = {{"file", name}};
    EXPECT_THAT(error_of(folder_.write("model.json", json.dump())),
                HasSubstr("expected the plain name of a file in the same folder"))
        << name;
  }
}

TEST_F(ModelFiles, AMissingWeightsFileIsNamed) {
  auto json = small_model_json();
  json["weights"] = {{"file", "w.safetensors"}};
  EXPECT_THAT(error_of(folder_.write("model.json", json.dump())),
              HasSubstr("w.safetensors: no such file"));
}

TEST_F(ModelFiles, AMissingFileIsNamed) {
  EXPECT_THAT(error_of(folder_.path() / "none.json"), HasSubstr("none.json: no such file"));
}

}  // namespace
}  // namespace lprnet::formats
