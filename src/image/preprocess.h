#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "image/resize.h"
#include "image/warp.h"
#include "lprnet/description.hpp"
#include "lprnet/image.hpp"

namespace lprnet::image {

// Throws Error(kInvalidArgument) for a view that is no picture: without pixels, smaller than 1x1,
// or with rows that overlap. The message begins with `name`.
void expect_picture(const ImageView& view, const std::string& name = "the image");

// An image into a network's input, as models/FORMAT.md says: resized unless it has the right size,
// in the middle of a border where the model says so, channels ordered, then (x - mean[c]) *
// scale[c] in single precision, as numpy computes it. All memory is allocated when it is made. One
// for each thread.
class Preprocessor {
 public:
  // REQUIRES: sizes of at least 1.
  Preprocessor(const Preprocessing& preprocessing, int width, int height);

  int channels() const noexcept { return channels_; }  // of the input: 3, or 1 for kGray

  // The whole picture: resized. Writes the value of row y, column x, channel c to
  // to[y * row_stride + x * pixel_stride + c * channel_stride]; strides in floats. Channels last
  // (pixel_stride 3, channel_stride 1) is the fast way. REQUIRES: a view that expect_picture()
  // takes.
  void run(const ImageView& from, float* to, std::ptrdiff_t row_stride, std::ptrdiff_t pixel_stride,
           std::ptrdiff_t channel_stride) noexcept;
  // The same of what lies in a quadrilateral of the picture, straightened; outside the picture its
  // edge is repeated. False where the quadrilateral is not convex.
  bool run(const ImageView& from, const Quad& quad, float* to, std::ptrdiff_t row_stride,
           std::ptrdiff_t pixel_stride, std::ptrdiff_t channel_stride) noexcept;
  // The same without a border. `map` is from_rectangle() of the input's size.
  void run(const ImageView& from, const Homography& map, float* to, std::ptrdiff_t row_stride,
           std::ptrdiff_t pixel_stride, std::ptrdiff_t channel_stride) noexcept;

 private:
  // Where the picture lies in the input.
  struct Frame {
    int left;
    int top;
    int width;
    int height;
  };
  // For a picture with these sides, or with sides of this ratio.
  Frame frame_for(double width, double height) const noexcept;
  // The colour of the border, everywhere.
  void fill(float* to, std::ptrdiff_t row_stride, std::ptrdiff_t pixel_stride,
            std::ptrdiff_t channel_stride) const noexcept;
  void run(const ImageView& from, const Homography& map, const Frame& frame, float* to,
           std::ptrdiff_t row_stride, std::ptrdiff_t pixel_stride,
           std::ptrdiff_t channel_stride) noexcept;
  void normalise(const ImageView& sized, float* to, std::ptrdiff_t row_stride,
                 std::ptrdiff_t pixel_stride, std::ptrdiff_t channel_stride) const noexcept;

  Preprocessing preprocessing_;
  int width_;
  int height_;
  int channels_;
  Resizer color_;
  Resizer gray_;  // for a grey view of a one-channel network
  Warper color_warper_;
  Warper gray_warper_;
  std::vector<std::uint8_t> bytes_;  // [height][width][3], the resized image
  std::vector<float> row_mean_;      // [width][channels], a row's worth of mean and scale
  std::vector<float> row_scale_;
};

}  // namespace lprnet::image
