#pragma once

#include "lprnet/error.hpp"
#include "lprnet/lprnet.h"

namespace lprnet::c_api {

// Keeps the text of the exception that is being handled for lprnet_last_error() and returns its
// status. REQUIRES: called from a handler.
lprnet_status status_of_current_exception() noexcept;

// Throws Error with a message as printf() writes it, cut at 511 bytes: for numbers and our own
// names. Takes a tenth of the code that strings put together take.
[[noreturn]] __attribute__((format(printf, 2, 3))) void fail(ErrorCode code, const char* format,
                                                             ...);
// Throws Error(kInvalidArgument): `name` is NULL.
[[noreturn]] void refuse_null(const char* name);

// Throws Error(kInvalidArgument) for null.
inline void require(const void* pointer, const char* name) {
  if (pointer == nullptr) refuse_null(name);
}

// The object behind a pointer of the caller. Throws Error(kInvalidArgument) for null.
template <typename Object>
const Object& required(const Object* object, const char* name) {
  require(object, name);
  return *object;
}

// Calls `work`, which makes an object, and gives it to the caller through `*result`, which is null
// when anything fails. No exception passes.
template <typename Object, typename Work>
lprnet_status guarded(Object** result, const char* result_name, const Work& work) noexcept {
  if (result != nullptr) *result = nullptr;
  try {
    require(result, result_name);
    *result = work();
    return LPRNET_OK;
  } catch (...) {
    return status_of_current_exception();
  }
}

}  // namespace lprnet::c_api
