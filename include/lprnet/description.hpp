#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

namespace lprnet {

enum class ChannelOrder { kBgr, kRgb, kGray };
enum class ResizeFilter { kBilinear, kBicubic };

// How an image becomes the network's input: resized, channels ordered, then (x - mean[c]) *
// scale[c] on bytes 0 to 255, c counted in `channel_order`. See models/FORMAT.md, "preprocess".
struct Preprocessing {
  ChannelOrder channel_order = ChannelOrder::kBgr;
  std::array<float, 3> mean{};
  std::array<float, 3> scale{};
  ResizeFilter resize = ResizeFilter::kBilinear;
};

// What a model file says beside its graph and weights. A value.
struct Description {
  std::string name;
  // False for a graph that is not a plate reader: then preprocessing, alphabet and blank are unset.
  bool reads_plates = false;
  Preprocessing preprocessing;
  std::vector<std::string>
      alphabet;   // UTF-8 tokens by class; the blank's entry may be missing at the end
  int blank = 0;  // the class that CTC drops
  std::map<std::string, std::string> provenance;  // "source", "license", "exporter", ...
};

}  // namespace lprnet
