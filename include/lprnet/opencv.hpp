#pragma once

// For programs that hold their pictures in OpenCV. Header-only: the library itself does not use
// OpenCV, so this header is the one that lprnet.hpp leaves out.

#include <opencv2/core/mat.hpp>
#include <string>

#include "lprnet/error.hpp"
#include "lprnet/image.hpp"

namespace lprnet {

// The matrix's pixels without a copy, valid as long as the matrix's data is. CV_8UC1 is taken as
// grey, CV_8UC3 as BGR and CV_8UC4 as BGRA, as cv::imread and cv::VideoCapture give them; any row
// step, so a region of interest too. Throws Error(kInvalidArgument) for an empty matrix and every
// other type.
inline ImageView view_of(const cv::Mat& mat) {
  if (mat.empty() || mat.dims != 2) {
    throw Error(ErrorCode::kInvalidArgument, "cv::Mat: is empty or not a plane of pixels");
  }
  ImageView view;
  view.data = mat.data;
  view.width = mat.cols;
  view.height = mat.rows;
  view.row_bytes = static_cast<std::ptrdiff_t>(mat.step[0]);
  switch (mat.type()) {
    case CV_8UC1:
      view.format = PixelFormat::kGray;
      return view;
    case CV_8UC3:
      view.format = PixelFormat::kBgr;
      return view;
    case CV_8UC4:
      view.format = PixelFormat::kBgra;
      return view;
    default:
      throw Error(ErrorCode::kInvalidArgument,
                  "cv::Mat: has type " + std::to_string(mat.type()) +
                      ", expected 8-bit pixels of 1, 3 or 4 channels (CV_8UC1, CV_8UC3, CV_8UC4)");
  }
}

}  // namespace lprnet
