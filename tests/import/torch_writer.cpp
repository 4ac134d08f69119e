#include "tests/import/torch_writer.h"

#include <algorithm>
#include <cstring>

namespace lprnet::test {
namespace pickled {
namespace {

std::string joined(const std::vector<std::string>& values) {
  std::string all;
  for (const std::string& value : values) all += value;
  return all;
}

}  // namespace

std::string none() { return "N"; }

std::string boolean(bool value) { return value ? "\x88" : "\x89"; }

std::string integer(std::int64_t value) {
  return "\x8a\x08" + little_endian(static_cast<std::uint64_t>(value), 8);
}

std::string real(double value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  std::string bytes = little_endian(bits, 8);
  std::reverse(bytes.begin(), bytes.end());
  return "G" + bytes;
}

std::string text(std::string_view value) {
  return "X" + little_endian(value.size(), 4) + std::string(value);
}

std::string tuple(const std::vector<std::string>& values) { return "(" + joined(values) + "t"; }

std::string list(const std::vector<std::string>& values) { return "](" + joined(values) + "e"; }

std::string dict(const std::vector<std::pair<std::string, std::string>>& items) {
  std::string all = "}(";
  for (const auto& [key, value] : items) all += text(key) + value;
  return all + "u";
}

std::string global(std::string_view module, std::string_view name) {
  return std::string("c").append(module).append("\n").append(name).append("\n");
}

std::string call(const std::string& function, const std::vector<std::string>& arguments) {
  return function + tuple(arguments) + "R";
}

std::string object(const std::string& type,
                   const std::vector<std::pair<std::string, std::string>>& attributes) {
  return type + ")\x81" + dict(attributes) + "b";
}

std::string numbers(const std::vector<std::int64_t>& values) {
  std::vector<std::string> pieces;
  for (const std::int64_t value : values) pieces.push_back(integer(value));
  return tuple(pieces);
}

std::string storage(std::string_view type, std::string_view key, std::int64_t count,
                    std::string_view device, const std::vector<std::string>& more) {
  std::vector<std::string> parts{text("storage"), global("torch", type), text(key), text(device),
                                 integer(count)};
  parts.insert(parts.end(), more.begin(), more.end());
  return tuple(parts) + "Q";
}

std::string tensor(const std::string& storage, std::int64_t offset,
                   const std::vector<std::int64_t>& shape,
                   const std::vector<std::int64_t>& strides) {
  return call(global("torch._utils", "_rebuild_tensor_v2"),
              {storage, integer(offset), numbers(shape), numbers(strides), boolean(false),
               call(global("collections", "OrderedDict"), {})});
}

std::string whole(const std::string& value) { return "\x80\x02" + value + "."; }

}  // namespace pickled

std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i, value >>= 8) text.push_back(static_cast<char>(value & 0xFFU));
  return text;
}

std::string zip_file(const Entries& entries) {
  std::string file;
  std::string directory;
  for (const auto& [name, data] : entries) {
    const std::string sizes = little_endian(0, 4) + little_endian(data.size(), 4) +
                              little_endian(data.size(), 4) + little_endian(name.size(), 2) +
                              little_endian(0, 2);
    directory += "PK\x01\x02" + little_endian(0, 12) + sizes + little_endian(0, 10) +
                 little_endian(file.size(), 4) + name;
    file += "PK\x03\x04" + little_endian(0, 10) + sizes + name + data;
  }
  const std::string end = "PK\x05\x06" + little_endian(0, 4) + little_endian(entries.size(), 2) +
                          little_endian(entries.size(), 2) + little_endian(directory.size(), 4) +
                          little_endian(file.size(), 4) + little_endian(0, 2);
  return file + directory + end;
}

std::string torch_zip(const std::string& value, const std::vector<Storage>& storages,
                      const std::string& byte_order) {
  Entries entries{{"any name/data.pkl", pickled::whole(value)}, {"any name/byteorder", byte_order}};
  for (const Storage& storage : storages) {
    entries.emplace_back("any name/data/" + storage.key, storage.bytes);
  }
  entries.emplace_back("any name/version", "3\n");
  return zip_file(entries);
}

std::string torch_stream(const std::string& value, const std::vector<Storage>& storages) {
  using namespace std::string_literals;
  std::vector<std::string> keys;
  std::string data;
  for (const Storage& storage : storages) {
    keys.push_back(pickled::text(storage.key));
    data += little_endian(storage.count, 8) + storage.bytes;
  }
  return pickled::whole("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"s) +
         pickled::whole(pickled::integer(1001)) +
         pickled::whole(pickled::dict({{"little_endian", pickled::boolean(true)}})) +
         pickled::whole(value) + pickled::whole(pickled::list(keys)) + data;
}

}  // namespace lprnet::test
