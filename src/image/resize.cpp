#include "image/resize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

namespace lprnet::image {
namespace {

constexpr int kResizeBits = 11;
constexpr int kMaxTaps = 8;
// Bits that OpenCV drops from a row that is filtered along x before the sum along y.
constexpr int kDroppedBits = 4;
// OpenCV's vector code takes 8 values at once and rounds otherwise than its scalar code does for
// the rest of the row.
constexpr int kVectorValues = 8;

int taps_of(ResizeFilter filter) {
  return filter == ResizeFilter::kLanczos ? 8 : filter == ResizeFilter::kBicubic ? 4 : 2;
}

// Lanczos' window of eight pixels, as OpenCV computes it: sin and cos once, and their values 45
// degrees further on for each pixel.
void set_lanczos(float fraction, std::array<float, kMaxTaps>& weights) {
  constexpr double kS45 = 0.70710678118654752440084436210485;
  constexpr std::array<std::array<double, 2>, kMaxTaps> kTurns{{{1, 0},
                                                                {-kS45, -kS45},
                                                                {0, 1},
                                                                {kS45, -kS45},
                                                                {-1, 0},
                                                                {kS45, kS45},
                                                                {0, -1},
                                                                {-kS45, kS45}}};
  constexpr double kQuarterPi = 3.1415926535897932384626433832795 * 0.25;
  const double first = -static_cast<double>(fraction + 3) * kQuarterPi;
  const double sine = std::sin(first);
  const double cosine = std::cos(first);
  float sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const float distance = fraction + 3 - static_cast<float>(i);
    // The pixel itself: so much that the others become 0.
    weights[i] = 1e30F;
    if (std::fabs(distance) >= 1e-6F) {
      const double y = -static_cast<double>(distance) * kQuarterPi;
      weights[i] = static_cast<float>((kTurns[i][0] * sine + kTurns[i][1] * cosine) / (y * y));
    }
    sum += weights[i];
  }
  sum = 1.0F / sum;
  for (float& weight : weights) weight *= sum;
}

// The weights of the pixels around a position, `fraction` of a pixel right of or below the nearest
// pixel before it, in OpenCV's single precision.
void set_weights(float fraction, int taps, std::int16_t* weights) {
  std::array<float, kMaxTaps> exact{};
  if (taps == 2) {
    exact = {1.0F - fraction, fraction};
  } else if (taps == kMaxTaps) {
    set_lanczos(fraction, exact);
  } else {
    constexpr float kA = -0.75F;
    const float x = fraction;
    exact[0] = ((kA * (x + 1) - 5 * kA) * (x + 1) + 8 * kA) * (x + 1) - 4 * kA;
    exact[1] = ((kA + 2) * x - (kA + 3)) * x * x + 1;
    exact[2] = ((kA + 2) * (1 - x) - (kA + 3)) * (1 - x) * (1 - x) + 1;
    exact[3] = 1.0F - exact[0] - exact[1] - exact[2];
  }
  for (int k = 0; k < taps; ++k) {
    weights[k] = static_cast<std::int16_t>(
        std::lrintf(exact[static_cast<std::size_t>(k)] * static_cast<float>(1 << kResizeBits)));
  }
}

// The source position of an output pixel: the pixel before it and the fraction beyond that.
struct Position {
  int pixel;
  float fraction;
};
Position position_of(int index, int from_size, int to_size) {
  // The inverse of a quotient, which rounds as OpenCV's does.
  const double scale = 1.0 / (static_cast<double>(to_size) / from_size);
  const float exact = static_cast<float>((index + 0.5) * scale - 0.5);
  const float whole = std::floor(exact);
  return {static_cast<int>(whole), exact - whole};
}

// The same for areas that grow: a source pixel keeps its colour, and a pixel that lies on two is
// mixed.
Position area_position_of(int index, int from_size, int to_size) {
  const double inverse = static_cast<double>(to_size) / from_size;
  const int pixel = static_cast<int>(std::floor(index * (1.0 / inverse)));
  const auto fraction = static_cast<float>((index + 1) - (pixel + 1) * inverse);
  return {pixel, fraction <= 0 ? 0.0F : fraction - std::floor(fraction)};
}

// One output row from `taps` rows that are filtered along x.
void combine(const std::int16_t* const* rows, const std::int16_t* weights, int count,
             std::uint8_t* __restrict to) {
  const std::int16_t* row0 = rows[0];
  const std::int16_t* row1 = rows[1];
  const std::int16_t w0 = weights[0];
  const std::int16_t w1 = weights[1];
  for (int i = 0; i < count; ++i) {
    // The high halves of 16-bit products, which a compiler has an instruction for.
    const auto high0 = static_cast<std::int16_t>((w0 * row0[i]) >> 16);
    const auto high1 = static_cast<std::int16_t>((w1 * row1[i]) >> 16);
    const auto sum = static_cast<std::uint16_t>(high0 + high1 + 2);
    to[i] = static_cast<std::uint8_t>(sum >> 2);
  }
}

void combine(const std::int32_t* const* rows, const std::int16_t* weights, int count,
             std::uint8_t* __restrict to) {
  constexpr float kScale = 1.0F / (1 << (2 * kResizeBits));
  const std::int32_t* row0 = rows[0];
  const std::int32_t* row1 = rows[1];
  const std::int32_t* row2 = rows[2];
  const std::int32_t* row3 = rows[3];
  const int vector_end = count - count % kVectorValues;
  const float f0 = static_cast<float>(weights[0]) * kScale;
  const float f1 = static_cast<float>(weights[1]) * kScale;
  const float f2 = static_cast<float>(weights[2]) * kScale;
  const float f3 = static_cast<float>(weights[3]) * kScale;
  for (int i = 0; i < vector_end; ++i) {
    float sum = static_cast<float>(row3[i]) * f3;
    sum = static_cast<float>(row2[i]) * f2 + sum;
    sum = static_cast<float>(row1[i]) * f1 + sum;
    sum = static_cast<float>(row0[i]) * f0 + sum;
    sum = std::min(std::max(sum, 0.0F), 255.0F);
    // Adding 2^23 rounds to a whole number, halves to the even one.
    constexpr float kRound = 1 << 23;
    to[i] = static_cast<std::uint8_t>(static_cast<std::int32_t>((sum + kRound) - kRound));
  }
  for (int i = vector_end; i < count; ++i) {
    const std::int32_t sum =
        row0[i] * weights[0] + row1[i] * weights[1] + row2[i] * weights[2] + row3[i] * weights[3];
    const std::int32_t rounded = (sum + (1 << (2 * kResizeBits - 1))) >> (2 * kResizeBits);
    to[i] = static_cast<std::uint8_t>(std::clamp(rounded, 0, 255));
  }
}

// OpenCV has no vector code for Lanczos. The sums fit: weights that are above 0 add up to 1.36 of
// 1 << 11 at most and those below to 0.36, so that both filters make 1.98 of 255 << 22.
void combine_lanczos(const std::int32_t* const* rows, const std::int16_t* weights, int count,
                     std::uint8_t* __restrict to) {
  for (int i = 0; i < count; ++i) {
    std::int32_t sum = 0;
    for (std::size_t k = 0; k < kMaxTaps; ++k) sum += rows[k][i] * weights[k];
    const std::int32_t rounded = (sum + (1 << (2 * kResizeBits - 1))) >> (2 * kResizeBits);
    to[i] = static_cast<std::uint8_t>(std::clamp(rounded, 0, 255));
  }
}

// One source row, filtered along x. `kStep` is 0 for a grey source of a 3-channel output.
template <int kTaps, int kChannels, int kStep, typename Value>
void filter_row(const std::uint8_t* from, int width, const std::ptrdiff_t* offsets,
                const std::int16_t* weights, Value* __restrict to) {
  constexpr int kShift = sizeof(Value) == 2 ? kDroppedBits : 0;
  for (int x = 0; x < width; ++x, offsets += kTaps, weights += kTaps, to += kChannels) {
    for (std::ptrdiff_t c = 0; c < kChannels; ++c) {
      std::int32_t sum = 0;
      for (int k = 0; k < kTaps; ++k) sum += from[offsets[k] + c * kStep] * weights[k];
      to[c] = static_cast<Value>(sum >> kShift);
    }
  }
}

template <int kTaps, typename Value>
void filter_row(const std::uint8_t* from, int channels, bool gray, int width,
                const std::ptrdiff_t* offsets, const std::int16_t* weights, Value* to) {
  if (channels == 1) {
    filter_row<kTaps, 1, 1>(from, width, offsets, weights, to);
  } else if (gray) {
    filter_row<kTaps, 3, 0>(from, width, offsets, weights, to);
  } else {
    filter_row<kTaps, 3, 1>(from, width, offsets, weights, to);
  }
}

}  // namespace

