#pragma once

#include <cstdint>
#include <vector>

#include "frame.h"
#include "lprnet/photo_reader.hpp"
#include "lprnet/plate.hpp"
#include "lprnet/quad.hpp"

namespace lprnet::watch {

// A plate in one frame.
struct Sighting {
  Frame frame;
  FoundPlate found;
};

// What belongs to one car: its plate in several frames.
struct Track {
  std::int64_t frames = 0;
  Sighting first;
  Sighting last;
  Sighting best;                // read most confidently
  std::vector<Plate> readings;  // at most Tracker::kReadings, the most confident ones
  Point velocity;               // of the plate's centre, in pixels a second
};

Point centre_of(const Quad& quad);
// The mean length of the upper and the lower edge.
float width_of(const Quad& quad);

// Joins the plates of frames that follow each other. A plate belongs to the track that expects one
// nearest by, by its speed so far; a text read alike lets it lie further away, two texts that are
// read surely and differ belong to different cars. Pictures of first and last sightings are not
// kept.
class Tracker {
 public:
  static constexpr std::size_t kReadings = 48;

  // `forget_seconds`: how long a plate may be out of sight.
  explicit Tracker(double forget_seconds) : forget_seconds_(forget_seconds) {}

  // What the next frame shows. Returns the tracks that have ended, the oldest first.
  std::vector<Track> add(const Frame& frame, std::vector<FoundPlate> plates);
  // Ends all tracks.
  std::vector<Track> finish();

 private:
  const double forget_seconds_;
  std::vector<Track> tracks_;  // in the order in which they began
};

}  // namespace lprnet::watch
