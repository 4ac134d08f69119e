#pragma once

#include <memory>
#include <optional>

#include "lprnet/camera.hpp"
#include "lprnet/decode.hpp"
#include "lprnet/image.hpp"
#include "lprnet/lprnet.h"
#include "lprnet/model.hpp"
#include "lprnet/photo_reader.hpp"
#include "lprnet/recognizer.hpp"

// What stands behind the handles. Their names are the C header's.

struct lprnet_grammar {
  std::shared_ptr<const lprnet::Grammar> grammar;
};

struct lprnet_model {
  std::shared_ptr<const lprnet::Model> model;
};

struct lprnet_picture {
  lprnet::Image owned;     // empty for pixels that belong to the caller
  lprnet::ImageView view;  // of `owned` or of the caller's pixels; of a frame only its size
  std::optional<lprnet::CameraView> frame;

  // A frame's pixels are converted into `converted`.
  lprnet::ImageView pixels(lprnet::Image& converted) const {
    if (!frame) return view;
    converted = lprnet::to_image(*frame);
    return converted.view();
  }
};

struct lprnet_photo_reader {
  lprnet::PhotoReader reader;
};

struct lprnet_recognizer {
  lprnet::Recognizer recognizer;
};
