#include "image/preprocess.h"

#include <algorithm>
#include <cmath>

#include "base/error_text.h"

namespace lprnet::image {
namespace {

// cv::cvtColor's weights, of 1 << 15.
constexpr int kGrayBits = 15;
constexpr int kBlue = 3735;
constexpr int kGreen = 19235;
constexpr int kRed = 9798;

std::uint8_t gray_of(int blue, int green, int red) {
  return static_cast<std::uint8_t>(
      (blue * kBlue + green * kGreen + red * kRed + (1 << (kGrayBits - 1))) >> kGrayBits);
}

bool is_rgb(PixelFormat format) {
  return format == PixelFormat::kRgb || format == PixelFormat::kRgba;
}

// What Resizer and Warper make of a view of `format`: one channel, or three without alpha.
ImageView without_alpha(const std::uint8_t* data, int width, int height, int channels,
                        PixelFormat format) {
  const PixelFormat three = is_rgb(format) ? PixelFormat::kRgb : PixelFormat::kBgr;
  return {data, width, height, std::ptrdiff_t{width} * channels,
          channels == 1 ? PixelFormat::kGray : three};
}

std::vector<float> repeated(const std::array<float, 3>& values, int channels, int width) {
  std::vector<float> row;
  row.reserve(static_cast<std::size_t>(channels) * static_cast<std::size_t>(width));
  for (int x = 0; x < width; ++x) row.insert(row.end(), values.begin(), values.begin() + channels);
  return row;
}

}  // namespace

void expect_picture(const ImageView& view, const std::string& name) {
  if (view.data == nullptr || view.width < 1 || view.height < 1) {
    base::fail(ErrorCode::kInvalidArgument, name, " is ", view.width, "x", view.height,
               view.data == nullptr ? " without pixels" : "", ", expected at least 1x1");
  }
  const std::ptrdiff_t least = std::ptrdiff_t{channels_of(view.format)} * view.width;
  if (view.row_bytes < least) {
    base::fail(ErrorCode::kInvalidArgument, name, "'s rows are ", view.row_bytes,
               " bytes apart, expected at least ", least, " for ", view.width, " pixels");
  }
}

Preprocessor::Preprocessor(const Preprocessing& preprocessing, int width, int height)
    : preprocessing_(preprocessing),
      width_(width),
      height_(height),
      channels_(preprocessing.channel_order == ChannelOrder::kGray ? 1 : 3),
      color_(width, height, 3, preprocessing.resize),
      gray_(width, height, 1, preprocessing.resize),
      color_warper_(width, height, 3),
      gray_warper_(width, height, 1),
      bytes_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3),
      row_mean_(repeated(preprocessing.mean, channels_, width)),
      row_scale_(repeated(preprocessing.scale, channels_, width)) {}

void Preprocessor::run(const ImageView& from, float* to, std::ptrdiff_t row_stride,
                       std::ptrdiff_t pixel_stride, std::ptrdiff_t channel_stride) noexcept {
  const bool gray_view = from.format == PixelFormat::kGray;
  const int view_channels = gray_view && channels_ == 1 ? 1 : 3;
  const Frame frame = frame_for(from.width, from.height);
  if (preprocessing_.letterbox) fill(to, row_stride, pixel_stride, channel_stride);
  ImageView sized = from;
  if (from.width != frame.width || from.height != frame.height ||
      channels_of(from.format) != view_channels) {
    Resizer& resizer = view_channels == 1 ? gray_ : color_;
    resizer.set_size(frame.width, frame.height);
    resizer.resize(from, bytes_.data());
    sized = without_alpha(bytes_.data(), frame.width, frame.height, view_channels, from.format);
  }
  normalise(sized, to + frame.top * row_stride + frame.left * pixel_stride, row_stride,
            pixel_stride, channel_stride);
}

bool Preprocessor::run(const ImageView& from, const Quad& quad, float* to,
                       std::ptrdiff_t row_stride, std::ptrdiff_t pixel_stride,
                       std::ptrdiff_t channel_stride) noexcept {
  const auto& c = quad.corners;
  const auto length = [](const Point& a, const Point& b) {
    return std::hypot(static_cast<double>(a.x) - b.x, static_cast<double>(a.y) - b.y);
  };
  const Frame frame =
      frame_for(length(c[0], c[1]) + length(c[3], c[2]), length(c[0], c[3]) + length(c[1], c[2]));
  const auto map = from_rectangle(frame.width, frame.height, quad);
  if (!map) return false;
  if (preprocessing_.letterbox) fill(to, row_stride, pixel_stride, channel_stride);
  run(from, *map, frame, to, row_stride, pixel_stride, channel_stride);
  return true;
}

