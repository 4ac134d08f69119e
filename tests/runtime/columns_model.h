#pragma once

#include <nlohmann/json.hpp>

namespace lprnet::test {

// Four columns: a bright one is an A, a dark one the blank, and a grey one either.
inline nlohmann::json four_columns() {
  return nlohmann::json::parse(R"({
    "format": "lprnet.graph", "version": 2, "requires": [], "name": "columns",
    "inputs": [{"name": "input", "shape": [1, 1, 1, 4]}],
    "output": "logits",
    "nodes": [{"name": "dark", "op": "mul", "inputs": ["input"], "other": -1},
              {"name": "both", "op": "concat", "inputs": ["input", "dark"], "dim": 1},
              {"name": "logits", "op": "reshape", "inputs": ["both"], "shape": [1, 2, 4]}],
    "preprocess": {"channel_order": "GRAY", "mean": [127.5], "scale": [0.05], "resize": "bilinear"},
    "decode": {"alphabet": ["A"], "blank": 1},
    "weights": {"tensors": {}}
  })");
}

}  // namespace lprnet::test
