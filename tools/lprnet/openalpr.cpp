#include "openalpr.h"

#include <chrono>
#include <cmath>
#include <utility>

namespace lprnet::cli {
namespace {

Json percent(float confidence) { return rounded(100 * static_cast<double>(confidence), 8); }

Json candidate(const std::string& text, float confidence, GrammarMatch grammar) {
  return {{"plate", text},
          {"confidence", percent(confidence)},
          {"matches_template", grammar == GrammarMatch::kMatched ? 1 : 0}};
}

Json to_json(const FoundPlate& found, int index, const OpenAlprPicture& picture) {
  const Plate& plate = found.plate;
  Json json = candidate(plate.text, plate.confidence, plate.grammar);
  json["plate_index"] = index;
  json["region"] = "";
  json["region_confidence"] = 0;
  json["processing_time_ms"] = rounded(picture.milliseconds, 8);
  json["requested_topn"] = picture.wanted_texts;
  json["coordinates"] = Json::array();
  for (const Point& corner : found.corners.corners) {
    json["coordinates"].push_back({{"x", std::lround(corner.x)}, {"y", std::lround(corner.y)}});
  }
  json["candidates"] = Json::array();
  json["candidates"].push_back(candidate(plate.text, plate.confidence, plate.grammar));
  for (const Alternative& other : plate.alternatives) {
    json["candidates"].push_back(candidate(other.text, other.confidence, other.grammar));
  }
  return json;
}

}  // namespace

Json openalpr_json(const OpenAlprPicture& picture, const std::vector<FoundPlate>& plates) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  Json json = {{"version", 2},
               {"data_type", "alpr_results"},
               {"epoch_time", std::chrono::duration_cast<std::chrono::milliseconds>(now).count()},
               {"img_width", picture.width},
               {"img_height", picture.height},
               {"processing_time_ms", rounded(picture.milliseconds, 8)}};
  const Region whole{0, 0, picture.width, picture.height};
  const Region& region = picture.region.width > 0 ? picture.region : whole;
  json["regions_of_interest"] = Json::array();
  if (region.width > 0) {
    json["regions_of_interest"].push_back(
        {{"x", region.x}, {"y", region.y}, {"width", region.width}, {"height", region.height}});
  }
  json["results"] = Json::array();
  for (const FoundPlate& plate : plates) {
    json["results"].push_back(to_json(plate, static_cast<int>(json["results"].size()), picture));
  }
  json["file"] = picture.file;
  if (!picture.error.empty()) json["error"] = picture.error;
  return json;
}

}  // namespace lprnet::cli
