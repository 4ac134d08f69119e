#pragma once

#include <gtest/gtest.h>

#include <filesystem>

// For tests labelled `shared`. Without the folder of shared data the test is skipped; with it,
// `path`, which lies in it, has to exist. A macro, because both leave the test that asks.
#define LPRNET_NEED_SHARED(path)                                                          \
  do {                                                                                    \
    if (!std::filesystem::is_directory(LPRNET_SHARED_DIR)) {                              \
      GTEST_SKIP() << "the shared data is not beside the project";                        \
    }                                                                                     \
    ASSERT_TRUE(std::filesystem::exists(path)) << (path) << " is not in the shared data"; \
  } while (false)
