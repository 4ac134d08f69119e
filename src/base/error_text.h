#pragma once

#include <sstream>
#include <string>

#include "lprnet/error.hpp"

namespace lprnet::base {

// The arguments written one after the other, as operator<< writes them.
template <typename... Parts>
std::string cat(const Parts&... parts) {
  std::ostringstream out;
  out.exceptions(std::ios::badbit);  // want of memory, which a stream swallows
  (out << ... << parts);
  return out.str();
}

template <typename... Parts>
[[noreturn]] void fail(ErrorCode code, const Parts&... parts) {
  throw Error(code, cat(parts...));
}

}  // namespace lprnet::base
