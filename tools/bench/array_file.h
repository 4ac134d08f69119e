#pragma once

#include <map>
#include <string>
#include <vector>

namespace bench {

struct Array {
  std::vector<long> shape;
  std::vector<float> values;
};

// Named arrays as lprnet_bench/array_file.py writes them. Throws std::runtime_error.
std::map<std::string, Array> read_arrays(const std::string& path);

}  // namespace bench
