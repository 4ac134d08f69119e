#pragma once

#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lprnet/photo_reader.hpp"
#include "lprnet/session.hpp"
#include "motion.h"
#include "photo_arguments.h"

namespace lprnet::watch {

// The plates of a frame, as far as they can be read: found anywhere, found where something moves,
// or read in the one place where they always are.
class PlatesInFrame {
 public:
  // `quad`: x,y,x,y,x,y,x,y of that place; empty: plates are looked for. Throws Error:
  // kInvalidArgument for a text that does not say what its option wants; as cli::photo_reader().
  PlatesInFrame(const cli::PhotoArguments& photo, const std::string& quad, bool moving_alone);

  // Throws Error(kInvalidArgument) for a frame that the place or region does not lie in.
  std::vector<FoundPlate> in(const cv::Mat& frame);

 private:
  std::vector<FoundPlate> found(const cv::Mat& frame);

  std::optional<PhotoReader> reader_;  // of whole frames
  std::optional<Session> session_;     // of the one place
  Quad place_;
  std::optional<Motion> motion_;
  std::optional<Region> region_;  // looked at by motion_
};

}  // namespace lprnet::watch
