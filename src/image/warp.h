#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "image/homography.h"
#include "lprnet/image.hpp"

namespace lprnet::image {

// What lies outside a picture: its edge, repeated, or one colour in the view's channel order.
struct Border {
  std::optional<std::array<std::uint8_t, 3>> color;  // none: the edge
};

// Takes the pixels of a rectangle out of 8-bit pictures through a projective map, bilinearly: to
// the same bytes as cv::warpPerspective of OpenCV 4.6 gives with INTER_LINEAR | WARP_INVERSE_MAP
// and BORDER_REPLICATE or BORDER_CONSTANT, positions being rounded to 1/32 pixel. All memory is
// allocated when it is made. One for each thread.
class Warper {
 public:
  // `channels` of the output: 3, or 1 (then only kGray can be warped). REQUIRES: sizes of at
  // least 1.
  Warper(int width, int height, int channels);

  // As Resizer::set_size().
  void set_size(int width, int height) noexcept {
    width_ = width;
    height_ = height;
  }

  // Writes height * width * channels bytes without padding, channels in the view's order: alpha is
  // dropped, and grey is repeated when the output has 3 channels. `map` leads from the output's
  // pixels to the view's.
  //
  // A picture that is much reduced is sampled at more points: each output pixel is the mean of n
  // times n that a rectangle n times as wide and as high would have, n up to 4 as the map demands
  // at the rectangle's middle.
  void warp(const ImageView& from, const Homography& map, const Border& border,
            std::uint8_t* to) noexcept;

 private:
  void warp_row(const ImageView& from, const Homography& map, const Border& border, int finer,
                int y) noexcept;

  int width_;
  int height_;
  int channels_;
  std::vector<std::uint8_t> row_;   // [4 * width][channels], a row of the finer rectangle
  std::vector<std::uint16_t> sum_;  // [width][channels], of a pixel's samples
};

// How many pixels of the source a step of one pixel in the output crosses at its middle, at least:
// the smaller of both axes' reductions.
double reduction_at_middle(const Homography& map, int width, int height);

}  // namespace lprnet::image
