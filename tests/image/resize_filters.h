#pragma once

#include <gtest/gtest.h>

#include <string>

#include "lprnet/description.hpp"

namespace lprnet::image {

inline constexpr ResizeFilter kEveryFilter[] = {ResizeFilter::kBilinear, ResizeFilter::kBicubic,
                                                ResizeFilter::kArea, ResizeFilter::kLanczos};

inline std::string filter_name(const testing::TestParamInfo<ResizeFilter>& test) {
  const char* names[] = {"Bilinear", "Bicubic", "Area", "Lanczos"};
  return names[static_cast<int>(test.param)];
}

}  // namespace lprnet::image
