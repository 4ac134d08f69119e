#pragma once

#include <exception>
#include <string>

#include "lprnet/error.hpp"
#include "lprnet/lprnet.h"

namespace lprnet::c_api {

// Keeps the text of the exception that is being handled for lprnet_last_error() and returns its
// status. REQUIRES: called from a handler.
lprnet_status status_of_current_exception() noexcept;

// Calls `work`, which makes an object, and gives it to the caller through `*result`, which is null
// when anything fails. No exception passes.
template <typename Object, typename Work>
lprnet_status guarded(Object** result, const char* result_name, const Work& work) noexcept {
  if (result != nullptr) *result = nullptr;
  try {
    if (result == nullptr) {
      throw Error(ErrorCode::kInvalidArgument,
                  std::string(result_name) + ": is NULL, expected a place for the result");
    }
    *result = work();
    return LPRNET_OK;
  } catch (...) {
    return status_of_current_exception();
  }
}

// Throws Error(kInvalidArgument) for NULL.
template <typename Object>
const Object& required(const Object* object, const char* name) {
  if (object == nullptr) {
    throw Error(ErrorCode::kInvalidArgument, std::string(name) + ": is NULL");
  }
  return *object;
}

}  // namespace lprnet::c_api
