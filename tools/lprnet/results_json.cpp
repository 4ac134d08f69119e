#include "results_json.h"

#include <utility>

#include "plate_json.h"

namespace lprnet::cli {
namespace {

Json to_json(const FoundPlate& found) {
  Json corners = Json::array();
  for (const Point& corner : found.corners.corners) {
    corners.push_back({rounded(wide(corner.x), 6), rounded(wide(corner.y), 6)});
  }
  Json json;
  add_plate(json, found.plate);
  json["found"] = rounded(wide(found.confidence), 6);
  json["lines"] = found.lines;  // the detector's where nothing is read
  json["corners"] = std::move(corners);
  return json;
}

}  // namespace

bool is_accepted(const Reading& reading, double min_confidence) {
  return static_cast<double>(reading.plate.confidence) >= min_confidence;
}

Json to_json(const Reading& reading, double min_confidence) {
  Json json = {{"file", reading.file}};
  if (!reading.error.empty()) {
    json["error"] = reading.error;
    return json;
  }
  add_plate(json, reading.plate);
  if (min_confidence > 0) json["accepted"] = is_accepted(reading, min_confidence);
  json["milliseconds"] = rounded(reading.milliseconds, 4);
  return json;
}

Json to_json(const PhotoResult& result) {
  Json json = {{"file", result.file}};
  if (!result.error.empty()) {
    json["error"] = result.error;
    return json;
  }
  json["width"] = result.width;
  json["height"] = result.height;
  json["plates"] = Json::array();
  for (const FoundPlate& found : result.plates) json["plates"].push_back(to_json(found));
  json["milliseconds"] = rounded(result.milliseconds, 4);
  return json;
}

}  // namespace lprnet::cli
