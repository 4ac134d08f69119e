#pragma once

#include <cstddef>
#include <cstdint>

#include "lprnet/export.hpp"
#include "lprnet/image.hpp"
#include "lprnet/quad.hpp"

namespace lprnet {

// How cameras and video decoders lay out a picture: brightness (Y) for each pixel, colour (U, V)
// for several pixels together. The names are V4L2's and FFmpeg's.
enum class CameraFormat {
  kNv12,  // a plane of Y, then one of U, V, U, V, ... for each 2x2 pixels
  kNv21,  // the same with V before U
  kYuyv,  // Y, U, Y, V for each two pixels side by side
};

// Somebody else's frame, rows from top to bottom; never owns.
struct CameraView {
  const std::uint8_t* data = nullptr;
  int width = 0;                 // pixels, even
  int height = 0;                // pixels; even for kNv12 and kNv21
  std::ptrdiff_t row_bytes = 0;  // of Y, or of YUYV; 0: rows follow each other without padding
  CameraFormat format = CameraFormat::kNv12;
  // The second plane of kNv12 and kNv21, and its rows; nullptr and 0: right behind the first plane,
  // in rows of row_bytes.
  const std::uint8_t* chroma = nullptr;
  std::ptrdiff_t chroma_row_bytes = 0;
};

// The pixels as OpenCV's cvtColor gives them (COLOR_YUV2BGR_NV12, _NV21, _YUYV; ITU-R BT.601, Y
// from 16 to 235), to the bit. Of `part` alone where it is given: such as the lane before a gate.
// The second form writes into `to`, whose memory serves the next frame of the size. Thread safe for
// different `to`.
//
// check_frame() and these throw Error(kInvalidArgument) for a frame without data, of a size that
// the format cannot have, with rows that overlap, or over Image::kMaxPixels, and for a part that
// does not lie in it; std::bad_alloc. `to` is then as before.
LPRNET_API Image to_image(const CameraView& frame);
LPRNET_API Image to_image(const CameraView& frame, const Region& part);
LPRNET_API void to_image(const CameraView& frame, const Region& part, Image& to);
LPRNET_API void check_frame(const CameraView& frame);

}  // namespace lprnet
