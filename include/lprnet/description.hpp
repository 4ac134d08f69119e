#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lprnet/decode.hpp"
#include "lprnet/export.hpp"
#include "lprnet/quad.hpp"

namespace lprnet {

enum class ChannelOrder { kBgr, kRgb, kGray };
enum class ResizeFilter { kBilinear, kBicubic, kArea, kLanczos };

// How an image becomes the network's input: resized, channels ordered, then (x - mean[c]) *
// scale[c] on bytes 0 to 255, c counted in `channel_order`. See models/FORMAT.md, "preprocess".
struct Preprocessing {
  ChannelOrder channel_order = ChannelOrder::kBgr;
  std::array<float, 3> mean{};
  std::array<float, 3> scale{};
  ResizeFilter resize = ResizeFilter::kBilinear;
  // Without a value a picture fills the network's input, whatever its shape. With one it keeps its
  // shape, as large as fits, in the middle; around it is this colour: bytes 0 to 255 as numbers,
  // counted in `channel_order`. Plates of two lines fill the input. Not for a plate detector.
  std::optional<std::array<float, 3>> letterbox;
};

// How a reader looks at a picture.
struct Look : Part {
  // Degrees, clockwise. Not 0: a rectangle turned about the part's middle, `aspect` times as wide
  // as high, whose upright bounding box is as wide as the part. `aspect` is that of FurtherLooks,
  // or of TwoLines for two lines.
  float turn = 0;
  int lines = 1;  // of text that it looks for: 1, or 2 as TwoLines says
};

// How a plate with two lines of text is shown to a network that reads one: as one line, the upper
// line to the left of the lower one.
struct TwoLines {
  float aspect = 1;  // of such a plate: how many times as wide as high it is
  float widest = 1;  // aspect of the widest picture that may show one
  Part upper;        // the upper line, in shares of the plate
  Part lower;
  float upper_share = 0.5F;  // of the network's input, in columns, that the upper line gets
};

// What a reader does with a picture whose whole it reads with less confidence than `sure`, as
// plates are cut out with any margin, turned, or through their outer characters: it reads the parts
// `looks` one after the other, until two readings, the whole picture's among them, agree on a text
// and the mean of their confidences is at least `sure`. The answer is the text with the largest
// mean of its two best readings, with that as its confidence, or the whole picture's, when that is
// more sure. Last it may read the whole picture upside down and mirrored: where one of these is at
// least `sure` and more so than the answer, the picture shows a plate that way, and the answer is
// empty, with a confidence of 0. Looks for two lines are left out in pictures that are wider than
// those of such plates.
struct FurtherLooks {
  float sure = 1;
  float aspect = 1;
  std::vector<Look> looks;
  bool upside_down = false;
  bool mirrored = false;
  std::optional<TwoLines> two_lines;  // without a value plates have one line

  // From a JSON file that holds the object "further_looks" of models/FORMAT.md. Throws Error:
  // kNotFound, kIo, kFormat.
  LPRNET_API static FurtherLooks load(const std::filesystem::path& path);
};

// What a plate reader's network gives for each class and time step.
enum class Scores {
  kLogits,         // whose softmax are the probabilities; log-softmax too
  kProbabilities,  // 0 to 1: the network ends in a softmax
};

// A network that turns the picture of a plate into text: one input, an image, and as first output
// the class scores of each time step, (1, classes, steps).
struct PlateReader {
  Preprocessing preprocessing;
  // UTF-8 tokens by class; the blank's entry may be missing at the end.
  std::vector<std::string> alphabet;
  int blank = 0;  // the class that CTC drops
  // Of a network whose last operator is a softmax over the classes always kProbabilities.
  Scores scores = Scores::kLogits;
  // The texts that its plates may have, as JSON; empty: any. See Grammar.
  std::string grammar;
  GrammarMode grammar_mode = GrammarMode::kStrict;
  // Divides the logits for probabilities, so that a confidence of 0.9 is right in 90 of 100 cases.
  double temperature = 1;
  std::optional<FurtherLooks> further_looks;

  bool reads_two_lines() const noexcept { return further_looks && further_looks->two_lines; }
};

// One of a plate detector's maps: a grid of cells, `stride` pixels of the input apart in each
// direction, for plates of a range of sizes. The size of a plate is the width of one three times as
// wide as high that covers as many pixels of the input.
struct DetectorMap {
  int stride = 0;
  float smallest = 0;
  float largest = 0;
};

// The same network's closer looks at what may be a plate, on cut-outs around it: better corners,
// and a second opinion. Corners are the mean of what these looks find, each around the mean of
// those before it. The plate's confidence is the mean of the first look's and of these looks' mean,
// theirs being 0 when they find nothing.
struct SecondLook {
  int width = 0;  // of the cut-out, in pixels
  int height = 0;
  std::vector<float> plate_sizes;  // how large the plate is in it, one look for each
  float largest_zoom = 0;          // by which a small plate is enlarged for that, at most
  float first_confidence = 0;      // of the first look, from which on a second is worth it
  float least_confidence = 0;      // of what is found there
  float least_overlap = 0;         // with the plate of the first look, intersection over union
};

// A network that finds plates in a photograph: one input, the picture in the middle of a frame, and
// one output, (1, 10, cells): the cells of each map in turn, row by row. See models/FORMAT.md.
struct PlateDetector {
  Preprocessing preprocessing;
  int multiple = 1;  // what the input's width and height are multiples of; each stride divides it
  std::vector<DetectorMap> maps;
  float reach = 0;             // the unit of corners, in strides of their map
  float least_confidence = 0;  // from which on something counts as a plate
  float most_overlap = 0;      // of two plates; what overlaps more is one, intersection over union
  std::uint8_t border = 0;     // the grey around the picture, 0 to 255
  std::optional<SecondLook> second_look;
};

// A network of which the file says nothing more: it can be inspected, verified and run on numbers.
struct PlainNetwork {};

// What a model file says beside its graph and weights. A value.
struct Description {
  std::string name;
  std::variant<PlainNetwork, PlateReader, PlateDetector> purpose;
  std::map<std::string, std::string> provenance;  // "source", "license", "exporter", ...

  // Null for a network of another purpose.
  const PlateReader* plate_reader() const noexcept { return std::get_if<PlateReader>(&purpose); }
  const PlateDetector* plate_detector() const noexcept {
    return std::get_if<PlateDetector>(&purpose);
  }
  // Null for a network whose input is no picture.
  const Preprocessing* preprocessing() const noexcept {
    if (const PlateReader* reader = plate_reader()) return &reader->preprocessing;
    const PlateDetector* detector = plate_detector();
    return detector != nullptr ? &detector->preprocessing : nullptr;
  }
};

}  // namespace lprnet
