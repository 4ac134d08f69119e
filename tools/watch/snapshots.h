#pragma once

#include <filesystem>
#include <string>

#include "passing.h"

namespace lprnet::watch {

// The folder to which the best frame of each car goes.
class Snapshots {
 public:
  // Makes the folder, if it is not there. Throws Error(kIo).
  explicit Snapshots(const std::string& folder);

  // Writes TIME_TEXT.jpg, with TIME in UTC for a live source, in seconds of the video otherwise;
  // TIME_TEXT-2.jpg where that is there. Returns its path. Throws Error(kIo).
  // REQUIRES: the best sighting has its picture.
  std::string write(const Passing& passing);

 private:
  std::filesystem::path folder_;
};

}  // namespace lprnet::watch
