#pragma once

#include <string>

#include "arguments.h"
#include "lprnet/checkpoint.hpp"

namespace lprnet::cli {

// What the command line says of a model that is a checkpoint. Empty texts and unset numbers leave
// it to the profile.
struct CheckpointArguments {
  static constexpr int kUnset = -1;

  std::string profile;
  std::string weights;
  std::string stn;
  std::string reading;
  std::string alphabet;
  int blank = kUnset;
  std::string channel_order;
  std::string mean;
  std::string scale;
  std::string resize;
  std::string input_size;
  std::string align_corners;
  bool padded_first_layer = false;
  std::string source;
  std::string license;

  // Throws Error: kInvalidArgument for a value that is none, kNotFound for an alphabet that is
  // neither known nor a file.
  CheckpointOptions options() const;
};

// The options --profile, --weights, --stn, --reading, --alphabet and --blank, for commands that run
// a model.
void declare_checkpoint(Arguments& arguments, CheckpointArguments* checkpoint);
// Those and all others.
void declare_whole_checkpoint(Arguments& arguments, CheckpointArguments* checkpoint);

std::string name_of(ChannelOrder order);   // "BGR", ...
std::string name_of(ResizeFilter filter);  // "bilinear", "bicubic", "area", "lanczos"

}  // namespace lprnet::cli
