// Models from bytes in memory: what a file gives, the bytes of that file give too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "base/file_bytes.h"
#include "lprnet/model.hpp"
#include "lprnet/session.hpp"
#include "tests/formats/small_model.h"

namespace lprnet {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const std::filesystem::path kGoldenFolder =
    std::filesystem::path(LPRNET_SOURCE_DIR) / "tests" / "golden";

std::string bytes_in(const std::filesystem::path& path) {
  const base::Bytes bytes = base::read_file(path);
  return {reinterpret_cast<const char*>(bytes.data), bytes.size};
}

std::string error_of(std::string_view bytes, const ModelOptions& options = {}) {
  try {
    Model::parse(bytes, options, "bytes");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::vector<float> answer_of(const std::shared_ptr<const Model>& model) {
  Session session(model);
  std::int64_t size = 1;
  for (const std::int64_t side : model->input_shape()) size *= side;
  std::vector<float> input(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<float>(i % 17) / 17 - 0.5F;
  session.set_input(input.data());
  session.infer();
  std::int64_t count = 1;
  for (const std::int64_t side : model->outputs()[0].shape) count *= side;
  std::vector<float> output(static_cast<std::size_t>(count));
  session.copy_output(output.data());
  return output;
}

TEST(ParsedModel, AnswersAsTheLoadedOne) {
  const auto path = kGoldenFolder / "models" / "padded.safetensors";
  const auto loaded = Model::load(path);
  std::shared_ptr<const Model> parsed;
  {
    const std::string bytes = bytes_in(path);
    parsed = Model::parse(bytes);
  }  // the model does not need the caller's bytes any more
  EXPECT_EQ(parsed->description().name, loaded->description().name);
  EXPECT_EQ(answer_of(parsed), answer_of(loaded));
  EXPECT_TRUE(parsed->verify().passed);
}

// Checkpoints too: those here hold a few tensors of no known network, which both calls refuse
// alike.
TEST(ParsedModel, IsRefusedAsTheLoadedOne) {
  int compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kGoldenFolder / "pth")) {
    if (entry.path().extension() != ".pth") continue;
    const std::string path = entry.path().string();
    try {
      Model::load(path);
      ADD_FAILURE() << path << " is a known network";
    } catch (const Error& error) {
      EXPECT_EQ(error_of(bytes_in(path)), "bytes" + std::string(error.what()).substr(path.size()));
      ++compared;
    }
  }
  EXPECT_GT(compared, 0);
}

TEST(ParsedModel, MessagesNameIt) {
  EXPECT_EQ(error_of("plate"),
            "bytes: is neither a model file (.safetensors, .json) nor a PyTorch checkpoint");
  std::string bytes = bytes_in(kGoldenFolder / "front.safetensors");
  bytes.resize(bytes.size() / 2);
  EXPECT_THAT(error_of(bytes), StartsWith("bytes: "));
}

TEST(ParsedModel, OtherFilesAreCalledByTheirName) {
  using namespace std::string_literals;
  const std::vector<std::pair<std::string, std::string>> files{
      {"", "is empty"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n", "git lfs pull"},
      {"<!DOCTYPE html>\n<html>", "is a web page"},
      {"\n  <HTML><head>", "is a web page"},
      {"\x08\x07\x12\x07pytorch\x1a\x05"
       "1.13.1:",
       "is an ONNX file; tools/export/import_onnx.py"},
      {"\x89HDF\r\n\x1a\n\0\0"s, "is an HDF5 file"},
      {"\x1c\0\0\0TFL3\0"s, "is a TensorFlow Lite file"},
      {"\x1f\x8b\x08", "is a compressed archive; unpack it first"},
      {std::string(257, 'x') + "ustar", "is a compressed archive"},
      {"\x93NUMPY\x01\0"s, "is a NumPy array"},
      {"\x80\x04\x95\x10\0"s, "is a Python pickle that torch.save did not write"}};
  for (const auto& [bytes, message] : files) {
    EXPECT_THAT(error_of(bytes), AllOf(StartsWith("bytes: "), HasSubstr(message)));
  }
}

TEST(ParsedModel, CannotNameAWeightsFile) {
  auto model = formats::small_model_json();
  model["weights"] = {{"file", "weights.safetensors"}};
  EXPECT_THAT(error_of(model.dump()),
              HasSubstr("names a file beside the model, which was given as bytes"));
}

TEST(ParsedModel, IsHeldToTheLimits) {
  const std::string bytes = bytes_in(kGoldenFolder / "front.safetensors");
  ModelOptions options;
  options.limits.file_bytes = static_cast<std::int64_t>(bytes.size()) - 1;
  EXPECT_THAT(error_of(bytes, options), HasSubstr("file_bytes"));
}

TEST(ParsedModel, CutAnywhereIsRefused) {
  auto model = formats::small_model_json();
  for (const char* name : {"test.input", "test.logits"}) model["weights"]["tensors"].erase(name);
  model.erase("self_test");
  const std::string text = model.dump();
  ASSERT_EQ(error_of(text), "no error");
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_THAT(error_of(text.substr(0, size)), StartsWith("bytes: ")) << size;
  }
}

}  // namespace
}  // namespace lprnet
