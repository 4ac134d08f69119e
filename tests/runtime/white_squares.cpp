#include "tests/runtime/white_squares.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/temporary_folder.h"

namespace lprnet::test {

std::string white_squares_json(bool second_look) {
  // The heat is 10 times the cell's mean, -1 for black and 1 for white, less 10 times that of its
  // eight neighbours, less 15.
  constexpr std::size_t kSide = 24;
  std::vector<double> weight(10 * 3 * kSide * kSide, 0.0);
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t y = 0; y < kSide; ++y) {
      for (std::size_t x = 0; x < kSide; ++x) {
        const bool middle = x >= 8 && x < 16 && y >= 8 && y < 16;
        weight[(c * kSide + y) * kSide + x] = middle ? 10.0 / (3 * 64) : -10.0 / (3 * 512);
      }
    }
  }
  // One line; corners 12 and 4 pixels from the centre, in units of 4 * 8 pixels.
  const std::vector<double> bias{-15,    -1,    -0.375, -0.125, 0.375,
                                 -0.125, 0.375, 0.125,  -0.375, 0.125};
  nlohmann::json json = nlohmann::json::parse(R"({
    "format": "lprnet.graph", "version": 2, "requires": ["detect"], "name": "white squares",
    "inputs": [{"name": "input", "shape": [1, 3, 64, 96]}], "output": "cells",
    "nodes": [
      {"name": "map", "op": "conv2d", "inputs": ["input"], "weight": "weight", "bias": "bias",
       "stride": 8, "padding": 8},
      {"name": "cells", "op": "flatten", "inputs": ["map"], "start_dim": 2}],
    "preprocess": {"channel_order": "BGR", "mean": [127.5, 127.5, 127.5],
                   "scale": [0.0078431373, 0.0078431373, 0.0078431373], "resize": "bilinear"},
    "detect": {"multiple": 32, "maps": [{"stride": 8, "smallest": 8, "largest": 40}], "reach": 4,
               "least_confidence": 0.5, "most_overlap": 0.25, "border": 0}
  })");
  if (second_look) {
    json["detect"]["second_look"] = nlohmann::json::parse(R"({
      "width": 96, "height": 64, "plate_sizes": [48], "largest_zoom": 4, "first_confidence": 0.3, "least_confidence": 0.01,
      "least_overlap": 0.2})");
  }
  json["weights"]["tensors"]["weight"] = {
      {"dtype", "F32"}, {"shape", {10, 3, kSide, kSide}}, {"data", weight}};
  json["weights"]["tensors"]["bias"] = {{"dtype", "F32"}, {"shape", {10}}, {"data", bias}};
  return json.dump();
}

std::shared_ptr<const Model> white_squares(bool second_look) {
  const TemporaryFolder folder;
  return Model::load(folder.write("detector.json", white_squares_json(second_look)));
}

std::shared_ptr<const Model> white_reader() {
  const TemporaryFolder folder;
  return Model::load(folder.write("reader.json", R"({
    "format": "lprnet.graph", "version": 1, "name": "white",
    "inputs": [{"name": "input", "shape": [1, 3, 8, 24]}], "output": "logits",
    "nodes": [
      {"name": "pixels", "op": "conv2d", "inputs": ["input"], "weight": "weight", "bias": "bias"},
      {"name": "middle", "op": "slice", "inputs": ["pixels"], "dim": 3, "start": 11, "end": 13},
      {"name": "logits", "op": "mean", "inputs": ["middle"], "dim": 2}],
    "preprocess": {"channel_order": "BGR", "mean": [0, 0, 0],
                   "scale": [0.00392156862, 0.00392156862, 0.00392156862], "resize": "bilinear"},
    "decode": {"alphabet": ["W"], "blank": 1},
    "weights": {"tensors": {
      "weight": {"dtype": "F32", "shape": [2, 3, 1, 1], "data": [4, 4, 4, 0, 0, 0]},
      "bias": {"dtype": "F32", "shape": [2], "data": [-6, 0]}}}
  })"));
}

Image black_picture(int width, int height, const std::vector<Place>& squares, int size) {
  Image image(width, height);
  for (const Place& place : squares) {
    for (int y = place.y; y < place.y + size; ++y) {
      for (int x = place.x * 3; x < (place.x + size) * 3; ++x) {
        image.data()[y * width * 3 + x] = 255;
      }
    }
  }
  return image;
}

}  // namespace lprnet::test
