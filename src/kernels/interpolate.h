#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tensor/functions.h"
#include "tensor/layout.h"

// PyTorch's interpolate of images. Which of two pixels is nearest is decided in float32, as there.
namespace lprnet::kernels {

using tensor::InterpolateMode;

// Which pixels an output pixel takes along one axis.
struct InterpolateTap {
  std::int64_t first = 0;
  std::int64_t second = 0;
  float weight = 0;  // of the second
};

// The taps of `out` pixels along an axis of `in`. `scale_factor`: as the user wrote it, if so.
std::vector<InterpolateTap> interpolate_axis(std::int64_t in, std::int64_t out,
                                             std::optional<double> scale_factor,
                                             InterpolateMode mode, bool align_corners);

// (N, C, H, W) to rows and columns of the same, one tap for each.
void interpolate(const tensor::ConstView& image, InterpolateMode mode, const InterpolateTap* rows,
                 const InterpolateTap* cols, const tensor::View& out) noexcept;

}  // namespace lprnet::kernels
