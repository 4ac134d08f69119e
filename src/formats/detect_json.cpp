#include "formats/detect_json.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/error_text.h"
#include "base/ledger.h"

namespace lprnet::formats {
namespace {

constexpr std::size_t kMaxMaps = 8;
constexpr std::size_t kMaxCloserLooks = 8;  // at a plate, beside the first
constexpr std::int64_t kMaxMultiple = 1024;
constexpr std::int64_t kMaxSide = 4096;  // of the second look

int integer(ObjectReader& object, const char* key, std::int64_t least, std::int64_t most) {
  const auto value = object.required<std::int64_t>(key);
  if (value < least || value > most) {
    object.refuse(key, object.get(key), base::cat(least, " to ", most));
  }
  return static_cast<int>(value);
}

float positive(ObjectReader& object, const char* key, double most) {
  const auto value = object.required<double>(key);
  const auto single = static_cast<float>(value);
  // Not the negation of <=, which a NaN would pass.
  if (!(single > 0) || !(value <= most)) {
    object.refuse(key, object.get(key), base::cat("more than 0 and at most ", most));
  }
  return single;
}

constexpr double kLargestSize = 65536;

DetectorMap read_map(const Json& json, std::size_t index, int multiple, const std::string& where,
                     OtherKeys others) {
  ObjectReader object(json, base::cat(where, ": map ", index));
  DetectorMap map;
  map.stride = integer(object, "stride", 1, kMaxMultiple);
  if (multiple % map.stride != 0) {
    object.refuse("stride", object.get("stride"), base::cat("a divisor of ", multiple));
  }
  map.smallest = positive(object, "smallest", kLargestSize);
  map.largest = positive(object, "largest", kLargestSize);
  if (map.largest < map.smallest) {
    object.refuse("largest", object.get("largest"), base::cat("at least ", map.smallest));
  }
  object.finish(others);
  return map;
}

std::vector<float> read_sizes(ObjectReader& object) {
  std::vector<float> sizes;
  for (const double size : object.required<std::vector<double>>("plate_sizes")) {
    sizes.push_back(static_cast<float>(size));
  }
  const bool fits = std::all_of(sizes.begin(), sizes.end(),
                                [](float size) { return size > 0 && size <= kLargestSize; });
  if (!fits || sizes.empty() || sizes.size() > kMaxCloserLooks) {
    object.refuse("plate_sizes", object.get("plate_sizes"),
                  base::cat("a list of 1 to ", kMaxCloserLooks,
                            " sizes, each more than 0 and at most ", kLargestSize));
  }
  return sizes;
}

SecondLook read_second_look(const Json& json, int multiple, const std::string& where,
                            OtherKeys others) {
  ObjectReader object(json, where + ": 'second_look'");
  SecondLook look;
  look.width = integer(object, "width", 1, kMaxSide);
  look.height = integer(object, "height", 1, kMaxSide);
  for (const auto& [key, side] : {std::pair{"width", look.width}, {"height", look.height}}) {
    if (side % multiple != 0) {
      object.refuse(key, object.get(key), base::cat("a multiple of ", multiple));
    }
  }
  look.plate_sizes = read_sizes(object);
  look.largest_zoom = positive(object, "largest_zoom", 64);
  look.first_confidence = positive(object, "first_confidence", 1);
  look.least_confidence = positive(object, "least_confidence", 1);
  look.least_overlap = positive(object, "least_overlap", 1);
  object.finish(others);
  return look;
}

void expect_readable(const std::string& text, const std::string& where) {
  try {
    PlateDetector again;
    const Document document = parse_json(text, where, base::Ledger());
    read_detect(document.json(), again, where, OtherKeys::kRefused);
  } catch (const Error& error) {
    throw Error(ErrorCode::kInvalidArgument, error.what());
  }
}

}  // namespace

void read_detect(const Json& json, PlateDetector& detector, const std::string& where,
                 OtherKeys others) {
  ObjectReader object(json, where + ": 'detect'");
  detector.multiple = integer(object, "multiple", 1, kMaxMultiple);
  const Json& maps = object.get("maps");
  if (!maps.is_array() || maps.empty() || maps.size() > kMaxMaps) {
    object.refuse("maps", maps, base::cat("a list of 1 to ", kMaxMaps, " maps"));
  }
  detector.maps.clear();
  for (std::size_t i = 0; i < maps.size(); ++i) {
    detector.maps.push_back(read_map(maps[i], i, detector.multiple, object.where(), others));
  }
  detector.reach = positive(object, "reach", 1024);
  detector.least_confidence = positive(object, "least_confidence", 1);
  detector.most_overlap = positive(object, "most_overlap", 1);
  detector.border = static_cast<std::uint8_t>(integer(object, "border", 0, 255));
  if (const Json* look = object.find("second_look")) {
    detector.second_look = read_second_look(*look, detector.multiple, object.where(), others);
  }
  object.finish(others);
}

std::string write_detect(const PlateDetector& detector, const std::string& where) {
  const auto number = [&where](const char* key, float value) {
    if (std::isfinite(value)) return static_cast<double>(value);
    base::fail(ErrorCode::kInvalidArgument, where, ": 'detect': '", key, "' is not finite");
  };
  std::vector<std::string> maps;
  for (const DetectorMap& map : detector.maps) {
    ObjectWriter written;
    written.set("stride", map.stride);
    written.set("smallest", number("smallest", map.smallest));
    written.set("largest", number("largest", map.largest));
    maps.push_back(written.text());
  }
  ObjectWriter json;
  json.set("multiple", detector.multiple);
  json.set_text("maps", json_array(maps));
  json.set("reach", number("reach", detector.reach));
  json.set("least_confidence", number("least_confidence", detector.least_confidence));
  json.set("most_overlap", number("most_overlap", detector.most_overlap));
  json.set("border", static_cast<int>(detector.border));
  if (const auto& look = detector.second_look) {
    ObjectWriter written;
    written.set("width", look->width);
    written.set("height", look->height);
    std::vector<double> sizes;
    for (const float size : look->plate_sizes) sizes.push_back(number("plate_sizes", size));
    written.set("plate_sizes", sizes);
    written.set("largest_zoom", number("largest_zoom", look->largest_zoom));
    written.set("first_confidence", number("first_confidence", look->first_confidence));
    written.set("least_confidence", number("least_confidence", look->least_confidence));
    written.set("least_overlap", number("least_overlap", look->least_overlap));
    json.set_text("second_look", written.text());
  }
  expect_readable(json.text(), where);
  return json.text();
}

}  // namespace lprnet::formats
