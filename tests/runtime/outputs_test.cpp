// Networks with several outputs.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "lprnet/error.hpp"
#include "lprnet/model.hpp"
#include "lprnet/session.hpp"
#include "tests/temporary_folder.h"

namespace lprnet {
namespace {

// A convolution that doubles, its value and what ReLU makes of it: were the ReLU fused or in place,
// the first output would be gone. The third is the second under another name.
constexpr const char* kModel = R"({
  "format": "lprnet.graph", "version": 2, "requires": ["outputs"], "name": "two",
  "inputs": [{"name": "x", "shape": [1, 1, 1, 3]}],
  "outputs": [{"name": "before", "value": "double"}, {"name": "after", "value": "act"},
              {"name": "again", "value": "act"}],
  "nodes": [
    {"name": "double", "op": "conv2d", "inputs": ["x"], "weight": "w"},
    {"name": "act", "op": "relu", "inputs": ["double"]},
    {"name": "unused", "op": "tanh", "inputs": ["act"]}],
  "weights": {"tensors": {"w": {"dtype": "F32", "shape": [1, 1, 1, 1], "data": [2]}}}})";

std::vector<float> answer(Session& session, std::size_t index) {
  std::vector<float> values(3);
  session.copy_output(values.data(), index);
  return values;
}

TEST(Outputs, AreAllThereAfterARun) {
  const test::TemporaryFolder folder;
  const auto path = folder.write("two.json", kModel);
  for (const std::string& isa : Model::instruction_sets()) {
    for (const bool optimize : {false, true}) {
      const auto model = Model::load(path, {isa, optimize});
      ASSERT_EQ(model->outputs().size(), 3U);
      EXPECT_EQ(model->outputs()[1].name, "after");
      EXPECT_EQ(model->outputs()[1].shape, (std::vector<std::int64_t>{1, 1, 1, 3}));
      Session session(model);
      const std::vector<float> input{-1, 0.5F, 3};
      session.set_input(input.data());
      session.infer();
      EXPECT_EQ(answer(session, 0), (std::vector<float>{-2, 1, 6})) << isa;
      EXPECT_EQ(answer(session, 1), (std::vector<float>{0, 1, 6})) << isa;
      EXPECT_EQ(answer(session, 2), answer(session, 1)) << isa;
    }
  }
}

TEST(Outputs, AreAllInTheSelfTest) {
  const test::TemporaryFolder folder;
  const auto saved = folder.path() / "two.safetensors";
  Model::load(folder.write("two.json", kModel))->save(saved);
  const auto model = Model::load(saved);
  EXPECT_EQ(model->outputs()[2].name, "again");
  EXPECT_TRUE(model->verify().passed);
}

TEST(Outputs, NamesMayNotRepeat) {
  const test::TemporaryFolder folder;
  std::string text = kModel;
  text.replace(text.find("\"again\""), 7, "\"after\"");
  try {
    Model::load(folder.write("two.json", text));
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidModel);
    EXPECT_NE(std::string(error.what()).find("two outputs are named 'after'"), std::string::npos);
  }
}

}  // namespace
}  // namespace lprnet
