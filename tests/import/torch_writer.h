#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lprnet::test {

// Pieces of pickles, protocol 2, as byte strings: each pushes one value.
namespace pickled {

std::string none();
std::string boolean(bool value);
std::string integer(std::int64_t value);
std::string real(double value);
std::string text(std::string_view value);
std::string tuple(const std::vector<std::string>& values);
std::string list(const std::vector<std::string>& values);
std::string dict(const std::vector<std::pair<std::string, std::string>>& items);  // keys are texts
std::string global(std::string_view module, std::string_view name);
std::string call(const std::string& function, const std::vector<std::string>& arguments);
// An instance without arguments of a class, with its attributes.
std::string object(const std::string& type,
                   const std::vector<std::pair<std::string, std::string>>& attributes);

std::string numbers(const std::vector<std::int64_t>& values);  // a tuple
// "torch.<type>" under the key, on the device; `more` follows in the tuple, as in the old stream.
std::string storage(std::string_view type, std::string_view key, std::int64_t count,
                    std::string_view device = "cpu", const std::vector<std::string>& more = {});
std::string tensor(const std::string& storage, std::int64_t offset,
                   const std::vector<std::int64_t>& shape,
                   const std::vector<std::int64_t>& strides);
// The pickle that leaves this value.
std::string whole(const std::string& value);

}  // namespace pickled

using Entries = std::vector<std::pair<std::string, std::string>>;  // names and bytes

std::string little_endian(std::uint64_t value, int bytes);
// A zip file of stored entries.
std::string zip_file(const Entries& entries);

struct Storage {
  std::string key;
  std::uint64_t count;
  std::string bytes;
};
// The files of torch.save around a pickled value.
std::string torch_zip(const std::string& value, const std::vector<Storage>& storages,
                      const std::string& byte_order = "little");
std::string torch_stream(const std::string& value, const std::vector<Storage>& storages);

// The elements' bytes, least significant first.
template <typename T>
std::string bytes_of(const std::vector<T>& values) {
  std::string bytes;
  for (const T& value : values) bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  return bytes;
}

}  // namespace lprnet::test
