#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "inputs.h"
#include "lprnet/image.hpp"
#include "lprnet/plate.hpp"
#include "lprnet/recognizer.hpp"

namespace lprnet::cli {

// What one image file reads, or why it could not be read.
struct Reading {
  std::string file;
  std::string error;  // empty: `plate` holds what it reads
  Plate plate;
  double milliseconds = 0;  // file, resize, network and decoding, of this image alone
};

// Reads every input by the recognizer's threads, and gives the readings to `consume` in the inputs'
// order, each as soon as it is due. Shows a counter on standard error when that is a terminal,
// standard output is not, and it takes long.
void read_in_order(const Recognizer& recognizer, Inputs& inputs, const ImageOptions& options,
                   const std::function<void(const Reading&)>& consume);

}  // namespace lprnet::cli
