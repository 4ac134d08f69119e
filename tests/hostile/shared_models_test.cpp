// Hostile model files found in use: each is refused at once, and little is allocated for it.
#include <gmock/gmock.h>

#include <filesystem>
#include <string>
#include <utility>

#include "lprnet/error.hpp"
#include "lprnet/model.hpp"
#include "tests/hostile/allocations.h"
#include "tests/shared_data.h"

namespace lprnet {
namespace {

class SharedModel : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(SharedModel, IsRefusedForItsLimit) {
  const auto& [name, limit] = GetParam();
  const auto path = std::filesystem::path(LPRNET_SHARED_DIR) / "cases" / "hostile" /
                    (std::string(name) + ".json");
  LPRNET_NEED_SHARED(path);
  hostile::reset_allocated_bytes();
  try {
    Model::load(path);
    FAIL() << "loaded";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kLimit) << error.what();
    EXPECT_THAT(error.what(), testing::HasSubstr(std::string("Limits::") + limit + " "));
    EXPECT_THAT(error.what(), testing::HasSubstr(name));
  }
  EXPECT_LT(hostile::allocated_bytes(), 8U << 20);
}

INSTANTIATE_TEST_SUITE_P(All, SharedModel,
                         testing::Values(std::pair{"max_pool_500", "operations"},
                                         std::pair{"adaptive_40_windows", "load_bytes"},
                                         std::pair{"live_300_values", "value_elements"}),
                         [](const auto& test) { return std::string(test.param.first); });

}  // namespace
}  // namespace lprnet
