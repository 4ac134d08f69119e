#pragma once

#include <cstddef>

#include "image/preprocess.h"
#include "lprnet/description.hpp"
#include "lprnet/image.hpp"
#include "lprnet/quad.hpp"

namespace lprnet {

// Shows a plate with two lines of text to a network that reads one, as TwoLines says. All memory is
// allocated when it is made. One for each thread.
class LineJoiner {
 public:
  // REQUIRES: `two_lines` outlives it; a width of at least 2, a height of at least 1.
  LineJoiner(const TwoLines& two_lines, const Preprocessing& preprocessing, int width, int height);

  const TwoLines& how() const noexcept { return two_lines_; }

  // Writes what lies in the quadrilateral, a whole plate, as image::Preprocessor::run() does. False
  // where it is not convex. REQUIRES: a view that image::expect_picture() takes.
  bool run(const ImageView& from, const Quad& plate, float* to, std::ptrdiff_t row_stride,
           std::ptrdiff_t pixel_stride, std::ptrdiff_t channel_stride) noexcept;

 private:
  const TwoLines& two_lines_;
  int upper_columns_;
  int lower_columns_;
  int rows_;
  image::Preprocessor upper_;
  image::Preprocessor lower_;
};

}  // namespace lprnet
