#include "tests/runtime/numpy_file.h"

#include <cstring>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "import/zip.h"

namespace lprnet::test {

NumpyArray parse_npy(const base::Bytes& bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data), bytes.size);
  if (text.size() < 10 || text.substr(0, 7) != "\x93NUMPY\x01") {
    throw std::runtime_error("not a .npy file of version 1");
  }
  const std::size_t size = bytes.data[8] + 256U * bytes.data[9];
  const std::string header(text.substr(10, size));
  if (header.find("'descr': '<f4', 'fortran_order': False") == std::string::npos) {
    throw std::runtime_error("not row-major float32: " + header);
  }
  NumpyArray array;
  std::istringstream dims(header.substr(header.find('(') + 1));
  std::size_t count = 1;
  for (std::int64_t dim = 0; dims >> dim; dims.ignore(1, ',')) {
    array.shape.push_back(dim);
    count *= static_cast<std::size_t>(dim);
  }
  if (bytes.size != 10 + size + count * sizeof(float)) throw std::runtime_error("cut .npy file");
  array.values.resize(count);
  std::memcpy(array.values.data(), bytes.data + 10 + size, count * sizeof(float));
  return array;
}

NumpyArray read_npz(const std::filesystem::path& path, const std::string& name) {
  return parse_npy(
      importer::read_zip(base::read_file(path), base::text_of(path)).at(name + ".npy"));
}

}  // namespace lprnet::test
