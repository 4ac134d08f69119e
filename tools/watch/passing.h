#pragma once

#include <cstdint>
#include <string>

#include "json_text.h"
#include "lprnet/plate.hpp"
#include "tracker.h"

namespace lprnet::watch {

// A car that has passed: what its track says in the end.
struct Passing {
  Track track;
  Plate plate;           // what all readings together say
  std::string snapshot;  // the file with the best frame; empty: none
};

Passing passing_of(Track track);

// "left", "right", "up", "down", "approaching", "receding" or "still", as the plate moves in the
// picture; by how much it grows before how far it goes.
const char* direction_of(const Track& track);

// One line of what `lprnet watch` writes, see watch.schema.json.
cli::Json to_json(const Passing& passing, const std::string& source, std::int64_t id);

// 2026-01-31T23:59:59.250Z
std::string utc(Frame::Clock::time_point time);

}  // namespace lprnet::watch
