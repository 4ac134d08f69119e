#include "passing.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <utility>

#include "lprnet/vote.hpp"
#include "plate_json.h"

namespace lprnet::watch {
namespace {

using cli::Json;
using cli::rounded;
using cli::wide;

// A plate that grows by this factor comes nearer; one that moves by less than this share of its
// width stands still.
constexpr float kNearer = 1.25F;
constexpr float kStill = 0.5F;

bool is_live(const Frame& frame) { return frame.time != Frame::Clock::time_point{}; }

Json to_json(const Frame& frame) {
  Json json = {{"frame", frame.number}, {"seconds", rounded(frame.seconds, 9)}};
  if (is_live(frame)) json["time"] = utc(frame.time);
  return json;
}

}  // namespace

Passing passing_of(Track track) {
  Plate plate = vote(track.readings);
  return {std::move(track), std::move(plate), ""};
}

const char* direction_of(const Track& track) {
  const Quad& from = track.first.found.corners;
  const Quad& to = track.last.found.corners;
  const float growth = width_of(to) / width_of(from);
  if (growth >= kNearer) return "approaching";
  if (growth <= 1 / kNearer) return "receding";
  const float x = centre_of(to).x - centre_of(from).x;
  const float y = centre_of(to).y - centre_of(from).y;
  if (std::hypot(x, y) < kStill * width_of(from)) return "still";
  if (std::fabs(x) >= std::fabs(y)) return x < 0 ? "left" : "right";
  return y < 0 ? "up" : "down";
}

Json to_json(const Passing& passing, const std::string& source, std::int64_t id) {
  const Track& track = passing.track;
  Json json = {{"source", source}, {"id", id}};
  cli::add_plate(json, passing.plate);
  json["frames"] = track.frames;
  json["first"] = to_json(track.first.frame);
  json["last"] = to_json(track.last.frame);
  json["best"] = to_json(track.best.frame);
  json["best"]["confidence"] = rounded(wide(track.best.found.plate.confidence), 6);
  Json corners = Json::array();
  for (const Point& corner : track.best.found.corners.corners) {
    corners.push_back({rounded(wide(corner.x), 6), rounded(wide(corner.y), 6)});
  }
  json["best"]["corners"] = std::move(corners);
  json["direction"] = direction_of(track);
  if (!passing.snapshot.empty()) json["snapshot"] = passing.snapshot;
  return json;
}

std::string utc(Frame::Clock::time_point time) {
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = static_cast<std::time_t>(milliseconds / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + length, text.size() - length, ".%03dZ",
                static_cast<int>(milliseconds % 1000));
  return text.data();
}

}  // namespace lprnet::watch
