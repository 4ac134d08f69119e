#include "c_api/sized.h"

#include <algorithm>
#include <cinttypes>
#include <cstring>

#include "c_api/status.h"
#include "lprnet/error.hpp"

namespace lprnet::c_api {

void copy_sized(void* known, std::size_t size, const void* callers, std::size_t least,
                const char* name) {
  constexpr std::size_t kMost = 4096;  // no version comes near it, a size that was never set may
  std::size_t given = 0;
  std::memcpy(&given, callers, sizeof given);
  if (given < least || given > kMost) {
    fail(ErrorCode::kInvalidArgument, "%s: size is %zu, expected sizeof(%s), %zu", name, given,
         name, size);
  }
  const auto* bytes = static_cast<const std::uint8_t*>(callers);
  const bool asks_for_more = std::any_of(bytes + std::min(size, given), bytes + given,
                                         [](std::uint8_t byte) { return byte != 0; });
  if (asks_for_more) {
    fail(ErrorCode::kUnsupported,
         "%s: asks for something that this version of the library, %s, does not know; leave new "
         "members 0",
         name, LPRNET_VERSION_STRING);
  }
  std::memcpy(known, bytes, std::min(size, given));
}

void set_limit(std::int64_t& limit, std::int64_t value, const char* name) {
  if (value < 0) {
    fail(ErrorCode::kInvalidArgument,
         "%s: is %" PRId64 ", expected at least 1, or 0 for the default", name, value);
  }
  if (value != 0) limit = value;
}

int threads_of(std::int32_t threads) noexcept {
  if (threads == 0) return 1;
  return threads == LPRNET_ALL_CORES ? 0 : threads;
}

}  // namespace lprnet::c_api
