#include "base/file_bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <system_error>
#include <utility>

#include "base/error_text.h"
#include "lprnet/output_file.hpp"

namespace lprnet::base {
namespace {

constexpr std::size_t kFirstCapacity = 65536;  // of what has no size; grows by doubling

struct Descriptor {
  int number;

  explicit Descriptor(int opened) : number(opened) {}
  ~Descriptor() {
    if (number >= 0) close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
};

// Of a regular file; 0 of what has no size, or may have another one than it says, as in /proc.
std::uintmax_t size_left(int descriptor, const std::string& name) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0)
    fail(ErrorCode::kIo, name, ": ", std::generic_category().message(errno));
  if (S_ISDIR(status.st_mode)) fail(ErrorCode::kIo, name, ": is a folder, expected a file");
  if (!S_ISREG(status.st_mode)) return 0;
  const off_t position = std::max<off_t>(lseek(descriptor, 0, SEEK_CUR), 0);
  return static_cast<std::uintmax_t>(std::max<off_t>(status.st_size - position, 0));
}

// Less than `out` holds at the end of the file alone.
std::size_t read_up_to(int descriptor, std::span<std::uint8_t> out, const std::string& name) {
  std::size_t size = 0;
  while (size < out.size()) {
    const ssize_t count = read(descriptor, out.data() + size, out.size() - size);
    if (count == 0) break;
    if (count > 0) {
      size += static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      fail(ErrorCode::kIo, name, ": ", std::generic_category().message(errno));
    }
  }
  return size;
}

// Throws when the file has so many bytes that it must not be read.
using ExpectSize = std::function<void(std::uintmax_t)>;

Bytes read(int descriptor, const std::string& name, const ExpectSize& expect_size,
           const CheckHead& check_head) {
  const std::uintmax_t known = size_left(descriptor, name);
  expect_size(known);
  std::array<std::uint8_t, kHeadBytes> head;
  std::size_t size = 0;
  if (check_head) {
    size = read_up_to(descriptor, head, name);
    check_head({head.data(), size});
  }
  // One byte more than the size shows the end of the file without a second read.
  std::size_t capacity = known == 0 ? kFirstCapacity : static_cast<std::size_t>(known) + 1;
  capacity = std::max(capacity, size + 1);
  auto buffer = std::make_shared_for_overwrite<std::uint8_t[]>(capacity);
  std::memcpy(buffer.get(), head.data(), size);
  for (;;) {
    size += read_up_to(descriptor, {buffer.get() + size, capacity - size}, name);
    expect_size(size);
    if (size < capacity) break;
    capacity *= 2;
    auto larger = std::make_shared_for_overwrite<std::uint8_t[]>(capacity);
    std::memcpy(larger.get(), buffer.get(), size);
    buffer = std::move(larger);
  }
  const std::uint8_t* data = buffer.get();
  return {data, size, std::move(buffer)};
}

Bytes read(const std::filesystem::path& path, const ExpectSize& expect_size,
           const CheckHead& check_head) {
  const std::string name = text_of(path);
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number < 0) {
    if (errno == ENOENT || errno == ENOTDIR) fail(ErrorCode::kNotFound, name, ": no such file");
    fail(ErrorCode::kIo, name, ": ", std::generic_category().message(errno));
  }
  return read(file.number, name, expect_size, check_head);
}

ExpectSize at_most(std::size_t max_bytes, const std::string& name) {
  return [max_bytes, &name](std::uintmax_t size) {
    if (size <= max_bytes) return;
    fail(ErrorCode::kLimit, name, ": is ", size, " bytes or more, the limit is ", max_bytes);
  };
}

}  // namespace

std::string text_of(const std::filesystem::path& path) {
  const auto text = path.u8string();
  return {text.begin(), text.end()};
}

Bytes read_file(const std::filesystem::path& path, const FileLimits& limits) {
  const std::string name = text_of(path);
  return read(path, at_most(limits.max_bytes, name), limits.check_head);
}

Bytes read_descriptor(int descriptor, const std::string& name, const FileLimits& limits) {
  return read(descriptor, name, at_most(limits.max_bytes, name), limits.check_head);
}

Bytes read_file(const std::filesystem::path& path, const Ledger& ledger,
                const CheckHead& check_head) {
  const std::string name = text_of(path);
  const auto expect_size = [&](std::uintmax_t size) {
    const auto found = static_cast<std::int64_t>(size);
    expect_within(ledger.limits(), &Limits::file_bytes, found, name);
    if (!ledger.has(found)) ledger.take(found, name);
  };
  Bytes bytes = read(path, expect_size, check_head);
  ledger.take(static_cast<std::int64_t>(bytes.size), name);
  return bytes;
}

Bytes copy_of(std::string_view bytes, const std::string& name, const Ledger& ledger) {
  const auto size = static_cast<std::int64_t>(bytes.size());
  expect_within(ledger.limits(), &Limits::file_bytes, size, name);
  ledger.take(size, name);
  auto copy = std::make_shared_for_overwrite<std::uint8_t[]>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), copy.get());
  const std::uint8_t* data = copy.get();
  return {data, bytes.size(), std::move(copy)};
}

void write_file(const std::filesystem::path& path, const std::string& bytes) {
  OutputFile file(path);
  file.write(bytes);
  file.finish();
}

}  // namespace lprnet::base
