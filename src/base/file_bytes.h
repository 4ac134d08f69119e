#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/ledger.h"

namespace lprnet::base {

// Bytes that somebody keeps alive: a part of a file, of a caller's memory, or a buffer of our own.
struct Bytes {
  const std::uint8_t* data = nullptr;
  std::size_t size = 0;
  std::shared_ptr<const void> keeper;  // null when the caller keeps them

  Bytes part(std::size_t offset, std::size_t count) const { return {data + offset, count, keeper}; }
};

// The whole file, read into memory once. Throws Error: kNotFound, kIo (a folder, no permission,
// over 2 GiB).
Bytes read_file(const std::filesystem::path& path);
// The same of a model's file, whose bytes are counted. Throws Error(kLimit) for one that is too
// large.
Bytes read_file(const std::filesystem::path& path, const Ledger& ledger);

// The whole file or nothing, as OutputFile writes it. Throws Error(kIo).
void write_file(const std::filesystem::path& path, const std::string& bytes);

// The path as UTF-8, for messages.
std::string text_of(const std::filesystem::path& path);

}  // namespace lprnet::base
