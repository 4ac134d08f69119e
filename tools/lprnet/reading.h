#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "inputs.h"
#include "lprnet/photo_reader.hpp"
#include "lprnet/recognizer.hpp"
#include "results.h"

namespace lprnet::cli {

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