Resizer::Resizer(int width, int height, int channels, ResizeFilter filter)
    : width_(width), height_(height), channels_(channels), filter_(filter), taps_(taps_of(filter)) {
  const auto taps = static_cast<std::size_t>(taps_);
  const auto columns = static_cast<std::size_t>(width);
  offsets_.resize(columns * taps);
  weights_.resize(columns * taps);
  const std::size_t values = columns * static_cast<std::size_t>(channels);
  if (taps_ == 2) {
    linear_rows_.resize(values * taps);
  } else {
    wide_rows_.resize(values * taps);
  }
  row_index_.resize(taps);
  if (filter == ResizeFilter::kArea) {
    cells_.resize(columns);
    row_.resize(values);
    sum_.resize(values);
  }
}

void Resizer::set_size(int width, int height) noexcept {
  if (width != width_) columns_source_width_ = 0;
  width_ = width;
  height_ = height;
}

void Resizer::resize(const ImageView& from, std::uint8_t* to) noexcept {
  if (from.width == width_ && from.height == height_) return copy(from, to);
  if (taps_ == 2 && from.width == std::int64_t{2} * width_ &&
      from.height == std::int64_t{2} * height_) {
    return halve(from, to);
  }
  if (filter_ == ResizeFilter::kArea && from.width >= width_ && from.height >= height_) {
    return average(from, to);
  }
  if (taps_ == 2) return resize<2>(from, linear_rows_, to);
  if (taps_ == 4) return resize<4>(from, wide_rows_, to);
  resize<kMaxTaps>(from, wide_rows_, to);
}

