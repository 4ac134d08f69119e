#include "tracker.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "edit_distance.h"
#include "utf8.h"

namespace lprnet::watch {
namespace {

// From which on a text counts as sure, and in how many characters the texts of one plate may
// differ.
constexpr float kSure = 0.9F;
constexpr std::size_t kMisread = 2;

// How far from its expected place a plate may lie, in its widths: whatever its text, and for each
// second since it was seen where the text is much the same, more where it is the same. A car that
// passes at 20 m/s moves by 45 plates in a second.
constexpr double kReach = 0.75;
constexpr double kReachPerSecond = 4;
constexpr double kReachPerSecondOfSameText = 45;
// A plate seen once: nobody knows how fast it is. After some time only one of much the same text is
// it.
constexpr double kReachPerSecondAtFirst = 45;
constexpr double kMostReachAtFirst = 5;
constexpr double kFirstSeconds = 0.3;
// How much a plate may grow or shrink at once, and in a second, as a factor.
constexpr double kGrowth = 1.4;

// How badly the plate fits the track; no value: not at all.
std::optional<double> cost_of(const Track& track, const Frame& frame, const FoundPlate& found) {
  const Plate& known = track.best.found.plate;
  const bool is_like = cli::edit_distance(cli::characters_of(known.text),
                                          cli::characters_of(found.plate.text)) <= kMisread;
  if (!is_like && known.confidence >= kSure && found.plate.confidence >= kSure) return std::nullopt;
  const double gap = frame.seconds - track.last.frame.seconds;
  const Point last = centre_of(track.last.found.corners);
  const Point now = centre_of(found.corners);
  const double seen_width = static_cast<double>(width_of(track.last.found.corners));
  const double width = static_cast<double>(width_of(found.corners));
  if (!(seen_width > 0 && width > 0)) return std::nullopt;
  const double dx =
      static_cast<double>(now.x - last.x) - static_cast<double>(track.velocity.x) * gap;
  const double dy =
      static_cast<double>(now.y - last.y) - static_cast<double>(track.velocity.y) * gap;
  const double away = std::hypot(dx, dy) / std::max(width, seen_width);
  double reach = kReach + (is_like ? kReachPerSecond * gap : 0);
  if (track.frames == 1 && (is_like || gap <= kFirstSeconds)) {
    reach = std::max(reach, std::min(kReachPerSecondAtFirst * gap, kMostReachAtFirst));
  }
  const bool is_same = known.text == found.plate.text;
  if (is_same) reach += kReachPerSecondOfSameText * gap;
  const double growth = std::max(width / seen_width, seen_width / width);
  if (away > reach || growth > kGrowth * (1 + gap)) return std::nullopt;
  return away + (growth - 1) - (is_same ? 1 : 0);
}

void remember(std::vector<Plate>& readings, Plate plate) {
  if (readings.size() < Tracker::kReadings) {
    readings.push_back(std::move(plate));
    return;
  }
  const auto least =
      std::min_element(readings.begin(), readings.end(),
                       [](const Plate& a, const Plate& b) { return a.confidence < b.confidence; });
  if (least->confidence < plate.confidence) *least = std::move(plate);
}

Sighting without_picture(Sighting sighting) {
  sighting.frame.picture.reset();
  return sighting;
}

void extend(Track& track, Sighting sighting) {
  const double gap = sighting.frame.seconds - track.last.frame.seconds;
  if (gap > 0) {
    const Point from = centre_of(track.last.found.corners);
    const Point to = centre_of(sighting.found.corners);
    const auto seconds = static_cast<float>(gap);
    const Point measured{(to.x - from.x) / seconds, (to.y - from.y) / seconds};
    // The newest half and half what was known: corners shake.
    const float share = track.frames == 1 ? 1.0F : 0.5F;
    track.velocity = {track.velocity.x + share * (measured.x - track.velocity.x),
                      track.velocity.y + share * (measured.y - track.velocity.y)};
  }
  ++track.frames;
  remember(track.readings, sighting.found.plate);
  if (sighting.found.plate.confidence > track.best.found.plate.confidence) track.best = sighting;
  track.last = without_picture(std::move(sighting));
}

Track begun_with(Sighting sighting) {
  Track track;
  track.frames = 1;
  track.readings.push_back(sighting.found.plate);
  track.first = without_picture(sighting);
  track.last = track.first;
  track.best = std::move(sighting);
  return track;
}

struct Pair {
  double cost;
  std::size_t track;
  std::size_t plate;
};

}  // namespace

Point centre_of(const Quad& quad) {
  Point sum;
  for (const Point& corner : quad.corners) sum = {sum.x + corner.x, sum.y + corner.y};
  return {sum.x / 4, sum.y / 4};
}

float width_of(const Quad& quad) {
  const auto& [a, b, c, d] = quad.corners;
  return (std::hypot(b.x - a.x, b.y - a.y) + std::hypot(c.x - d.x, c.y - d.y)) / 2;
}

std::vector<Track> Tracker::add(const Frame& frame, std::vector<FoundPlate> plates) {
  const auto gone = std::stable_partition(tracks_.begin(), tracks_.end(), [&](const Track& track) {
    return frame.seconds - track.last.frame.seconds <= forget_seconds_;
  });
  std::vector<Track> ended(std::make_move_iterator(gone), std::make_move_iterator(tracks_.end()));
  tracks_.erase(gone, tracks_.end());

  std::vector<Pair> pairs;
  for (std::size_t t = 0; t < tracks_.size(); ++t) {
    for (std::size_t p = 0; p < plates.size(); ++p) {
      const std::optional<double> cost = cost_of(tracks_[t], frame, plates[p]);
      if (cost) pairs.push_back({*cost, t, p});
    }
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.cost < b.cost; });
  std::vector<bool> track_has_one(tracks_.size());
  std::vector<bool> plate_has_one(plates.size());
  for (const Pair& pair : pairs) {
    if (track_has_one[pair.track] || plate_has_one[pair.plate]) continue;
    track_has_one[pair.track] = true;
    plate_has_one[pair.plate] = true;
    extend(tracks_[pair.track], {frame, std::move(plates[pair.plate])});
  }
  for (std::size_t p = 0; p < plates.size(); ++p) {
    if (!plate_has_one[p]) tracks_.push_back(begun_with({frame, std::move(plates[p])}));
  }
  return ended;
}

std::vector<Track> Tracker::finish() { return std::exchange(tracks_, {}); }

}  // namespace lprnet::watch
