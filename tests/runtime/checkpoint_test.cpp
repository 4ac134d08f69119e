// Weights without a graph: the network is told from its tensors. The golden models' weights, taken
// out of their files, must give PyTorch's logits again through the graphs that are built here.
#include "lprnet/checkpoint.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <string>

#include "base/file_bytes.h"
#include "formats/model_file.h"
#include "formats/safetensors.h"
#include "lprnet/model.hpp"
#include "lprnet/session.hpp"
#include "tests/temporary_folder.h"

namespace lprnet {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using testing::AllOf;
using testing::HasSubstr;

std::string bytes_of(const graph::WeightMap& weights) {
  return formats::write_safetensors(weights, {}, "weights");
}

formats::ModelFile golden(const std::string& name) {
  auto file = formats::read_model_file(fs::path(LPRNET_SOURCE_DIR) / "tests/golden/models" /
                                       (name + ".safetensors"));
  // The exporter reshaped the learned gammas; a state_dict has them as they are.
  for (int i = 0; i < 4; ++i) {
    auto gamma = file.weights.extract("constant." + std::to_string(i));
    if (gamma.empty()) break;
    gamma.key() = "gammas." + std::to_string(i);
    gamma.mapped().shape = *tensor::Shape::checked({gamma.mapped().shape[1]});
    file.weights.insert(std::move(gamma));
  }
  return file;
}

// What its file says of how the golden model reads, as options.
ModelOptions options_of(const formats::ModelFile& file) {
  ModelOptions options;
  options.checkpoint.alphabet = file.description.plate_reader()->alphabet;
  options.checkpoint.blank = file.description.plate_reader()->blank;
  return options;
}

void expect_logits_of(const formats::ModelFile& file, const Model& model) {
  const auto input = graph::to_float(file.self_test->input);
  const auto expected = graph::to_float(file.self_test->outputs[0]);
  ASSERT_EQ(model.outputs()[0].shape, expected.shape().to_vector());
  Session session(std::shared_ptr<const Model>(std::shared_ptr<const Model>(), &model));
  session.set_input(input.data());
  session.infer();
  std::vector<float> found(expected.size());
  session.copy_output(found.data());
  float largest = 0;
  for (const float value : expected) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_NEAR(found[i], expected.data()[i], 1e-4F * largest) << i;
  }
}

