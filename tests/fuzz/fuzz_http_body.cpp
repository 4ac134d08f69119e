// Input: a line with a Content-Type, a line with a query, and a body, as a client of `lprnet serve`
// sends them. What is taken of them is within them, and is taken the same again.
#include <string>
#include <string_view>

#include "pictures.h"
#include "reading_options.h"
#include "tests/fuzz/fuzz_input.h"

namespace lprnet::serve {
namespace {

constexpr std::size_t kMost = 4;

std::string_view line_of(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return line;
}

// As the server gives it, already decoded.
Fields fields_of(std::string_view query) {
  Fields fields;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view one = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    const std::size_t equals = one.find('=');
    fields.emplace_back(one.substr(0, equals), equals == std::string_view::npos
                                                   ? std::string_view()
                                                   : one.substr(equals + 1));
  }
  return fields;
}

void check_options(std::string_view query) {
  const Fields fields = fields_of(query);
  for (const Task task : {Task::kRead, Task::kRecognize}) {
    const ReadingOptions options = reading_options(task, fields, {});
    fuzz::require(options.error.empty() == !options.key.empty());
    if (!options.error.empty()) continue;
    const PhotoOptions& photo = options.photo;
    fuzz::require(photo.max_plates >= 1 && photo.max_plates <= 512);
    fuzz::require(photo.decoding.candidates >= 1 && photo.decoding.candidates <= 256);
    fuzz::require(options.min_confidence >= 0 && options.min_confidence <= 1);
    fuzz::require(!photo.region || (photo.region->width >= 1 && photo.region->height >= 1));
    fuzz::require(!options.name.empty());
    fuzz::require(reading_options(task, {fields.rbegin(), fields.rend()}, {}).key == options.key);
  }
}

void check_pictures(std::string_view content_type, std::string_view body) {
  const Pictures result = pictures_of(body, content_type, "body", kMost);
  fuzz::require(result.error.empty() == !result.pictures.empty());
  fuzz::require(result.error.empty() == (result.status == 200));
  fuzz::require(result.pictures.size() <= (result.is_list ? kMost : 1));
  for (const Picture& picture : result.pictures) {
    if (picture.bytes.empty()) continue;
    const std::string_view whole = picture.decoded.empty() ? body : picture.decoded;
    fuzz::require(picture.bytes.data() >= whole.data());
    fuzz::require(picture.bytes.data() + picture.bytes.size() <= whole.data() + whole.size());
    fuzz::require(picture.decoded.size() <= body.size());
  }
}

}  // namespace
}  // namespace lprnet::serve

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lprnet;
  const auto bytes = fuzz::exact_bytes(data, size);
  std::string_view text(reinterpret_cast<const char*>(bytes.data), bytes.size);
  const std::string_view content_type = serve::line_of(text);
  serve::check_options(serve::line_of(text));
  serve::check_pictures(content_type, text);
  return 0;
}
