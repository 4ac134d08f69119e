#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lprnet/description.hpp"
#include "lprnet/export.hpp"

namespace lprnet {

// What a PyTorch checkpoint cannot say of itself, for one published kind of LPRNet.
struct CheckpointProfile {
  std::string name;         // "sirius", ...
  std::string description;  // one line for people
  std::string source;       // where its checkpoint is published
  std::string license;
  int classes = 0;
  std::vector<std::string> alphabet;  // UTF-8 tokens by class
  int blank = 0;                      // the class that CTC drops
  Preprocessing preprocessing;
  int input_width = 94;   // pixels
  int input_height = 24;  // pixels
  // Of the spatial transformer's sampling, as PyTorch's argument of that name.
  bool align_corners = false;
};

// All profiles, in the order in which they are listed. Valid until the program ends; thread safe.
LPRNET_API const std::vector<CheckpointProfile>& checkpoint_profiles();

// An alphabet that many checkpoints share.
struct KnownAlphabet {
  std::string name;  // "A68", ...
  std::string description;
  std::vector<std::string> tokens;  // by class; a blank that is the last class may be left out
  int blank = 0;
};

LPRNET_API const std::vector<KnownAlphabet>& known_alphabets();

// How to read a file that holds weights alone: a PyTorch checkpoint (.pth, .pt), or a .safetensors
// file without a graph. The network is told from the tensors' names and shapes, and so is the
// profile unless one is named; what is set here is used instead of the profile's value.
struct CheckpointOptions {
  std::string profile;  // a name of checkpoint_profiles(); empty: chosen by the tensors
  // The key of the dict in the file that holds the network's weights ("ema"; "nets.lpr" for a dict
  // in a dict), where several are there; empty: the only ones.
  std::string weights;
  std::filesystem::path stn;  // checkpoint of a spatial transformer that stands before the network
  // A JSON file with the object "preprocess", "decode" or both, as models/FORMAT.md has them.
  std::filesystem::path reading;
  // UTF-8 tokens by class; empty: the profile's. The blank's may be left out where it is the last
  // class, or the first (a dictionary of PaddleOCR, which may leave out the last, a space, too).
  std::vector<std::string> alphabet;
  // With an alphabet given here, or read, and no blank: the last class.
  std::optional<int> blank;
  std::optional<ChannelOrder> channel_order;
  std::optional<std::array<float, 3>> mean;   // of bytes 0 to 255, in the channel order
  std::optional<std::array<float, 3>> scale;  // input = (byte - mean) * scale
  std::optional<ResizeFilter> resize;
  std::optional<int> input_width;   // pixels
  std::optional<int> input_height;  // pixels
  std::optional<bool> align_corners;
  // The public edition with padding 1 in its first convolution, which the weights do not show.
  bool padded_first_layer = false;
  // Added to Description::provenance: "source", "license", ...
  std::map<std::string, std::string> provenance;
};

}  // namespace lprnet
