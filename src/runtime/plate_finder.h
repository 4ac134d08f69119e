#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/aligned_buffer.h"
#include "detect/decoder.h"
#include "image/canvas.h"
#include "image/preprocess.h"
#include "lprnet/image.hpp"
#include "lprnet/model.hpp"
#include "plan/plan.h"

namespace lprnet {

// Whether a plate may fill the picture: it is as flat as a plate, or as small as a crop.
bool may_be_crop(const ImageView& picture);

// A detector with the memory for one photograph at a time. Movable; from one thread at a time.
class PlateFinder {
 public:
  // `closer` is the same detector made ready for the second look, or null for none. REQUIRES: plate
  // detectors.
  PlateFinder(std::shared_ptr<const Model> detector, std::shared_ptr<const Model> closer);

  // The plates of a picture, in its pixels, the most confident first, at most `max_plates`; each a
  // convex quadrilateral. They stay until the next call. Allocates only at a picture larger than
  // those before. REQUIRES: a view that image::expect_picture() takes.
  std::span<const detect::Found> find(const ImageView& picture, float least_confidence,
                                      int max_plates);

 private:
  // The network at one input size.
  class Look {
   public:
    explicit Look(std::shared_ptr<const Model> model);

    // What is found in a part of the picture, in the picture's pixels.
    std::span<const detect::Found> find(const ImageView& picture, const image::Window& window,
                                        float least_confidence);
    int width() const noexcept { return width_; }
    int height() const noexcept { return height_; }

   private:
    std::shared_ptr<const Model> model_;
    const plan::Plan* plan_;
    std::uint8_t border_;
    int width_;
    int height_;
    image::Canvas canvas_;
    image::Preprocessor preprocessor_;
    base::AlignedBuffer arena_;
    detect::Decoder decoder_;
    std::vector<detect::Found> found_;
  };

  void look_again(const ImageView& picture, detect::Found& plate);

  const PlateDetector& detector_;
  Look first_;
  std::optional<Look> second_;
  std::vector<detect::Found> found_;
};

}  // namespace lprnet
