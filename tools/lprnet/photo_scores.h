#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "marks.h"
#include "reading.h"
#include "scores.h"

namespace lprnet::cli {

// How well what is found in photographs agrees with their marks.
class PhotoScores {
 public:
  // `width` and `height` of the detector's input: plates are sized as they appear in it.
  PhotoScores(int width, int height) : width_(width), height_(height) {}

  // REQUIRES: no error in the result.
  void add(const PhotoResult& result, const std::vector<Mark>& marks);

  // Marked plates of some size.
  struct Group {
    Share found;      // by an intersection over union of at least half
    Share within_12;  // of those with exact marks: every corner within 12 % of the plate's width
    Share within_8;
    Share text;  // of those with a known text: found, and read so
  };
  // One plate that went wrong, for people to look at.
  struct Trouble {
    std::string file;
    std::string what;  // "missed", "false", "read"
    std::string label;
    std::string text;
    float confidence = 0;  // of finding; 0 for a missed one
    Quad corners;
  };

  static constexpr std::array<double, 6> kEdges{
      0, 24, 48, 96, 180, std::numeric_limits<double>::infinity()};  // widths, in pixels

  Group all;
  std::array<Group, kEdges.size() - 1> by_size;
  std::size_t photographs = 0;
  std::size_t false_plates = 0;
  std::vector<Trouble> troubles;

 private:
  int width_;
  int height_;
};

}  // namespace lprnet::cli
