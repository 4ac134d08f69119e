#include "reading_writer.h"

#include <algorithm>
#include <cstdio>

#include "json_text.h"
#include "output.h"
#include "safe_text.h"

namespace lprnet::cli {
namespace {

std::string decimals(double value, int count) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*f", count, value);
  return text;
}

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

// What is left to write when the program ends.
constexpr const char* kArrayEnd = "\n]\n";

// A field as RFC 4180 quotes it.
std::string quoted(const std::string& name) {
  const std::string field = replaced(name);
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string text = "\"";
  for (const char c : field) text.append(c == '"' ? 2 : 1, c);
  return text + '"';
}

std::string to_csv(const Reading& reading) {
  if (!reading.error.empty()) return quoted(reading.file) + ",,,," + quoted(reading.error) + "\n";
  return quoted(reading.file) + ',' + quoted(reading.plate.text) + ',' +
         decimals(static_cast<double>(reading.plate.confidence), 6) + ',' +
         decimals(reading.milliseconds, 3) + ",\n";
}

}  // namespace

const std::vector<std::string>& ReadingWriter::formats() {
  static const std::vector<std::string> names = {"text", "json", "ndjson", "csv"};
  return names;
}

ReadingWriter::ReadingWriter(const std::string& format)
    : format_(static_cast<Format>(std::find(formats().begin(), formats().end(), format) -
                                  formats().begin())) {
  output_.begin();
  if (format_ == Format::kJson) print("[");
  if (format_ == Format::kCsv) print("file,text,confidence,milliseconds,error\n");
  flush_output();
  output_.end(format_ == Format::kJson ? kArrayEnd : "");
}

ReadingWriter::~ReadingWriter() {
  if (!finished_) finish();
}

void ReadingWriter::write(const Reading& reading) {
  output_.begin();
  switch (format_) {
    case Format::kText:
      if (reading.error.empty()) {
        print(escaped(reading.file) + '\t' + escaped(reading.plate.text) + '\t' +
              decimals(static_cast<double>(reading.plate.confidence), 4) + '\n');
      } else {
        flush_output();  // so that a terminal shows both in order
        complain(reading.error);
      }
      break;
    case Format::kJson:
      print((first_ ? "\n" : ",\n") + json_line(to_json(reading)));
      break;
    case Format::kNdjson:
      print(json_line(to_json(reading)) + '\n');
      break;
    case Format::kCsv:
      print(to_csv(reading));
      break;
  }
  first_ = false;
  flush_output();
  output_.end(format_ == Format::kJson ? kArrayEnd : "");
}

void ReadingWriter::finish() {
  finished_ = true;
  output_.begin();
  if (format_ == Format::kJson) print(kArrayEnd);
  flush_output();
  output_.end("");
}

}  // namespace lprnet::cli
