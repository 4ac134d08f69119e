#pragma once

#include <array>
#include <map>
#include <string>
#include <variant>
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

// A network that turns the picture of a plate into text: one input, an image, and as first output
// the class scores of each time step, (1, classes, steps).
struct PlateReader {
  Preprocessing preprocessing;
  // UTF-8 tokens by class; the blank's entry may be missing at the end.
  std::vector<std::string> alphabet;
  int blank = 0;  // the class that CTC drops
};

// A network of which the file says nothing more: it can be inspected, verified and run on numbers.
struct PlainNetwork {};

// What a model file says beside its graph and weights. A value.
struct Description {
  std::string name;
  std::variant<PlainNetwork, PlateReader> purpose;
  std::map<std::string, std::string> provenance;  // "source", "license", "exporter", ...

  // Null for a network of another purpose.
  const PlateReader* plate_reader() const noexcept { return std::get_if<PlateReader>(&purpose); }
};

}  // namespace lprnet
