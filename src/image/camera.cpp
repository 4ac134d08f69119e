#include "lprnet/camera.hpp"

#include <algorithm>
#include <utility>

#include "base/error_text.h"

namespace lprnet {
namespace {

// ITU-R BT.601 in 20 fractional bits, as in OpenCV's color_yuv.
constexpr int kBits = 20;
constexpr int kRound = 1 << (kBits - 1);
constexpr int kOfY = 1220542;
constexpr int kBlueOfU = 2116026;
constexpr int kGreenOfU = -409993;
constexpr int kGreenOfV = -852492;
constexpr int kRedOfV = 1673527;

std::uint8_t clamped(int value) {
  return static_cast<std::uint8_t>(std::clamp(value >> kBits, 0, 255));
}

// What the colour of several pixels adds to the brightness of each.
struct Colour {
  int blue, green, red;

  Colour(int u, int v)
      : blue(kRound + kBlueOfU * (u - 128)),
        green(kRound + kGreenOfU * (u - 128) + kGreenOfV * (v - 128)),
        red(kRound + kRedOfV * (v - 128)) {}

  void write(int y, std::uint8_t* pixel) const {
    const int grey = std::max(0, y - 16) * kOfY;
    pixel[0] = clamped(grey + blue);
    pixel[1] = clamped(grey + green);
    pixel[2] = clamped(grey + red);
  }
};

// Pixels [from, to) of a row, whose brightness is y[x * kStep] and whose colours are in
// uv[x / 2 * 2 * kStep + kU] and + kV.
template <std::ptrdiff_t kStep, int kU, int kV>
void convert_row(const std::uint8_t* y, const std::uint8_t* uv, int from, int to,
                 std::uint8_t* pixel) {
  const auto colour = [&](std::ptrdiff_t x) {
    const std::uint8_t* const pair = uv + x / 2 * (2 * kStep);
    return Colour(pair[kU], pair[kV]);
  };
  std::ptrdiff_t x = from;
  if (x % 2 != 0 && x < to) {
    colour(x).write(y[x * kStep], pixel);
    ++x;
    pixel += 3;
  }
  for (; x + 2 <= to; x += 2, pixel += 6) {
    const Colour both = colour(x);
    both.write(y[x * kStep], pixel);
    both.write(y[(x + 1) * kStep], pixel + 3);
  }
  if (x < to) colour(x).write(y[x * kStep], pixel);
}

bool has_planes(CameraFormat format) { return format != CameraFormat::kYuyv; }

// The frame with what 0 and nullptr stand for. Throws Error.
CameraView checked(CameraView frame) {
  const bool planes = has_planes(frame.format);
  if (frame.data == nullptr) base::fail(ErrorCode::kInvalidArgument, "a frame without data");
  if (frame.width < 1 || frame.height < 1 || frame.width % 2 != 0 ||
      (planes && frame.height % 2 != 0) || frame.height > Image::kMaxPixels / frame.width) {
    base::fail(ErrorCode::kInvalidArgument, "a frame of ", frame.width, "x", frame.height,
               " pixels, expected an even width", planes ? " and height" : "",
               ", together at most ", Image::kMaxPixels, " pixels");
  }
  const std::ptrdiff_t least = std::ptrdiff_t{frame.width} * (planes ? 1 : 2);
  if (frame.row_bytes == 0) frame.row_bytes = least;
  if (frame.chroma == nullptr) frame.chroma = frame.data + frame.row_bytes * frame.height;
  if (frame.chroma_row_bytes == 0) frame.chroma_row_bytes = frame.row_bytes;
  if (frame.row_bytes < least || (planes && frame.chroma_row_bytes < least)) {
    base::fail(ErrorCode::kInvalidArgument, "a frame in rows of ", frame.row_bytes,
               planes ? base::cat(" and ", frame.chroma_row_bytes) : std::string(),
               " bytes, expected at least ", least);
  }
  return frame;
}

void check(const Region& part, const CameraView& frame) {
  const bool lies_within = part.x >= 0 && part.y >= 0 && part.width >= 1 && part.height >= 1 &&
                           part.width <= frame.width - part.x &&
                           part.height <= frame.height - part.y;
  if (lies_within) return;
  base::fail(ErrorCode::kInvalidArgument, "a part of ", part.width, "x", part.height,
             " pixels at (", part.x, ", ", part.y, ") of a frame of ", frame.width, "x",
             frame.height, ", expected one that lies in it");
}

}  // namespace

void to_image(const CameraView& callers, const Region& part, Image& to) {
  const CameraView frame = checked(callers);
  check(part, frame);
  if (to.width() != part.width || to.height() != part.height || !to.warning().empty()) {
    to = Image(part.width, part.height);
  }
  std::uint8_t* pixel = to.data();
  const int end = part.x + part.width;
  for (int i = 0; i < part.height; ++i, pixel += std::ptrdiff_t{3} * part.width) {
    const std::ptrdiff_t row = part.y + i;
    const std::uint8_t* const y = frame.data + row * frame.row_bytes;
    const std::uint8_t* const uv = frame.chroma + row / 2 * frame.chroma_row_bytes;
    switch (frame.format) {
      case CameraFormat::kNv12:
        convert_row<1, 0, 1>(y, uv, part.x, end, pixel);
        break;
      case CameraFormat::kNv21:
        convert_row<1, 1, 0>(y, uv, part.x, end, pixel);
        break;
      case CameraFormat::kYuyv:
        convert_row<2, 1, 3>(y, y, part.x, end, pixel);
        break;
    }
  }
}

Image to_image(const CameraView& frame, const Region& part) {
  Image image;
  to_image(frame, part, image);
  return image;
}

void check_frame(const CameraView& frame) { checked(frame); }

Image to_image(const CameraView& frame) {
  return to_image(frame, {0, 0, frame.width, frame.height});
}

}  // namespace lprnet
