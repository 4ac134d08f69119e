#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "lprnet/image.hpp"
#include "lprnet/photo_reader.hpp"
#include "reading.h"

namespace lprnet::cli {

// Draws each plate's corners, and its text above or below it.
void draw_plates(Image& image, const std::vector<FoundPlate>& plates);

// A folder of photographs with their plates drawn in.
class AnnotationFolder {
 public:
  // Makes the folder, if it is not there. Throws Error(kIo).
  explicit AnnotationFolder(const std::string& folder);

  // Writes NAME.jpg for .../NAME.png, NAME-2.jpg where that is taken by an earlier photograph.
  // Throws Error, also where the photograph lies in this folder. REQUIRES: result.picture.
  void write(const PhotoResult& result);

 private:
  std::filesystem::path folder_;
  std::set<std::string> taken_;
};

}  // namespace lprnet::cli
