#include "formats/json_writer.h"

namespace lprnet::formats {

std::string json_array(const std::vector<std::string>& elements) {
  std::string text = "[";
  for (const std::string& element : elements) {
    if (text.size() > 1) text += ',';
    text += element;
  }
  return text + ']';
}

std::string ObjectWriter::text() const {
  std::string text = "{";
  for (const auto& [key, value] : members_) {
    if (text.size() > 1) text += ',';
    text += json_text(key) + ':' + value;
  }
  return text + '}';
}

}  // namespace lprnet::formats
