#include "c_api/status.h"

#include <pthread.h>

#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>

#include "lprnet/error.hpp"

namespace lprnet::c_api {
namespace {

constexpr const char* kNoMemory = "no memory is left";

void free_text(void* text) {
  if (text != kNoMemory) std::free(text);
}

// Each thread's error text: kNoMemory or from malloc. A thread_local would end the program where no
// memory is left for the list of its destructors.
class LastErrors {
 public:
  LastErrors() noexcept : is_made_(pthread_key_create(&key_, free_text) == 0) {}
  ~LastErrors() {
    if (!is_made_) return;
    free_text(pthread_getspecific(key_));
    pthread_key_delete(key_);
  }
  LastErrors(const LastErrors&) = delete;
  LastErrors& operator=(const LastErrors&) = delete;

  // The calling thread's; null when nothing has failed in it.
  const char* text() const noexcept {
    return is_made_ ? static_cast<const char*>(pthread_getspecific(key_)) : nullptr;
  }
  // Copies the text.
  void set(const char* text) noexcept {
    if (!is_made_) return;
    free_text(pthread_getspecific(key_));
    const std::size_t size = std::strlen(text) + 1;
    void* const copy = text == kNoMemory ? nullptr : std::malloc(size);
    if (copy != nullptr) std::memcpy(copy, text, size);
    // A key's first value may need memory too; then there is no text.
    if (pthread_setspecific(key_, copy == nullptr ? kNoMemory : copy) != 0) std::free(copy);
  }

 private:
  pthread_key_t key_{};
  const bool is_made_;
};

LastErrors& last_errors() noexcept {
  static LastErrors errors;
  return errors;
}

lprnet_status status_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kNotFound:
      return LPRNET_NOT_FOUND;
    case ErrorCode::kIo:
      return LPRNET_IO;
    case ErrorCode::kFormat:
      return LPRNET_FORMAT;
    case ErrorCode::kUnsupported:
      return LPRNET_UNSUPPORTED;
    case ErrorCode::kInvalidModel:
      return LPRNET_INVALID_MODEL;
    case ErrorCode::kInvalidImage:
      return LPRNET_INVALID_PICTURE;
    case ErrorCode::kInvalidArgument:
      return LPRNET_INVALID_ARGUMENT;
    case ErrorCode::kLimit:
      return LPRNET_LIMIT;
  }
  return LPRNET_INTERNAL;
}

}  // namespace

lprnet_status status_of_current_exception() noexcept {
  try {
    throw;
  } catch (const Error& error) {
    last_errors().set(error.what());
    return status_of(error.code());
  } catch (const std::bad_alloc&) {
    last_errors().set(kNoMemory);
    return LPRNET_NO_MEMORY;
  } catch (const std::exception& error) {
    last_errors().set(error.what());
  } catch (...) {
    last_errors().set("an exception of an unknown type");
  }
  return LPRNET_INTERNAL;
}

void fail(ErrorCode code, const char* format, ...) {
  char message[512];
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  throw Error(code, message);
}

void refuse_null(const char* name) { fail(ErrorCode::kInvalidArgument, "%s: is NULL", name); }

}  // namespace lprnet::c_api

const char* lprnet_version() { return LPRNET_VERSION_STRING; }

const char* lprnet_last_error() {
  const char* const text = lprnet::c_api::last_errors().text();
  return text == nullptr ? "" : text;
}

const char* lprnet_status_name(int status) {
  switch (status) {
    case LPRNET_OK:
      return "ok";
    case LPRNET_NOT_FOUND:
      return "not found";
    case LPRNET_IO:
      return "cannot be read";
    case LPRNET_FORMAT:
      return "wrong format";
    case LPRNET_UNSUPPORTED:
      return "unsupported";
    case LPRNET_INVALID_MODEL:
      return "invalid model";
    case LPRNET_INVALID_PICTURE:
      return "invalid picture";
    case LPRNET_INVALID_ARGUMENT:
      return "invalid argument";
    case LPRNET_LIMIT:
      return "beyond a limit";
    case LPRNET_NO_MEMORY:
      return "no memory";
    case LPRNET_INTERNAL:
      return "internal error";
  }
  return "unknown status";
}
