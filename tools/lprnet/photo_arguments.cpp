#include "photo_arguments.h"

#include <charconv>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "lprnet/error.hpp"
#include "model_search.h"

namespace lprnet::cli {
namespace {

[[noreturn]] void refuse_value(const char* option, const std::string& found, const char* expected) {
  throw Error(ErrorCode::kInvalidArgument,
              std::string(option) + ": '" + found + "', expected " + expected);
}

// Whole numbers with `separator` between them; empty when the text is anything else.
std::vector<int> numbers_in(std::string_view text, char separator) {
  std::vector<int> numbers;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    const auto [next, error] = std::from_chars(at, end, numbers.emplace_back());
    if (error != std::errc() || (next != end && *next != separator)) return {};
    if (next == end) return numbers;
    at = next + 1;
  }
}

InputSize size_in(const std::string& text) {
  const std::vector<int> sides = numbers_in(text, 'x');
  if (sides.size() != 2) refuse_value("--detect-size", text, "WIDTHxHEIGHT, such as 640x384");
  return {sides[0], sides[1]};
}

Region region_in(const std::string& text) {
  const std::vector<int> n = numbers_in(text, ',');
  if (n.size() != 4 || n[2] < 1 || n[3] < 1) {
    refuse_value("--region", text, "x,y,width,height in pixels, width and height at least 1");
  }
  return {n[0], n[1], n[2], n[3]};
}

}  // namespace

void declare_photo(Arguments& arguments, PhotoArguments* photo, const std::string& top_help) {
  declare_model(arguments, &photo->reader);
  declare_detector(arguments, &photo->detector);
  declare_checkpoint(arguments, &photo->checkpoint);
  photo->decoding.declare(arguments, top_help);
  arguments.text("--detect-size", "WxH", &photo->detect_size,
                 "Size in which photographs are looked at; larger finds smaller plates and takes "
                 "longer. Else the detector's own");
  arguments.number("--min-confidence", "P", &photo->min_confidence, 0.0, 1.0,
                   "From which on something counts as a plate; 0: the detector's own");
  arguments.number("--max-plates", "N", &photo->max_plates, 1, 512,
                   "The most confidently found plates of a photograph");
  arguments.text("--region", "X,Y,W,H", &photo->region,
                 "Look for plates in this part of each photograph, in pixels");
}

std::optional<Region> region_of(const PhotoArguments& photo) {
  if (photo.region.empty()) return std::nullopt;
  return region_in(photo.region);
}

PhotoOptions photo_options(const PhotoArguments& photo) {
  PhotoOptions options;
  options.max_plates = photo.max_plates;
  options.decoding = photo.decoding.options();
  options.second_look = options.decoding.further_looks;
  if (photo.min_confidence > 0) {
    options.least_confidence = static_cast<float>(photo.min_confidence);
  }
  options.region = region_of(photo);
  return options;
}

PhotoModels load_models(const PhotoArguments& photo) {
  ModelOptions detector_options;
  detector_options.limits = photo.limits;
  if (!photo.detect_size.empty()) detector_options.input_size = size_in(photo.detect_size);
  ModelOptions reader_options;
  reader_options.limits = photo.limits;
  reader_options.checkpoint = photo.checkpoint.options();
  auto detector = Model::load(find_detector(photo.detector), detector_options);
  return {std::move(detector), load_model(photo.reader, reader_options)};
}

PhotoReader photo_reader(const PhotoArguments& photo, int threads) {
  const PhotoOptions options = photo_options(photo);
  PhotoModels models = load_models(photo);
  return PhotoReader(std::move(models.detector), std::move(models.reader), options, threads);
}

}  // namespace lprnet::cli
