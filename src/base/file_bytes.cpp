#include "base/file_bytes.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>
#include <utility>

#include "base/error_text.h"
#include "lprnet/output_file.hpp"

namespace lprnet::base {
namespace {

constexpr std::size_t kMaxFileSize = std::size_t{1} << 31;

// Throws when the file has so many bytes that it must not be read.
using ExpectSize = std::function<void(std::uintmax_t)>;

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

Bytes read(const std::filesystem::path& path, const ExpectSize& expect_size) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    fail(ErrorCode::kNotFound, text_of(path), ": no such file");
  }
  if (std::filesystem::is_directory(status)) {
    fail(ErrorCode::kIo, text_of(path), ": is a folder, expected a file");
  }
  File file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) fail(ErrorCode::kIo, text_of(path), ": ", std::strerror(errno));

  // A regular file is read in one piece; what has no size (a pipe) grows by doubling.
  const auto known = std::filesystem::is_regular_file(status)
                         ? std::filesystem::file_size(path, error)
                         : std::uintmax_t{0};
  if (!error) expect_size(known);
  // One byte more than the size shows the end of the file without a second read.
  std::size_t capacity = error || known == 0 ? 65536 : static_cast<std::size_t>(known) + 1;
  auto buffer = std::make_shared_for_overwrite<std::uint8_t[]>(capacity);
  std::size_t size = 0;
  for (;;) {
    size += std::fread(buffer.get() + size, 1, capacity - size, file.get());
    if (std::ferror(file.get()) != 0)
      fail(ErrorCode::kIo, text_of(path), ": ", std::strerror(errno));
    if (size < capacity) break;
    expect_size(size);
    capacity *= 2;
    auto larger = std::make_shared_for_overwrite<std::uint8_t[]>(capacity);
    std::memcpy(larger.get(), buffer.get(), size);
    buffer = std::move(larger);
  }
  const std::uint8_t* data = buffer.get();
  return {data, size, std::move(buffer)};
}

}  // namespace

std::string text_of(const std::filesystem::path& path) {
  const auto text = path.u8string();
  return {text.begin(), text.end()};
}

Bytes read_file(const std::filesystem::path& path) {
  return read(path, [&path](std::uintmax_t size) {
    if (size <= kMaxFileSize) return;
    fail(ErrorCode::kIo, text_of(path), ": is ", size, " bytes or more, the limit is ",
         kMaxFileSize);
  });
}

Bytes read_file(const std::filesystem::path& path, const Ledger& ledger) {
  Bytes bytes = read(path, [&path, &ledger](std::uintmax_t size) {
    const auto found = static_cast<std::int64_t>(size);
    expect_within(ledger.limits(), &Limits::file_bytes, found, text_of(path));
    if (!ledger.has(found)) ledger.take(found, text_of(path));
  });
  expect_within(ledger.limits(), &Limits::file_bytes, static_cast<std::int64_t>(bytes.size),
                text_of(path));
  ledger.take(static_cast<std::int64_t>(bytes.size), text_of(path));
  return bytes;
}

void write_file(const std::filesystem::path& path, const std::string& bytes) {
  OutputFile file(path);
  file.write(bytes);
  file.finish();
}

}  // namespace lprnet::base
