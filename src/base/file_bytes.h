#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/ledger.h"

namespace lprnet::base {

// Bytes that somebody keeps alive: a part of a file, of a caller's memory, or a buffer of our own.
struct Bytes {
  const std::uint8_t* data = nullptr;
  std::size_t size = 0;
  std::shared_ptr<const void> keeper;  // null when the caller keeps them

  Bytes part(std::size_t offset, std::size_t count) const { return {data + offset, count, keeper}; }
};

inline constexpr std::size_t kHeadBytes = 4096;

// Given a file's first kHeadBytes, or all of a shorter file, before more of it is read and before
// memory is allocated for it; throws to refuse the file.
using CheckHead = std::function<void(std::span<const std::uint8_t> head)>;

// What a reader accepts of a file that it has not read yet.
struct FileLimits {
  static constexpr std::size_t kMaxBytes = std::size_t{1} << 31;

  std::size_t max_bytes = kMaxBytes;
  CheckHead check_head;  // may be empty
};

// The whole file, read into memory once. What has no size, such as a pipe or /dev/stdin, is read to
// its end, at most to the limit; opening a named pipe waits for its writer. Throws Error:
// kNotFound, kIo (a folder, no permission), kLimit, and what `check_head` throws.
Bytes read_file(const std::filesystem::path& path, const FileLimits& limits = {});

// The same of a model's file, whose bytes are counted.
Bytes read_file(const std::filesystem::path& path, const Ledger& ledger,
                const CheckHead& check_head = {});

// The same of an open file, from where it stands; `name` is for messages. Does not close it.
Bytes read_descriptor(int descriptor, const std::string& name, const FileLimits& limits = {});

// A copy of bytes that were given as a model, counted as a file's. Throws Error(kLimit), beginning
// with `name`.
Bytes copy_of(std::string_view bytes, const std::string& name, const Ledger& ledger);

// The whole file or nothing, as OutputFile writes it. Throws Error(kIo).
void write_file(const std::filesystem::path& path, const std::string& bytes);

// The path as UTF-8, for messages.
std::string text_of(const std::filesystem::path& path);

}  // namespace lprnet::base
