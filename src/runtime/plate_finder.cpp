#include "runtime/plate_finder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "runtime/model_impl.h"

namespace lprnet {
namespace {

// The width of a plate three times as wide as high with that area.
double size_of(const Quad& quad) {
  double twice = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const Point& a = quad.corners[i];
    const Point& b = quad.corners[(i + 1) % 4];
    twice += double{a.x} * b.y - double{a.y} * b.x;
  }
  return std::sqrt(3 * std::abs(twice) / 2);
}

// The cut-out of a second look: the plate in its middle, as large as the detector likes.
image::Window window_around(const Quad& quad, const SecondLook& look, float plate_size) {
  double x = 0;
  double y = 0;
  for (const Point& corner : quad.corners) {
    x += double{corner.x} / 4;
    y += double{corner.y} / 4;
  }
  const double zoom =
      std::min(double{plate_size} / std::max(size_of(quad), 1.0), double{look.largest_zoom});
  return {x - look.width / 2.0 / zoom, y - look.height / 2.0 / zoom, 1 / zoom, 1 / zoom};
}

// The same picture in the middle of the canvas, so many times smaller.
image::Window from_further_away(const image::Window& window, double times, int width, int height) {
  image::Window further = window;
  further.step_x *= times;
  further.step_y *= times;
  further.left -= width * (further.step_x - window.step_x) / 2;
  further.top -= height * (further.step_y - window.step_y) / 2;
  return further;
}

bool is_convex(const Quad& quad) { return image::from_rectangle(1, 1, quad).has_value(); }

}  // namespace

bool may_be_crop(const ImageView& picture) {
  constexpr int kSmallWidth = 400;
  constexpr int kSmallHeight = 300;
  return picture.width >= 2 * std::int64_t{picture.height} ||
         (picture.width <= kSmallWidth && picture.height <= kSmallHeight);
}

PlateFinder::Look::Look(std::shared_ptr<const Model> model)
    : model_(std::move(model)),
      plan_(&model_->impl_->plan),
      border_(model_->description().plate_detector()->border),
      width_(static_cast<int>(model_->input_shape()[3])),
      height_(static_cast<int>(model_->input_shape()[2])),
      canvas_(width_, height_),
      preprocessor_(model_->description().plate_detector()->preprocessing, width_, height_),
      arena_(plan_->arena_floats()),
      decoder_(*model_->description().plate_detector(), width_, height_) {
  plan_->initialise(arena_.data());
  found_.reserve(detect::kMaxPeaks);
}

std::span<const detect::Found> PlateFinder::Look::find(const ImageView& picture,
                                                       const image::Window& window,
                                                       float least_confidence) {
  const ImageView shown = canvas_.draw(picture, window, border_);
  const tensor::View input = plan_->input(0, arena_.data());
  preprocessor_.run(shown, input.data, input.layout.stride(2), input.layout.stride(3),
                    input.layout.stride(1));
  plan_->run(arena_.data());
  found_.clear();
  for (detect::Found found : decoder_.decode(plan_->output(arena_.data()), least_confidence)) {
    for (Point& corner : found.quad.corners) {
      corner.x = static_cast<float>(window.left + corner.x * window.step_x);
      corner.y = static_cast<float>(window.top + corner.y * window.step_y);
    }
    found_.push_back(found);
  }
  return found_;
}

PlateFinder::PlateFinder(std::shared_ptr<const Model> detector, std::shared_ptr<const Model> closer)
    : detector_(*detector->description().plate_detector()), first_(std::move(detector)) {
  if (closer != nullptr) second_.emplace(std::move(closer));
  found_.reserve(detect::kMaxPeaks);
}

std::span<const detect::Found> PlateFinder::find(const ImageView& picture, float least_confidence,
                                                 int max_plates) {
  const int width = first_.width();
  const int height = first_.height();
  const image::Window whole = image::letterbox(picture.width, picture.height, width, height);
  // What a second look may raise above the least confidence is a candidate.
  const float candidate = second_
                              ? std::min(detector_.second_look->first_confidence, least_confidence)
                              : least_confidence;
  std::span<const detect::Found> seen = first_.find(picture, whole, candidate);
  if (seen.empty() && may_be_crop(picture)) {
    constexpr double kFurther = 2;
    seen = first_.find(picture, from_further_away(whole, kFurther, width, height), candidate);
  }
  // The second look may change the order, but each costs time.
  constexpr std::size_t kCandidates = 4;
  const auto most = static_cast<std::size_t>(max_plates);
  seen = seen.first(std::min(seen.size(), kCandidates * most));
  found_.assign(seen.begin(), seen.end());
  if (second_) {
    for (detect::Found& plate : found_) look_again(picture, plate);
  }
  std::erase_if(found_, [least_confidence](const detect::Found& plate) {
    return !(plate.confidence >= least_confidence) || !is_convex(plate.quad);
  });
  const std::size_t kept = detect::keep_one_each(found_, detector_.most_overlap);
  return std::span<const detect::Found>(found_).first(std::min(kept, most));
}

void PlateFinder::look_again(const ImageView& picture, detect::Found& plate) {
  const SecondLook& look = *detector_.second_look;
  float sum = 0;  // of these looks' confidences
  int found = 0;
  for (const float size : look.plate_sizes) {
    const image::Window window = window_around(plate.quad, look, size);
    const detect::Found* best = nullptr;
    double most = 0;
    for (const detect::Found& other : second_->find(picture, window, look.least_confidence)) {
      const double shared = overlap(other.quad, plate.quad);
      if (shared > look.least_overlap && shared * other.confidence > most) {
        best = &other;
        most = shared * other.confidence;
      }
    }
    if (best == nullptr) continue;
    if (found == 0) plate.lines = best->lines;
    sum += best->confidence;
    ++found;
    for (std::size_t i = 0; i < 4; ++i) {
      Point& corner = plate.quad.corners[i];
      const Point& seen = best->quad.corners[i];
      corner.x += (seen.x - corner.x) / static_cast<float>(found);
      corner.y += (seen.y - corner.y) / static_cast<float>(found);
    }
  }
  plate.confidence = (plate.confidence + sum / static_cast<float>(look.plate_sizes.size())) / 2;
}

}  // namespace lprnet
