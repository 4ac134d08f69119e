#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "lprnet/error.hpp"

namespace lprnet::c_api {

// The caller's struct as this version knows it. It begins with its size, which is at least `least`,
// that of its first version; members that the caller does not know are 0. `name` is the type's.
// Throws Error: kInvalidArgument for a size that none of the versions has, kUnsupported where a
// newer caller asks for what this version does not know.
template <typename Struct>
Struct sized(const Struct& callers, std::size_t least, const char* name) {
  constexpr std::size_t kMost = 4096;  // no version comes near it, a size that was never set may
  const std::size_t size = callers.size;
  if (size < least || size > kMost) {
    throw Error(ErrorCode::kInvalidArgument, std::string(name) + ": size is " +
                                                 std::to_string(size) + ", expected sizeof(" +
                                                 name + "), " + std::to_string(sizeof(Struct)));
  }
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&callers);
  for (std::size_t i = sizeof(Struct); i < size; ++i) {
    if (bytes[i] != 0) {
      throw Error(ErrorCode::kUnsupported,
                  std::string(name) + ": asks for something that this version of the library, " +
                      LPRNET_VERSION_STRING + ", does not know; leave new members 0");
    }
  }
  Struct known{};
  std::memcpy(&known, bytes, std::min(size, sizeof(Struct)));
  return known;
}

// The same for options, which may be NULL: all defaults.
template <typename Struct>
Struct sized_or_default(const Struct* callers, std::size_t least, const char* name) {
  return callers == nullptr ? Struct{} : sized(*callers, least, name);
}

// Sets a limit unless `value` is 0, which stands for the default.
inline void set_limit(std::int64_t& limit, std::int64_t value, const char* name) {
  if (value < 0) {
    throw Error(ErrorCode::kInvalidArgument, std::string(name) + ": is " + std::to_string(value) +
                                                 ", expected at least 1, or 0 for the default");
  }
  if (value != 0) limit = value;
}

}  // namespace lprnet::c_api
