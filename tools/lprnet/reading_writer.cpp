#include "reading_writer.h"

#include "json_text.h"
#include "openalpr.h"
#include "results_json.h"
#include "safe_text.h"

namespace lprnet::cli {
namespace {

// A crop is one plate, whose corners are its own.
Json to_openalpr(const Reading& reading, double min_confidence, int wanted_texts) {
  OpenAlprPicture picture;
  picture.file = reading.file;
  picture.error = reading.error;
  picture.width = reading.width;
  picture.height = reading.height;
  picture.milliseconds = reading.milliseconds;
  picture.wanted_texts = wanted_texts;
  std::vector<FoundPlate> plates;
  if (reading.error.empty() && is_accepted(reading, min_confidence)) {
    const auto width = static_cast<float>(reading.width);
    const auto height = static_cast<float>(reading.height);
    plates.push_back({rectangle(0, 0, width, height), 1, 1.0F, reading.plate});
  }
  return openalpr_json(picture, plates);
}

// The text, or nothing when it is not accepted.
std::string text_of(const Reading& reading, double min_confidence) {
  return is_accepted(reading, min_confidence) ? reading.plate.text : "";
}

std::string to_line(const Reading& reading, double min_confidence) {
  std::string line = escaped(reading.file) + '\t' + escaped(text_of(reading, min_confidence)) +
                     '\t' + decimals(static_cast<double>(reading.plate.confidence), 4);
  for (const Alternative& alternative : reading.plate.alternatives) {
    line += '\t' + escaped(alternative.text) + '\t' +
            decimals(static_cast<double>(alternative.confidence), 4);
  }
  return line + '\n';
}

std::string to_csv(const Reading& reading, double min_confidence) {
  if (!reading.error.empty())
    return csv_field(reading.file) + ",,,," + csv_field(reading.error) + "\n";
  return csv_field(reading.file) + ',' + csv_field(text_of(reading, min_confidence)) + ',' +
         decimals(static_cast<double>(reading.plate.confidence), 6) + ',' +
         decimals(reading.milliseconds, 3) + ",\n";
}

}  // namespace

ReadingWriter::ReadingWriter(const std::string& format, double min_confidence, int wanted_texts)
    : records_(format, "file,text,confidence,milliseconds,error\n"),
      min_confidence_(min_confidence),
      wanted_texts_(wanted_texts) {}

void ReadingWriter::write(const Reading& reading) {
  if (!reading.warning.empty()) records_.complain("warning: " + reading.warning);
  switch (records_.format()) {
    case Records::Format::kText:
      if (reading.error.empty()) {
        records_.write(to_line(reading, min_confidence_));
      } else {
        records_.complain(reading.error);
      }
      break;
    case Records::Format::kJson:
    case Records::Format::kNdjson:
      records_.write(json_line(to_json(reading, min_confidence_)));
      break;
    case Records::Format::kOpenAlpr:
      records_.write(json_line(to_openalpr(reading, min_confidence_, wanted_texts_)));
      break;
    case Records::Format::kCsv:
      records_.write(to_csv(reading, min_confidence_));
      break;
  }
}

}  // namespace lprnet::cli
