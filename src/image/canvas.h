#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lprnet/image.hpp"

namespace lprnet::image {

// Which part of a picture a canvas shows: the canvas's left edge lies at `left` in the picture, and
// a pixel of the canvas is `step_x` pixels of the picture wide; edges are at whole numbers.
struct Window {
  double left = 0;
  double top = 0;
  double step_x = 1;
  double step_y = 1;
};

// The window that shows a whole picture in the middle of a canvas of width times height, as large
// as fits, both sides rounded to whole pixels.
Window letterbox(int picture_width, int picture_height, int width, int height);

// Draws parts of 8-bit pictures on a canvas of one size, upright and enlarged or reduced: where a
// pixel of the canvas covers more than one of the picture, the mean of what it covers, else
// bilinearly between pixel centres. Within one grey level of cv::resize of OpenCV 4.6 with
// INTER_AREA and INTER_LINEAR. Memory grows with the largest picture and is kept. One for each
// thread.
class Canvas {
 public:
  // REQUIRES: sizes of at least 1.
  Canvas(int width, int height);

  // The canvas's pixels in the view's channel order, alpha dropped and grey repeated; `border`
  // where there is no picture. They stay until the next call. Throws std::bad_alloc, only for a
  // larger picture than before. REQUIRES: a window with finite numbers and steps above 0.
  ImageView draw(const ImageView& from, const Window& window, std::uint8_t border);

 private:
  // The source pixels of each canvas pixel along one axis: `count` of them from `first` on, their
  // weights one after the other. Canvas pixels outside [begin, end) show no picture.
  struct Axis {
    struct Run {
      int first;
      int count;
    };
    std::vector<Run> runs;
    std::vector<std::uint16_t> weights;
    int begin = 0;
    int end = 0;

    void reserve(int size, int source);
    void set(int size, int source, double start, double step);
  };

  void sum_rows(const ImageView& from, const Axis::Run& rows, const std::uint16_t* weights,
                std::ptrdiff_t first_byte, std::size_t bytes) noexcept;
  void draw_row(const ImageView& from, std::ptrdiff_t first_pixel, std::uint8_t border,
                std::uint8_t* to) const noexcept;

  int width_;
  int height_;
  Axis columns_;
  Axis rows_;
  std::vector<std::uint32_t> sums_;   // a row of the picture, summed over the rows of a run
  std::vector<std::uint8_t> pixels_;  // [height][width][3]
};

}  // namespace lprnet::image
