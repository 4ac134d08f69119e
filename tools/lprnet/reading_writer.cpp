#include "reading_writer.h"

#include "json_text.h"
#include "safe_text.h"

namespace lprnet::cli {
namespace {

Json to_json(const Reading& reading) {
  Json json = {{"file", reading.file}};
  if (!reading.error.empty()) {
    json["error"] = reading.error;
    return json;
  }
  json["text"] = reading.plate.text;
  json["confidence"] = rounded(static_cast<double>(reading.plate.confidence), 6);
  Json characters = Json::array();
  for (const Character& character : reading.plate.characters) {
    characters.push_back({{"text", character.text},
                          {"confidence", rounded(static_cast<double>(character.confidence), 6)},
                          {"step", character.step}});
  }
  json["characters"] = std::move(characters);
  json["milliseconds"] = rounded(reading.milliseconds, 4);
  return json;
}

std::string to_csv(const Reading& reading) {
  if (!reading.error.empty())
    return csv_field(reading.file) + ",,,," + csv_field(reading.error) + "\n";
  return csv_field(reading.file) + ',' + csv_field(reading.plate.text) + ',' +
         decimals(static_cast<double>(reading.plate.confidence), 6) + ',' +
         decimals(reading.milliseconds, 3) + ",\n";
}

}  // namespace

ReadingWriter::ReadingWriter(const std::string& format)
    : records_(format, "file,text,confidence,milliseconds,error\n") {}

void ReadingWriter::write(const Reading& reading) {
  switch (records_.format()) {
    case Records::Format::kText:
      if (reading.error.empty()) {
        records_.write(escaped(reading.file) + '\t' + escaped(reading.plate.text) + '\t' +
                       decimals(static_cast<double>(reading.plate.confidence), 4) + '\n');
      } else {
        records_.complain(reading.error);
      }
      break;
    case Records::Format::kJson:
    case Records::Format::kNdjson:
      records_.write(json_line(to_json(reading)));
      break;
    case Records::Format::kCsv:
      records_.write(to_csv(reading));
      break;
  }
}

}  // namespace lprnet::cli