void Preprocessor::run(const ImageView& from, const Homography& map, float* to,
                       std::ptrdiff_t row_stride, std::ptrdiff_t pixel_stride,
                       std::ptrdiff_t channel_stride) noexcept {
  run(from, map, {0, 0, width_, height_}, to, row_stride, pixel_stride, channel_stride);
}

void Preprocessor::run(const ImageView& from, const Homography& map, const Frame& frame, float* to,
                       std::ptrdiff_t row_stride, std::ptrdiff_t pixel_stride,
                       std::ptrdiff_t channel_stride) noexcept {
  const bool gray = from.format == PixelFormat::kGray && channels_ == 1;
  Warper& warper = gray ? gray_warper_ : color_warper_;
  warper.set_size(frame.width, frame.height);
  warper.warp(from, map, {}, bytes_.data());
  normalise(without_alpha(bytes_.data(), frame.width, frame.height, gray ? 1 : 3, from.format),
            to + frame.top * row_stride + frame.left * pixel_stride, row_stride, pixel_stride,
            channel_stride);
}

// As large as fits, sides rounded to whole pixels; an odd rest goes to the right and below.
Preprocessor::Frame Preprocessor::frame_for(double width, double height) const noexcept {
  // Corners that are no quadrilateral are refused later.
  if (!preprocessing_.letterbox || !(width > 0 && height > 0)) return {0, 0, width_, height_};
  const double scale = std::min(width_ / width, height_ / height);
  const auto side = [scale](double size, int most) {
    return static_cast<int>(std::clamp(std::nearbyint(size * scale), 1.0, double{1} * most));
  };
  const int columns = side(width, width_);
  const int rows = side(height, height_);
  return {(width_ - columns) / 2, (height_ - rows) / 2, columns, rows};
}

void Preprocessor::fill(float* to, std::ptrdiff_t row_stride, std::ptrdiff_t pixel_stride,
                        std::ptrdiff_t channel_stride) const noexcept {
  for (std::ptrdiff_t c = 0; c < channels_; ++c) {
    const auto i = static_cast<std::size_t>(c);
    const float value =
        ((*preprocessing_.letterbox)[i] - preprocessing_.mean[i]) * preprocessing_.scale[i];
    for (std::ptrdiff_t y = 0; y < height_; ++y) {
      float* at = to + y * row_stride + c * channel_stride;
      for (std::ptrdiff_t x = 0; x < width_; ++x) at[x * pixel_stride] = value;
    }
  }
}

void Preprocessor::normalise(const ImageView& sized, float* to, std::ptrdiff_t row_stride,
                             std::ptrdiff_t pixel_stride,
                             std::ptrdiff_t channel_stride) const noexcept {
  const int view_channels = channels_of(sized.format);
  const bool rgb = is_rgb(sized.format);
  const bool swap = channels_ == 3 && rgb != (preprocessing_.channel_order == ChannelOrder::kRgb);
  const auto& mean = preprocessing_.mean;
  const auto& scale = preprocessing_.scale;
  for (int y = 0; y < sized.height; ++y, to += row_stride) {
    const std::uint8_t* row = sized.data + y * sized.row_bytes;
    if (view_channels == channels_ && !swap && channel_stride == 1 && pixel_stride == channels_) {
      const int count = sized.width * channels_;
      const float* row_mean = row_mean_.data();
      const float* row_scale = row_scale_.data();
      for (int i = 0; i < count; ++i) {
        to[i] = (static_cast<float>(row[i]) - row_mean[i]) * row_scale[i];
      }
      continue;
    }
    for (int x = 0; x < sized.width; ++x, row += view_channels) {
      float* pixel = to + x * pixel_stride;
      if (channels_ == 1) {
        const int value =
            view_channels == 1 ? row[0] : gray_of(row[rgb ? 2 : 0], row[1], row[rgb ? 0 : 2]);
        *pixel = (static_cast<float>(value) - mean[0]) * scale[0];
        continue;
      }
      for (std::size_t c = 0; c < 3; ++c) {
        pixel[static_cast<std::ptrdiff_t>(c) * channel_stride] =
            (static_cast<float>(row[swap ? 2 - c : c]) - mean[c]) * scale[c];
      }
    }
  }
}

}  // namespace lprnet::image
