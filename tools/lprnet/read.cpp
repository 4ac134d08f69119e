#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "annotation.h"
#include "checkpoint_arguments.h"
#include "command.h"
#include "inputs.h"
#include "json_text.h"
#include "limit_arguments.h"
#include "lprnet/photo_reader.hpp"
#include "model_search.h"
#include "output.h"
#include "photo_arguments.h"
#include "reading.h"
#include "records.h"
#include "safe_text.h"

namespace lprnet::cli {
namespace {

struct Options {
  PhotoArguments photo;
  ImageOptions image_options;
  std::string format = "text";
  std::string annotate;
  int threads = 1;
  bool recursive = false;
  Inputs::List list = Inputs::List::kLines;
  std::vector<std::string> paths;
};

double wide(float value) { return static_cast<double>(value); }

Json to_json(const FoundPlate& found) {
  Json corners = Json::array();
  for (const Point& corner : found.corners.corners) {
    corners.push_back({rounded(wide(corner.x), 6), rounded(wide(corner.y), 6)});
  }
  Json characters = Json::array();
  for (const Character& character : found.plate.characters) {
    characters.push_back({{"text", character.text},
                          {"confidence", rounded(wide(character.confidence), 6)},
                          {"step", character.step}});
  }
  return {{"text", found.plate.text},
          {"confidence", rounded(wide(found.plate.confidence), 6)},
          {"found", rounded(wide(found.confidence), 6)},
          {"lines", found.lines},
          {"corners", std::move(corners)},
          {"characters", std::move(characters)}};
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

std::string corners_of(const FoundPlate& found, char between, char after) {
  std::string text;
  for (const Point& corner : found.corners.corners) {
    if (!text.empty()) text += after;
    text += decimals(wide(corner.x), 1) + between + decimals(wide(corner.y), 1);
  }
  return text;
}

constexpr const char* kCsvHeading =
    "file,text,confidence,found,lines,x1,y1,x2,y2,x3,y3,x4,y4,milliseconds,error\n";

std::string to_csv(const PhotoResult& result) {
  const std::string file = csv_field(result.file);
  if (!result.error.empty()) return file + ",,,,,,,,,,,,,," + csv_field(result.error) + "\n";
  std::string rows;
  for (const FoundPlate& found : result.plates) {
    rows += file + ',' + csv_field(found.plate.text) + ',' +
            decimals(wide(found.plate.confidence), 6) + ',' + decimals(wide(found.confidence), 6) +
            ',' + std::to_string(found.lines) + ',' + corners_of(found, ',', ',') + ',' +
            decimals(result.milliseconds, 3) + ",\n";
  }
  return rows;
}

std::string to_lines(const PhotoResult& result) {
  std::string lines;
  for (const FoundPlate& found : result.plates) {
    lines += escaped(result.file) + '\t' + escaped(found.plate.text) + '\t' +
             decimals(wide(found.plate.confidence), 4) + '\t' + corners_of(found, ',', ' ') + '\n';
  }
  return lines;
}

void write(Records& records, const PhotoResult& result) {
  switch (records.format()) {
    case Records::Format::kText:
      if (!result.error.empty()) return records.complain(result.error);
      return records.write(to_lines(result));
    case Records::Format::kJson:
    case Records::Format::kNdjson:
      return records.write(json_line(to_json(result)));
    case Records::Format::kCsv:
      return records.write(to_csv(result));
  }
}

int read(const Options& options) {
  const PhotoReader reader = photo_reader(options.photo, options.threads);
  Inputs inputs(options.paths, options.recursive, options.list,
                options.image_options.max_file_bytes);
  std::optional<AnnotationFolder> annotations;
  if (!options.annotate.empty()) annotations.emplace(options.annotate);
  Records records(options.format, kCsvHeading);
  std::size_t total = 0;
  std::size_t failed = 0;
  read_in_order(reader, inputs, options.image_options, annotations.has_value(),
                [&](const PhotoResult& result) {
                  write(records, result);
                  if (annotations && result.picture != nullptr) annotations->write(result);
                  ++total;
                  if (!result.error.empty()) ++failed;
                });
  records.finish();
  if (failed == 0) return kAllDone;
  if (total > 1 || options.format != "text") {
    complain(std::to_string(failed) + " of " + std::to_string(total) + " inputs could not be read");
  }
  return kSomeFailed;
}

}  // namespace

Command read_command() {
  return {"read", "Find and read the plates in photographs",
          "  lprnet read street.jpg\n"
          "  lprnet read --annotate marked/ --format ndjson photographs/ > plates.ndjson\n"
          "  lprnet read --region 0,400,1920,680 --max-plates 1 frame.png\n"
          "  lprnet read - < street.jpg",
          [](Arguments& arguments) -> std::function<int()> {
            auto options = std::make_shared<Options>();
            declare_photo(arguments, &options->photo);
            arguments.choice("--format", &options->format, Records::formats(),
                             "How to write what is read");
            arguments.text("--annotate", "DIR", &options->annotate,
                           "Write each photograph with its plates drawn in there, as JPEG");
            arguments.number("--threads", "N", &options->threads, 0, 1024,
                             "Photographs read at a time; 0: one for each core");
            arguments.flag("--recursive", &options->recursive, "Read folders below folders too");
            declare_list(arguments, &options->list);
            arguments.positionals("PATH", &options->paths,
                                  "Image, folder of images, or - for standard input: a picture, or "
                                  "a list of paths",
                                  Arguments::Presence::kRequired);
            declare_limits(arguments, &options->photo.limits);
            declare_limits(arguments, &options->image_options);
            return [options] { return read(*options); };
          }};
}

}  // namespace lprnet::cli
