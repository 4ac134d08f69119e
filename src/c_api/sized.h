#pragma once

#include <cstddef>
#include <cstdint>

#include "lprnet/lprnet.h"

namespace lprnet::c_api {

// Copies the caller's struct into one of this version's, `size` bytes of zeros. It begins with its
// size, which is at least `least`, that of its first version; members that the caller does not know
// stay 0. `name` is the type's. Throws Error: kInvalidArgument for a size that no version has,
// kUnsupported where a newer caller asks for what this version does not know.
void copy_sized(void* known, std::size_t size, const void* callers, std::size_t least,
                const char* name);

template <typename Struct>
Struct sized(const Struct& callers, std::size_t least, const char* name) {
  Struct known{};
  copy_sized(&known, sizeof known, &callers, least, name);
  return known;
}

// The same for options, which may be NULL: all defaults.
template <typename Struct>
Struct sized_or_default(const Struct* callers, std::size_t least, const char* name) {
  return callers == nullptr ? Struct{} : sized(*callers, least, name);
}

// Sets a limit unless `value` is 0, which stands for the default.
void set_limit(std::int64_t& limit, std::int64_t value, const char* name);

// The number of threads as the C++ interface takes it: 0 for one on each core.
int threads_of(std::int32_t threads) noexcept;

}  // namespace lprnet::c_api
