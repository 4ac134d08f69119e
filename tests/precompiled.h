#pragma once

// What nearly every test includes, parsed once. Each file still names what it uses: a build with
// -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON, the first that tools/test makes, does not have this one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>
