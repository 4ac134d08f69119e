#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace lprnet::importer {

// The unsigned integer at `bytes`, least significant byte first.
// REQUIRES: sizeof(T) bytes are there.
template <typename T>
T read_little_endian(const std::uint8_t* bytes) {
  static_assert(std::is_unsigned_v<T>);
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
  }
  return static_cast<T>(value);
}

}  // namespace lprnet::importer
