#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file_bytes.h"

namespace lprnet::test {

// A float32 array as numpy.save writes it, row-major.
struct NumpyArray {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

// Both throw std::runtime_error for anything else.
NumpyArray parse_npy(const base::Bytes& bytes);
// One array of numpy.savez.
NumpyArray read_npz(const std::filesystem::path& path, const std::string& name);

}  // namespace lprnet::test