std::string message_of(const fs::path& path, const CheckpointOptions& checkpoint, ErrorCode code) {
  ModelOptions options;
  options.checkpoint = checkpoint;
  try {
    Model::load(path, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "was loaded";
  return "";
}

class KnownNetwork : public testing::TestWithParam<std::string> {};

TEST_P(KnownNetwork, AnswersAsPyTorchFromItsWeightsAlone) {
  const formats::ModelFile file = golden(GetParam());
  const TemporaryFolder folder;
  const fs::path weights = folder.write("weights.safetensors", bytes_of(file.weights));
  ModelOptions options = options_of(file);
  options.checkpoint.padded_first_layer = GetParam() == "padded";
  const auto model = Model::load(weights, options);
  expect_logits_of(file, *model);

  // Preprocessing comes from the profile that the tensors suggest.
  const Preprocessing& preprocessing = model->description().plate_reader()->preprocessing;
  EXPECT_EQ(preprocessing.channel_order,
            file.description.plate_reader()->preprocessing.channel_order);
  EXPECT_EQ(preprocessing.mean, file.description.plate_reader()->preprocessing.mean);
  EXPECT_EQ(preprocessing.scale, file.description.plate_reader()->preprocessing.scale);
  EXPECT_EQ(preprocessing.resize, file.description.plate_reader()->preprocessing.resize);
}

TEST_P(KnownNetwork, NodesHaveTheNamesOfTheirModules) {
  const formats::ModelFile file = golden(GetParam());
  const TemporaryFolder folder;
  const fs::path weights = folder.write("names.safetensors", bytes_of(file.weights));
  ModelOptions options = options_of(file);
  options.checkpoint.padded_first_layer = GetParam() == "padded";
  std::set<std::string> names;
  for (const auto& node : Model::load(weights, options)->summary().nodes) {
    names.insert(node.name);
  }
  for (const auto& [name, tensor] : file.weights) {
    const bool is_parameter = name.find("gammas.") != std::string::npos;
    const std::string module = is_parameter ? name : name.substr(0, name.rfind('.'));
    EXPECT_TRUE(names.contains(module)) << module;
  }
}

TEST_P(KnownNetwork, BecomesAModelFileThatProvesItself) {
  const formats::ModelFile file = golden(GetParam());
  const TemporaryFolder folder;
  const fs::path weights = folder.write("saved.safetensors", bytes_of(file.weights));
  ModelOptions options = options_of(file);
  options.checkpoint.padded_first_layer = GetParam() == "padded";
  const fs::path saved = folder.write("model.safetensors", "");
  Model::load(weights, options)->save(saved);
  const auto model = Model::load(saved);
  expect_logits_of(file, *model);
  const Verification verification = model->verify();
  EXPECT_TRUE(verification.passed) << verification.max_relative;
  EXPECT_THAT(verification.origin, AllOf(HasSubstr("lprnet "), HasSubstr("evaluator")));
  EXPECT_EQ(model->description().provenance.at("checkpoint"), weights.filename().string());
}

INSTANTIATE_TEST_SUITE_P(Golden, KnownNetwork,
                         testing::Values("padded", "stnpair", "stninside", "leaky", "small"),
                         [](const auto& test) { return test.param; });

TEST(Checkpoint, TransformerAndNetworkFromTwoFiles) {
  const formats::ModelFile file = golden("stnpair");
  graph::WeightMap network;
  graph::WeightMap transformer;
  for (const auto& [name, tensor] : file.weights) {
    auto& part = name.starts_with("stn.") ? transformer : network;
    part.emplace(name.substr(name.find('.') + 1), tensor);
  }
  const TemporaryFolder folder;
  const fs::path first = folder.write("stn.safetensors", bytes_of(transformer));
  const fs::path second = folder.write("lprnet.safetensors", bytes_of(network));
  ModelOptions options = options_of(file);
  options.checkpoint.stn = first;
  const auto model = Model::load(second, options);
  expect_logits_of(file, *model);
  EXPECT_EQ(model->description().provenance.at("profile"), "stnpair");

  EXPECT_THAT(message_of(first, {}, ErrorCode::kInvalidModel),
              HasSubstr("is a spatial transformer alone"));
  CheckpointOptions swapped;
  swapped.stn = second;
  EXPECT_THAT(message_of(second, swapped, ErrorCode::kInvalidModel),
              HasSubstr("is no spatial transformer's checkpoint"));
}

TEST(Checkpoint, PipelineFromTwoFilesOfPyTorch) {
  const formats::ModelFile file = golden("stnpair");
  const fs::path folder = fs::path(LPRNET_SOURCE_DIR) / "tests/golden/pth";
  for (const std::string container : {"stream.torch1_13", "zip.torch2_13"}) {
    ModelOptions options = options_of(file);
    options.checkpoint.stn = folder / ("stn." + container + ".pth");
    expect_logits_of(file, *Model::load(folder / ("lprnet." + container + ".pth"), options));
  }
}

// The padded golden model's weights serve as the public edition's too.
class PublicEdition : public testing::Test {
 protected:
  const formats::ModelFile file_ = golden("padded");
  const TemporaryFolder folder_;
  const fs::path weights_ = folder_.write("public.safetensors", bytes_of(file_.weights));

  // With the alphabet that the twelve classes need.
  CheckpointOptions fitting() const { return options_of(file_).checkpoint; }
  std::shared_ptr<const Model> load(const CheckpointOptions& checkpoint) const {
    ModelOptions options;
    options.checkpoint = checkpoint;
    return Model::load(weights_, options);
  }
};

TEST_F(PublicEdition, EighteenStepsFromItsOwnSize) {
  const auto model = load(fitting());
  EXPECT_EQ(model->input_shape(), (std::vector<std::int64_t>{1, 3, 24, 94}));
  EXPECT_EQ(model->outputs()[0].shape, (std::vector<std::int64_t>{1, 12, 18}));
}

TEST_F(PublicEdition, OtherInputSizes) {
  CheckpointOptions options = fitting();
  options.input_width = 188;
  options.input_height = 32;
  const auto model = load(options);
  EXPECT_EQ(model->input_shape(), (std::vector<std::int64_t>{1, 3, 32, 188}));
  EXPECT_EQ(model->outputs()[0].shape, (std::vector<std::int64_t>{1, 12, 42}));
  options.input_height = 20;
  EXPECT_THAT(message_of(weights_, options, ErrorCode::kInvalidModel),
              AllOf(HasSubstr("[1,3,20,188]"), HasSubstr("'backbone.20'")));
  options.input_height = -1;
  EXPECT_THAT(message_of(weights_, options, ErrorCode::kInvalidArgument), HasSubstr("188x-1"));
}

TEST_F(PublicEdition, AnAlphabetOfAnotherSizeIsRefusedWithBothNumbers) {
  const std::string message = message_of(weights_, {}, ErrorCode::kInvalidModel);
  EXPECT_THAT(message,
              AllOf(HasSubstr("has 12 classes"), HasSubstr("68 tokens"), HasSubstr("'sirius'")));
  CheckpointOptions options = fitting();
  options.alphabet.pop_back();  // the blank, which is the last class: may be missing
  options.blank.reset();
  EXPECT_EQ(load(options)->description().plate_reader()->blank, 11);
  options.blank = 3;
  EXPECT_THAT(message_of(weights_, options, ErrorCode::kInvalidModel), HasSubstr("11 tokens"));
  options = fitting();
  options.blank = 12;
  EXPECT_THAT(message_of(weights_, options, ErrorCode::kInvalidModel),
              HasSubstr("the blank is class 12, expected 0 to 11"));
  options = fitting();
  options.alphabet[2] = std::string(65, 'x');
  EXPECT_THAT(message_of(weights_, options, ErrorCode::kUnsupported),
              HasSubstr("token 2 of 'alphabet' has 65 bytes"));
}

TEST_F(PublicEdition, OptionsStandBeforeTheFileAndTheFileBeforeTheProfile) {
  const fs::path reading = folder_.write("reading.json", R"({
    "preprocess": {"channel_order": "RGB", "mean": [1, 2, 3], "scale": [4, 5, 6],
                   "resize": "bicubic"},
    "decode": {"alphabet": ["a","b","c","d","e","f","g","h","i","j","k","l"], "blank": 4}})");
  CheckpointOptions options;
  options.reading = reading;
  const Description description = load(options)->description();
  const PlateReader& said = *description.plate_reader();
  EXPECT_EQ(said.preprocessing.channel_order, ChannelOrder::kRgb);
  EXPECT_EQ(said.preprocessing.mean, (std::array<float, 3>{1, 2, 3}));
  EXPECT_EQ(said.preprocessing.scale, (std::array<float, 3>{4, 5, 6}));
  EXPECT_EQ(said.preprocessing.resize, ResizeFilter::kBicubic);
  EXPECT_EQ(said.alphabet[4], "e");
  EXPECT_EQ(said.blank, 4);

  options.blank = 7;
  options.channel_order = ChannelOrder::kBgr;
  options.mean = {{7, 8, 9}};
  options.scale = {{1, 1, 1}};
  options.resize = ResizeFilter::kBilinear;
  const Description other = load(options)->description();
  const PlateReader& changed = *other.plate_reader();
  EXPECT_EQ(changed.blank, 7);
  EXPECT_EQ(changed.preprocessing.channel_order, ChannelOrder::kBgr);
  EXPECT_EQ(changed.preprocessing.mean, (std::array<float, 3>{7, 8, 9}));
  EXPECT_EQ(changed.preprocessing.resize, ResizeFilter::kBilinear);

  options.mean = {{7, std::nanf(""), 9}};
  EXPECT_THAT(message_of(weights_, options, ErrorCode::kInvalidArgument),
              HasSubstr("expected a finite number"));
}

TEST_F(PublicEdition, WhatCanReadNothingIsRefused) {
  CheckpointOptions options = fitting();
  options.scale = {{0, 0, 0}};
  EXPECT_THAT(message_of(weights_, options, ErrorCode::kInvalidArgument),
              HasSubstr("the scale is 0"));
  options.scale = {{0, 1, 0}};  // one channel is enough
  EXPECT_NE(load(options), nullptr);
  for (const float bad : {std::nanf(""), HUGE_VALF}) {
    graph::WeightMap weights = file_.weights;
    std::vector<float> values = graph::to_float(weights.at("backbone.5.running_var")).to_vector();
    values[3] = bad;
    auto& raw = weights.at("backbone.5.running_var");
    auto keeper = std::make_shared<const std::vector<float>>(values);
    raw.bytes = {reinterpret_cast<const std::uint8_t*>(keeper->data()),
                 keeper->size() * sizeof(float), keeper};
    const fs::path file = folder_.write("astray.safetensors", bytes_of(weights));
    EXPECT_THAT(message_of(file, fitting(), ErrorCode::kInvalidModel),
                AllOf(HasSubstr("tensor 'backbone.5.running_var' of node 'backbone.5' holds"),
                      HasSubstr(std::isnan(bad) ? "NaN at 3" : "infinity at 3")));
  }
}

TEST_F(PublicEdition, AReadingFileThatIsNoneIsRefused) {
  CheckpointOptions options = fitting();
  const fs::path empty = folder_.write("empty.json", "{}");
  options.reading = empty;
  EXPECT_THAT(message_of(weights_, options, ErrorCode::kFormat),
              HasSubstr("has neither 'preprocess' nor 'decode'"));
  const fs::path unknown = folder_.write("unknown.json", R"({"decode": {}, "colour": 1})");
  options.reading = unknown;
  EXPECT_THAT(message_of(weights_, options, ErrorCode::kFormat), HasSubstr("unknown key 'colour'"));
  options.reading = "no-such-file.json";
  EXPECT_THAT(message_of(weights_, options, ErrorCode::kNotFound), HasSubstr("no-such-file.json"));
}

TEST_F(PublicEdition, AProfileThatIsNotThereIsRefusedWithThoseThatAre) {
  CheckpointOptions options;
  options.profile = "nobody";
  EXPECT_THAT(message_of(weights_, options, ErrorCode::kInvalidArgument),
              AllOf(HasSubstr("'nobody'"), HasSubstr("sirius, finetuned, stnpair")));
}

TEST_F(PublicEdition, WhatWasAssumedIsSaid) {
  CheckpointOptions options = fitting();
  EXPECT_THAT(load(options)->description().provenance.at("assumed"),
              AllOf(HasSubstr("profile 'sirius', as no other was named"), HasSubstr("finetuned"),
                    HasSubstr("stnpair (whose transformer would be given with --stn)"),
                    testing::Not(HasSubstr("a78"))));
  options.profile = "stnpair";
  EXPECT_FALSE(load(options)->description().provenance.contains("assumed"));
}

TEST_F(PublicEdition, ProvenanceSaysAProfilesSourceOnlyWhenItWasNamed) {
  CheckpointOptions options = fitting();
  EXPECT_EQ(load(options)->description().provenance.at("license"), "not stated");
  options.profile = "sirius";
  EXPECT_EQ(load(options)->description().provenance.at("license"), "Apache-2.0");
  options.provenance["license"] = "MIT";
  options.provenance["source"] = "here";
  const auto provenance = load(options)->description().provenance;
  EXPECT_EQ(provenance.at("license"), "MIT");
  EXPECT_EQ(provenance.at("source"), "here");
}

TEST_F(PublicEdition, WeightsThatDoNotFitAreNamed) {
  const auto refused = [this](const graph::WeightMap& changed) {
    const fs::path file = folder_.write("changed.safetensors", bytes_of(changed));
    return message_of(file, fitting(), ErrorCode::kInvalidModel);
  };
  graph::WeightMap weights = file_.weights;
  auto kernel = weights.extract("backbone.16.weight");
  EXPECT_THAT(refused(weights), HasSubstr("has no tensor 'backbone.16.weight'"));
  kernel.mapped().shape = *tensor::Shape::checked({12, 3, 4, 1});
  weights.insert(std::move(kernel));
  EXPECT_THAT(refused(weights), AllOf(HasSubstr("'backbone.16.weight' is [12,3,4,1]"),
                                      HasSubstr("expected a kernel of 1x4")));
  weights = file_.weights;
  weights["head.weight"] = weights.at("backbone.0.weight");
  EXPECT_THAT(refused(weights), HasSubstr("tensor 'head.weight' is used by no node"));
  weights = file_.weights;
  weights.at("backbone.5.bias") = weights.at("backbone.0.bias");
  EXPECT_THAT(refused(weights), HasSubstr("node 'backbone.5' (batch_norm)"));
  weights = file_.weights;
  weights.erase("container.0.weight");
  EXPECT_THAT(refused(weights), HasSubstr("neither 'container.0.weight' nor"));
  EXPECT_THAT(refused({{"layer1.weight", weights.at("backbone.0.bias")}}),
              AllOf(HasSubstr("not a known LPRNet"), HasSubstr("'layer1.weight'")));
}

TEST(Checkpoint, APaddedFirstLayerIsThePublicEditionsAlone) {
  const formats::ModelFile file = golden("leaky");
  const TemporaryFolder folder;
  const fs::path weights = folder.write("leaky.safetensors", bytes_of(file.weights));
  CheckpointOptions options = options_of(file).checkpoint;
  options.padded_first_layer = true;
  EXPECT_THAT(message_of(weights, options, ErrorCode::kInvalidArgument),
              HasSubstr("padded first layer"));
}

TEST(Checkpoint, AModelFileTakesNoOptions) {
  const fs::path path = fs::path(LPRNET_SOURCE_DIR) / "tests/golden/models/leaky.safetensors";
  const auto refused = [&path](const CheckpointOptions& options) {
    EXPECT_THAT(message_of(path, options, ErrorCode::kInvalidArgument),
                HasSubstr("is a model file"));
  };
  CheckpointOptions options;
  options.profile = "leaky";
  refused(options);
  options = {};
  options.input_width = 94;
  refused(options);
  options = {};
  options.stn = "stn.pth";
  refused(options);
}

TEST(Checkpoint, WrappersPrefixesOfSafetensorsAreRemovedToo) {
  const formats::ModelFile file = golden("leaky");
  graph::WeightMap wrapped;
  for (const auto& [name, tensor] : file.weights) wrapped.emplace("module." + name, tensor);
  const TemporaryFolder folder;
  const fs::path weights = folder.write("wrapped.safetensors", bytes_of(wrapped));
  expect_logits_of(file, *Model::load(weights, options_of(file)));
}

}  // namespace
}  // namespace lprnet
