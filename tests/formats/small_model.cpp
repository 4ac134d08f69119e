#include "tests/formats/small_model.h"

#include <memory>

namespace lprnet::formats {

nlohmann::json small_model_json() {
  return nlohmann::json::parse(R"({
    "format": "lprnet.graph", "version": 1, "name": "small",
    "inputs": [{"name": "input", "shape": [1, 3, 4, 4]}],
    "output": "steps",
    "nodes": [
      {"name": "conv", "op": "conv2d", "inputs": ["input"], "weight": "conv.weight",
       "bias": "conv.bias", "stride": [1, 1], "padding": 0, "dilation": [1, 1], "groups": 1},
      {"name": "relu", "op": "relu", "inputs": ["conv"]},
      {"name": "pool", "op": "max_pool2d", "inputs": ["relu"], "kernel_size": [2, 1]},
      {"name": "steps", "op": "mean", "inputs": ["pool"], "dim": 2}
    ],
    "preprocess": {"channel_order": "BGR", "mean": [127.5, 127.5, 127.5],
                   "scale": [0.0078125, 0.0078125, 0.0078125], "resize": "bicubic"},
    "decode": {"alphabet": ["京", "A", "0"], "blank": 3},
    "provenance": {"source": "a test", "license": "Apache-2.0"},
    "self_test": {"input": "test.input", "logits": "test.logits", "origin": "by hand",
                  "tolerance": 1e-4},
    "weights": {"tensors": {
      "conv.weight": {"dtype": "F32", "shape": [4, 3, 1, 1],
                      "data": [1, 0, 0, 0, 1, 0, 0, 0, 1, 0.25, 0.25, 0.5]},
      "conv.bias": {"dtype": "F32", "shape": [4], "data": [0, -1, 0.5, 0]},
      "conv.num_batches_tracked": {"dtype": "I64", "shape": [], "data": [12]},
      "test.input": {"dtype": "F32", "shape": [1, 3, 1, 1], "data": [1, 2, 3]},
      "test.logits": {"dtype": "F32", "shape": [1, 4, 1], "data": [1, 2, 3, 4]}
    }}
  })");
}

std::string container(const std::string& header, const std::string& data) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) {
    bytes.push_back(static_cast<char>((header.size() >> (8 * i)) & 0xFFU));
  }
  return bytes + header + data;
}

base::Bytes bytes_of(const std::string& text) {
  auto kept = std::make_shared<const std::string>(text);
  const auto* data = reinterpret_cast<const std::uint8_t*>(kept->data());
  return {data, text.size(), std::move(kept)};
}

ModelFile parse(const std::string& text, const std::string& name) {
  return parse_model_file(bytes_of(text), std::filesystem::path("no-such-folder") / name);
}

std::optional<Error> refusal(const std::string& text, const std::string& name) {
  try {
    parse(text, name);
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

}  // namespace lprnet::formats
