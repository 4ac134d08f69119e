#include "array_file.h"

#include <cstdint>
#include <fstream>
#include <stdexcept>

namespace bench {
namespace {

std::uint32_t read_number(std::istream& file) {
  std::uint32_t number = 0;
  file.read(reinterpret_cast<char*>(&number), sizeof number);
  return number;
}

}  // namespace

std::map<std::string, Array> read_arrays(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + ": cannot be read");
  std::map<std::string, Array> arrays;
  while (file.peek() != std::ifstream::traits_type::eof()) {
    std::string name(read_number(file), '\0');
    file.read(name.data(), static_cast<std::streamsize>(name.size()));
    Array& array = arrays[name];
    std::size_t count = 1;
    for (std::uint32_t axis = 0, rank = read_number(file); axis < rank; ++axis) {
      array.shape.push_back(read_number(file));
      count *= static_cast<std::size_t>(array.shape.back());
    }
    array.values.resize(count);
    file.read(reinterpret_cast<char*>(array.values.data()),
              static_cast<std::streamsize>(count * sizeof(float)));
    if (!file) throw std::runtime_error(path + ": is cut off in '" + name + "'");
  }
  return arrays;
}

}  // namespace bench