template <int kTaps, typename Value>
void Resizer::resize(const ImageView& from, std::vector<Value>& kept_rows,
                     std::uint8_t* to) noexcept {
  prepare_columns(from);
  std::fill(row_index_.begin(), row_index_.end(), -1);
  const int count = width_ * channels_;
  for (int y = 0; y < height_; ++y, to += count) {
    const Position position = filter_ == ResizeFilter::kArea
                                  ? area_position_of(y, from.height, height_)
                                  : position_of(y, from.height, height_);
    const int first = position.pixel - kTaps / 2 + 1;
    std::array<std::int16_t, kMaxTaps> weights{};
    set_weights(position.fraction, kTaps, weights.data());
    std::array<const Value*, kTaps> rows{};
    for (int k = 0; k < kTaps; ++k) {
      const int index = std::clamp(first + k, 0, from.height - 1);
      rows[static_cast<std::size_t>(k)] =
          filtered_row<kTaps>(from, index, std::clamp(first, 0, from.height - 1), kept_rows);
    }
    if constexpr (kTaps == kMaxTaps) {
      combine_lanczos(rows.data(), weights.data(), count, to);
    } else {
      combine(rows.data(), weights.data(), count, to);
    }
  }
}

void Resizer::prepare_columns(const ImageView& from) noexcept {
  const int pixel_bytes = channels_of(from.format);
  if (from.width == columns_source_width_ && pixel_bytes == columns_pixel_bytes_) return;
  columns_source_width_ = from.width;
  columns_pixel_bytes_ = pixel_bytes;
  std::ptrdiff_t* offsets = offsets_.data();
  std::int16_t* weights = weights_.data();
  for (int x = 0; x < width_; ++x, offsets += taps_, weights += taps_) {
    Position position = filter_ == ResizeFilter::kArea ? area_position_of(x, from.width, width_)
                                                       : position_of(x, from.width, width_);
    // OpenCV takes the outermost pixel as it is along x, while along y and for cubic it blends the
    // repeated edge, whose rounding differs.
    if (taps_ == 2 && (position.pixel < 0 || position.pixel >= from.width - 1)) {
      position = {std::clamp(position.pixel, 0, from.width - 1), 0.0F};
    }
    set_weights(position.fraction, taps_, weights);
    for (int k = 0; k < taps_; ++k) {
      const int pixel = std::clamp(position.pixel - taps_ / 2 + 1 + k, 0, from.width - 1);
      offsets[k] = std::ptrdiff_t{pixel} * pixel_bytes;
    }
  }
}

