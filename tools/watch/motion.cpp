#include "motion.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <utility>

namespace lprnet::watch {
namespace {

constexpr int kColumns = 192;        // of the small frame
constexpr double kLearning = 0.05;   // share of a frame in the mean
constexpr double kLeastChange = 12;  // grey levels
constexpr int kLeastPixels = 6;      // of the small frame, together
// The detector gains nothing from less: its input's size.
constexpr int kLeastColumns = 640;
constexpr int kLeastRows = 384;
constexpr double kSurroundings = 0.2;  // share of the moving part on each side

Region whole(const cv::Mat& frame) { return {0, 0, frame.cols, frame.rows}; }

}  // namespace

std::optional<Region> Motion::in(const cv::Mat& frame) {
  const int rows = std::max(1, frame.rows * kColumns / frame.cols);
  cv::resize(frame, small_, {kColumns, rows}, 0, 0, cv::INTER_AREA);
  if (small_.channels() == 3) {
    cv::cvtColor(small_, grey_, cv::COLOR_BGR2GRAY);
  } else {
    grey_ = small_;
  }
  if (background_.size() != grey_.size()) {
    grey_.convertTo(background_, CV_32F);
    return whole(frame);
  }
  background_.convertTo(difference_, CV_8U);
  cv::absdiff(grey_, difference_, difference_);
  cv::accumulateWeighted(grey_, background_, kLearning);
  cv::threshold(difference_, difference_, kLeastChange, 255, cv::THRESH_BINARY);
  // A pixel alone is noise.
  cv::morphologyEx(difference_, difference_, cv::MORPH_OPEN, cv::Mat());
  if (cv::countNonZero(difference_) < kLeastPixels) return std::nullopt;
  const cv::Rect moving = cv::boundingRect(difference_);
  const double scale = static_cast<double>(frame.cols) / kColumns;
  const auto span = [&](int first, int count, int least, int limit) {
    const double size =
        std::max(count * scale * (1 + 2 * kSurroundings), static_cast<double>(least));
    const double middle = (first + count / 2.0) * scale;
    const int begin = std::clamp(static_cast<int>(middle - size / 2), 0, limit);
    const int end = std::clamp(static_cast<int>(middle + size / 2) + 1, begin, limit);
    return std::pair<int, int>{begin, end - begin};
  };
  const auto [x, width] = span(moving.x, moving.width, kLeastColumns, frame.cols);
  const auto [y, height] = span(moving.y, moving.height, kLeastRows, frame.rows);
  return Region{x, y, width, height};
}

}  // namespace lprnet::watch
