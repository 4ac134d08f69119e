#pragma once

#include <opencv2/core.hpp>
#include <optional>

#include "lprnet/quad.hpp"

namespace lprnet::watch {

// Where something moves, against a background that it learns: a running mean of small grey frames.
class Motion {
 public:
  // The upright part of the frame in which something moves, with what lies close by; no value:
  // nothing does. The whole frame where there is no background yet, or one of another size.
  std::optional<Region> in(const cv::Mat& frame);

 private:
  cv::Mat background_;  // 32-bit
  cv::Mat small_;
  cv::Mat grey_;
  cv::Mat difference_;
};

}  // namespace lprnet::watch
