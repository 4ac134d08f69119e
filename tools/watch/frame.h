#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <opencv2/core/mat.hpp>

namespace lprnet::watch {

// One frame of a video. Copies share the picture, which nobody changes.
struct Frame {
  using Clock = std::chrono::system_clock;

  std::int64_t number = 0;   // from 0, dropped ones counted
  double seconds = 0;        // since the source began, by its own clock where it has one
  Clock::time_point time{};  // when a live source gave it; the epoch: the source is not live
  std::shared_ptr<const cv::Mat> picture;
};

}  // namespace lprnet::watch
