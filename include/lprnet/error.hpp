#pragma once

#include <stdexcept>
#include <string>

#include "lprnet/export.hpp"

namespace lprnet {

// What went wrong, for programs; `Error::what()` says it for people.
enum class ErrorCode {
  kNotFound,         // a file or folder does not exist
  kIo,               // it exists, but cannot be read or written
  kFormat,           // its bytes are not what the format says
  kUnsupported,      // well-formed, but outside what this build or version can do
  kInvalidModel,     // a graph or its weights do not fit together
  kInvalidImage,     // the image's bytes cannot be decoded
  kInvalidArgument,  // the caller's argument
  kLimit,            // a model or picture that costs more than the host allows
};

// The only exception type that the library throws on purpose; std::bad_alloc can pass too. Thrown
// on cold paths alone: loading, decoding a file, checking an argument. The message names the file
// and node, what was found and what was expected.
class LPRNET_API Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace lprnet
