#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "inputs.h"
#include "lprnet/image.hpp"
#include "lprnet/photo_reader.hpp"
#include "lprnet/plate.hpp"
#include "lprnet/recognizer.hpp"

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

// How many inputs were read, and how many could not be.
class Tally {
 public:
  void add(const std::string& error) {
    ++total_;
    if (!error.empty()) ++failed_;
  }
  // The exit status. Says on standard error how many failed, where that is easily missed:
  // among several inputs, or in a `format` for machines, which holds the errors itself.
  int status(const std::string& format) const;

 private:
  std::size_t total_ = 0;
  std::size_t failed_ = 0;
};

// Reads every input by the recognizer's threads, and gives the readings to `consume` in the inputs'
// order, each as soon as it is due. Shows the progress, as the arguments say.
void read_in_order(const Recognizer& recognizer, const InputArguments& input,
                   const std::function<void(const Reading&)>& consume);
// The same with photographs, which are kept for `consume` if `keep_pictures`.
void read_in_order(const PhotoReader& reader, const InputArguments& input, bool keep_pictures,
                   const std::function<void(const PhotoResult&)>& consume);

}  // namespace lprnet::cli
