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
#include "lprnet/error.hpp"
#include "lprnet/photo_reader.hpp"
#include "model_search.h"
#include "openalpr.h"
#include "output.h"
#include "photo_arguments.h"
#include "reading.h"
#include "records.h"
#include "results.h"
#include "results_json.h"
#include "safe_text.h"

namespace lprnet::cli {
namespace {

struct ReadArguments {
  PhotoArguments photo;
  InputArguments input;
  std::string format = "text";
  std::string annotate;
};

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

Json to_openalpr(const PhotoResult& result, const PhotoArguments& photo) {
  OpenAlprPicture picture;
  picture.file = result.file;
  picture.error = result.error;
  picture.width = result.width;
  picture.height = result.height;
  picture.milliseconds = result.milliseconds;
  picture.region = region_of(photo).value_or(Region{});
  picture.wanted_texts = photo.decoding.candidates();
  return openalpr_json(picture, result.plates);
}

void write(Records& records, const PhotoResult& result, const PhotoArguments& photo) {
  if (!result.warning.empty()) records.complain("warning: " + result.warning);
  switch (records.format()) {
    case Records::Format::kText:
      if (!result.error.empty()) return records.complain(result.error);
      return records.write(to_lines(result));
    case Records::Format::kJson:
    case Records::Format::kNdjson:
      return records.write(json_line(to_json(result)));
    case Records::Format::kOpenAlpr:
      return records.write(json_line(to_openalpr(result, photo)));
    case Records::Format::kCsv:
      return records.write(to_csv(result));
  }
}

// What kept the annotated photograph from being written; empty: nothing.
std::string annotate(AnnotationFolder& annotations, const PhotoResult& result) {
  try {
    annotations.write(result);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

int read(const ReadArguments& options) {
  const PhotoReader reader = photo_reader(options.photo, options.input.threads);
  std::optional<AnnotationFolder> annotations;
  if (!options.annotate.empty()) annotations.emplace(options.annotate);
  options.input.open_output();
  Records records(options.format, kCsvHeading);
  Tally tally;
  read_in_order(reader, options.input, annotations.has_value(), [&](const PhotoResult& result) {
    write(records, result, options.photo);
    std::string trouble = result.error;
    if (annotations && result.picture != nullptr) {
      trouble = annotate(*annotations, result);
      if (!trouble.empty()) records.complain(trouble);
    }
    tally.add(trouble);
  });
  records.finish();
  return tally.status(options.format);
}

}  // namespace

Command read_command() {
  return {"read", "Find and read the plates in photographs",
          "  lprnet read street.jpg\n"
          "  lprnet read --annotate marked/ --format ndjson --output plates.ndjson photographs/\n"
          "  lprnet read --region 0,400,1920,680 --max-plates 1 frame.png\n"
          "  lprnet read --format openalpr --top 5 frame.png\n"
          "  lprnet read - < street.jpg",
          [](Arguments& arguments) -> std::function<int()> {
            auto options = std::make_shared<ReadArguments>();
            declare_photo(arguments, &options->photo,
                          "Texts to give for each plate, in json and openalpr");
            arguments.choice("--format", &options->format, Records::formats(),
                             "How to write what is read");
            arguments.text("--annotate", "DIR", &options->annotate,
                           "Write each photograph with its plates drawn in there, as JPEG");
            options->input.declare(arguments, "Photographs");
            declare_limits(arguments, &options->photo.limits);
            declare_limits(arguments, &options->input.image_options);
            return [options] { return read(*options); };
          }};
}

}  // namespace lprnet::cli
