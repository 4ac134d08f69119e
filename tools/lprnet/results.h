#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lprnet/image.hpp"
#include "lprnet/photo_reader.hpp"
#include "lprnet/plate.hpp"

namespace lprnet::cli {

// What one image file reads, or why it could not be read.
struct Reading {
  std::string file;
  std::string error;  // empty: `plate` holds what it reads
  Plate plate;
  double milliseconds = 0;  // file, resize, network and decoding, of this image alone
  int width = 0;            // of the image; 0 where it could not be loaded
  int height = 0;
  std::string warning;  // what is wrong with the file although it was read; empty: nothing
};

// The same of a photograph.
struct PhotoResult {
  std::string file;
  std::string error;  // empty: `plates` holds what was found
  std::vector<FoundPlate> plates;
  double milliseconds = 0;
  int width = 0;
  int height = 0;
  std::shared_ptr<const Image> picture;  // where pictures are kept
  std::string warning;
};

}  // namespace lprnet::cli
