#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "lprnet/error.hpp"

namespace lprnet::test {

// The message of the Error that `call` throws, whose code has to be `code`.
inline std::string error_of(const std::function<void()>& call, ErrorCode code) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "no error";
}

}  // namespace lprnet::test