template <int kTaps, typename Value>
const Value* Resizer::filtered_row(const ImageView& from, int index, int keep_from,
                                   std::vector<Value>& kept_rows) noexcept {
  const std::ptrdiff_t count = std::ptrdiff_t{width_} * channels_;
  for (std::size_t i = 0; i < row_index_.size(); ++i) {
    if (row_index_[i] == index) return kept_rows.data() + static_cast<std::ptrdiff_t>(i) * count;
  }
  // Rows before `keep_from` are not needed any more, and there are no more than kTaps from it on.
  std::size_t slot = 0;
  while (row_index_[slot] >= keep_from) ++slot;
  row_index_[slot] = index;
  Value* row = kept_rows.data() + static_cast<std::ptrdiff_t>(slot) * count;
  filter_row<kTaps>(from.data + index * from.row_bytes, channels_,
                    from.format == PixelFormat::kGray, width_, offsets_.data(), weights_.data(),
                    row);
  return row;
}

Resizer::Cell Resizer::cell_of(int index, int from_size, double scale) noexcept {
  // Less of a pixel than this does not count.
  constexpr double kLeast = 1e-3;
  const double from = index * scale;
  const double to = from + scale;
  const double size = std::min(scale, from_size - from);
  const int end = std::min(static_cast<int>(std::floor(to)), from_size - 1);
  const int begin = std::min(static_cast<int>(std::ceil(from)), end);
  Cell cell{begin, end, 0, static_cast<float>(1.0 / size), 0};
  if (begin - from > kLeast) cell.before = static_cast<float>((begin - from) / size);
  if (to - end > kLeast) {
    cell.after = static_cast<float>(std::min(std::min(to - end, 1.0), size) / size);
  }
  return cell;
}

void Resizer::average(const ImageView& from, std::uint8_t* to) noexcept {
  const double scale_x = 1.0 / (static_cast<double>(width_) / from.width);
  const double scale_y = 1.0 / (static_cast<double>(height_) / from.height);
  const auto columns = static_cast<int>(std::lrint(scale_x));
  const auto rows = static_cast<int>(std::lrint(scale_y));
  constexpr double kLeast = std::numeric_limits<double>::epsilon();
  if (std::fabs(scale_x - columns) < kLeast && std::fabs(scale_y - rows) < kLeast) {
    return average_whole(from, columns, rows, to);
  }
  for (int x = 0; x < width_; ++x) {
    cells_[static_cast<std::size_t>(x)] = cell_of(x, from.width, scale_x);
  }
  const int pixel_bytes = channels_of(from.format);
  const std::ptrdiff_t count = std::ptrdiff_t{width_} * channels_;
  for (int y = 0; y < height_; ++y, to += count) {
    const Cell lines = cell_of(y, from.height, scale_y);
    std::fill_n(sum_.begin(), count, 0.0F);
    for (int line = lines.begin - 1; line <= lines.end; ++line) {
      const float weight = line < lines.begin ? lines.before
                           : line < lines.end ? lines.whole
                                              : lines.after;
      if (weight == 0) continue;
      average_row(from.data + line * from.row_bytes, pixel_bytes, row_.data());
      for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        sum_[i] += weight * row_[i];
      }
    }
    for (std::ptrdiff_t i = 0; i < count; ++i) {
      const long mean = std::lrintf(sum_[static_cast<std::size_t>(i)]);
      to[i] = static_cast<std::uint8_t>(std::clamp(mean, 0L, 255L));
    }
  }
}

