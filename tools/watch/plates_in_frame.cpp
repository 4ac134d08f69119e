#include "plates_in_frame.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "lprnet/error.hpp"
#include "lprnet/opencv.hpp"

namespace lprnet::watch {
namespace {

// Texts of each frame that vote() weighs, where --top does not say.
constexpr int kTexts = 5;
// What stands in an empty place is read with less.
constexpr float kLeastInPlace = 0.5F;

Quad quad_in(const std::string& text) {
  Quad quad;
  const char* at = text.data();
  const char* const end = at + text.size();
  std::size_t numbers = 0;
  while (numbers < 8) {
    Point& corner = quad.corners[numbers / 2];
    const auto [next, error] = std::from_chars(at, end, numbers % 2 == 0 ? corner.x : corner.y);
    if (error != std::errc()) break;
    ++numbers;
    at = next;
    if (at == end || *at != ',') break;
    ++at;
  }
  if (numbers != 8 || at != end) {
    throw Error(ErrorCode::kInvalidArgument,
                "--quad: '" + text + "', expected four corners x,y,x,y,x,y,x,y in pixels");
  }
  return quad;
}

cv::Rect clipped(const Region& region, const cv::Mat& frame) {
  return cv::Rect(region.x, region.y, region.width, region.height) &
         cv::Rect(0, 0, frame.cols, frame.rows);
}

}  // namespace

PlatesInFrame::PlatesInFrame(const cli::PhotoArguments& photo, const std::string& quad,
                             bool moving_alone) {
  PhotoOptions options = cli::photo_options(photo);
  options.decoding.candidates = std::max(options.decoding.candidates, kTexts);
  cli::PhotoModels models = cli::load_models(photo);
  if (!quad.empty()) {
    place_ = quad_in(quad);
    session_.emplace(std::move(models.reader), 1, options.decoding);
    return;
  }
  if (moving_alone) {
    motion_.emplace();
    region_ = std::exchange(options.region, std::nullopt);
  }
  reader_.emplace(std::move(models.detector), std::move(models.reader), options, 1);
}

std::vector<FoundPlate> PlatesInFrame::in(const cv::Mat& frame) {
  std::vector<FoundPlate> plates = found(frame);
  std::erase_if(plates, [](const FoundPlate& found) { return found.plate.text.empty(); });
  return plates;
}

std::vector<FoundPlate> PlatesInFrame::found(const cv::Mat& frame) {
  if (session_) {
    FoundPlate found;
    found.corners = place_;
    found.plate = session_->recognize(view_of(frame), place_);
    found.lines = found.plate.lines;
    found.confidence = 1;
    if (found.plate.confidence < kLeastInPlace) return {};
    return {found};
  }
  if (!motion_) return reader_->read(view_of(frame));
  const cv::Mat looked_at = region_ ? frame(clipped(*region_, frame)) : frame;
  if (looked_at.empty()) return {};
  const std::optional<Region> moving = motion_->in(looked_at);
  if (!moving) return {};
  cv::Size size;
  cv::Point offset;
  const cv::Mat part = looked_at({moving->x, moving->y, moving->width, moving->height});
  part.locateROI(size, offset);
  std::vector<FoundPlate> plates = reader_->read(view_of(part));
  for (FoundPlate& found : plates) {
    for (Point& corner : found.corners.corners) {
      corner.x += static_cast<float>(offset.x);
      corner.y += static_cast<float>(offset.y);
    }
  }
  return plates;
}

}  // namespace lprnet::watch
