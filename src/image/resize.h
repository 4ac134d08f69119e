#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lprnet/description.hpp"
#include "lprnet/image.hpp"

namespace lprnet::image {

// Resizes 8-bit images to one size, to the same bytes as cv::resize of OpenCV 4.6 on x86 gives with
// INTER_LINEAR, INTER_CUBIC, INTER_AREA or INTER_LANCZOS4: fixed-point weights of 11 bits, pixel
// centres at half, edges repeated; of areas, means in single precision where neither side grows.
// Its memory depends on that size alone and is allocated when it is made. One for each thread.
class Resizer {
 public:
  // `channels` of the output: 3, or 1 (then only kGray can be resized). REQUIRES: sizes of at
  // least 1.
  Resizer(int width, int height, int channels, ResizeFilter filter);

  // To another size from now on. REQUIRES: sizes of at least 1, and no larger than it was made for.
  void set_size(int width, int height) noexcept;

  // Writes height * width * channels bytes without padding, channels in the view's order: alpha is
  // dropped, and grey is repeated when the output has 3 channels. A view of the right size is
  // copied.
  void resize(const ImageView& from, std::uint8_t* to) noexcept;

 private:
  // What an output pixel is the mean of, along one side: a part of the pixel before `begin`, whole
  // pixels up to `end`, a part of that one; weights, 0 for a part that does not count.
  struct Cell {
    int begin;
    int end;
    float before;
    float whole;
    float after;
  };
  static Cell cell_of(int index, int from_size, double scale) noexcept;

  // The means of areas, where neither side grows.
  void average(const ImageView& from, std::uint8_t* to) noexcept;
  // The same where an area is `columns` times `rows` whole pixels.
  void average_whole(const ImageView& from, int columns, int rows, std::uint8_t* to) const noexcept;
  void average_row(const std::uint8_t* from, std::ptrdiff_t pixel_bytes, float* to) const noexcept;
  // Where an output row's values come from, for the current source width and pixel size.
  void prepare_columns(const ImageView& from) noexcept;
  // One of the two filters: kTaps and what a row that is filtered along x holds.
  template <int kTaps, typename Value>
  void resize(const ImageView& from, std::vector<Value>& kept_rows, std::uint8_t* to) noexcept;
  // The source row `index`, filtered along x: from the rows that are kept, else computed.
  template <int kTaps, typename Value>
  const Value* filtered_row(const ImageView& from, int index, int keep_from,
                            std::vector<Value>& kept_rows) noexcept;
  void copy(const ImageView& from, std::uint8_t* to) const noexcept;
  void halve(const ImageView& from, std::uint8_t* to) const noexcept;

  int width_;
  int height_;
  int channels_;
  ResizeFilter filter_;
  int taps_;  // source pixels for an output pixel in each direction: 2, 4 or 8

  std::vector<std::ptrdiff_t> offsets_;  // [width][taps], bytes from the row's start
  std::vector<std::int16_t> weights_;    // [width][taps], of 1 << 11
  int columns_source_width_ = 0;         // what the two were computed for
  int columns_pixel_bytes_ = 0;

  // [taps][width * channels], the kept rows of the filter that is used. A bilinear row's values are
  // shifted to what the sum along y takes of them, and then fit 16 bits.
  std::vector<std::int16_t> linear_rows_;
  std::vector<std::int32_t> wide_rows_;
  std::vector<int> row_index_;  // [taps], which source rows they are

  // Of areas alone: where an output row's come from, one source row's, and their sum over rows.
  std::vector<Cell> cells_;  // [width]
  std::vector<float> row_;   // [width * channels]
  std::vector<float> sum_;   // [width * channels]
};

}  // namespace lprnet::image