void Resizer::average_row(const std::uint8_t* from, std::ptrdiff_t pixel_bytes,
                          float* to) const noexcept {
  const std::ptrdiff_t step = pixel_bytes == 1 ? 0 : 1;
  for (int x = 0; x < width_; ++x) {
    const Cell& cell = cells_[static_cast<std::size_t>(x)];
    for (std::ptrdiff_t c = 0; c < channels_; ++c) {
      const auto pixel = [&](int index) {
        return static_cast<float>(from[index * pixel_bytes + c * step]);
      };
      float sum = 0;
      if (cell.before != 0) sum += pixel(cell.begin - 1) * cell.before;
      for (int index = cell.begin; index < cell.end; ++index) sum += pixel(index) * cell.whole;
      if (cell.after != 0) sum += pixel(cell.end) * cell.after;
      *to++ = sum;
    }
  }
}

void Resizer::average_whole(const ImageView& from, int columns, int rows,
                            std::uint8_t* to) const noexcept {
  const std::ptrdiff_t pixel_bytes = channels_of(from.format);
  const std::ptrdiff_t step = pixel_bytes == 1 ? 0 : 1;
  const float scale = 1.0F / static_cast<float>(std::int64_t{columns} * rows);
  for (int y = 0; y < height_; ++y) {
    const std::uint8_t* top = from.data + std::ptrdiff_t{y} * rows * from.row_bytes;
    for (int x = 0; x < width_; ++x, top += columns * pixel_bytes) {
      for (std::ptrdiff_t c = 0; c < channels_; ++c) {
        std::int64_t sum = 0;
        for (int row = 0; row < rows; ++row) {
          const std::uint8_t* line = top + row * from.row_bytes + c * step;
          for (int column = 0; column < columns; ++column) sum += line[column * pixel_bytes];
        }
        *to++ = static_cast<std::uint8_t>(std::lrintf(static_cast<float>(sum) * scale));
      }
    }
  }
}

void Resizer::copy(const ImageView& from, std::uint8_t* to) const noexcept {
  const int pixel_bytes = channels_of(from.format);
  const std::ptrdiff_t row_bytes = std::ptrdiff_t{width_} * channels_;
  for (int y = 0; y < height_; ++y, to += row_bytes) {
    const std::uint8_t* row = from.data + y * from.row_bytes;
    if (pixel_bytes == channels_) {
      std::memcpy(to, row, static_cast<std::size_t>(row_bytes));
      continue;
    }
    const std::ptrdiff_t step = pixel_bytes == 1 ? 0 : 1;
    const std::ptrdiff_t channels = channels_;
    for (std::ptrdiff_t x = 0; x < width_; ++x, row += pixel_bytes) {
      for (std::ptrdiff_t c = 0; c < channels; ++c) to[x * channels + c] = row[c * step];
    }
  }
}

// OpenCV takes the mean of four pixels when both sides are halved exactly.
void Resizer::halve(const ImageView& from, std::uint8_t* to) const noexcept {
  const std::ptrdiff_t pixel_bytes = channels_of(from.format);
  const std::ptrdiff_t step = pixel_bytes == 1 ? 0 : 1;
  for (int y = 0; y < height_; ++y) {
    const std::uint8_t* above = from.data + 2 * std::ptrdiff_t{y} * from.row_bytes;
    const std::uint8_t* below = above + from.row_bytes;
    for (int x = 0; x < width_; ++x, above += 2 * pixel_bytes, below += 2 * pixel_bytes) {
      for (std::ptrdiff_t c = 0; c < channels_; ++c) {
        const std::ptrdiff_t left = c * step;
        const std::ptrdiff_t right = left + pixel_bytes;
        *to++ = static_cast<std::uint8_t>(
            (above[left] + above[right] + below[left] + below[right] + 2) >> 2);
      }
    }
  }
}

}  // namespace lprnet::image
