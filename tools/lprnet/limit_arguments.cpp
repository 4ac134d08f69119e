#include "limit_arguments.h"

#include <algorithm>
#include <limits>
#include <string>

namespace lprnet::cli {

void declare_limits(Arguments& arguments, Limits* limits) {
  arguments.heading("What a model may cost at most");
  for (const LimitField& field : limit_fields()) {
    std::string option = std::string("--max-") + field.name;
    std::replace(option.begin(), option.end(), '_', '-');
    arguments.number(
        option, "N", &(limits->*field.member), std::int64_t{0},
        std::numeric_limits<std::int64_t>::max(),
        std::string(1, static_cast<char>(field.what[0] - 'a' + 'A')) + (field.what + 1));
  }
  arguments.heading("Options");
}

void declare_limits(Arguments& arguments, ImageOptions* options) {
  arguments.heading("What a picture may cost at most");
  arguments.number("--max-pixels", "N", &options->max_pixels, std::int64_t{1}, Image::kMaxPixels,
                   "Pixels of a picture");
  arguments.number("--max-pixels-per-byte", "N", &options->max_pixels_per_byte, std::int64_t{1},
                   Image::kMaxPixels,
                   "Pixels of a picture over " + std::to_string(ImageOptions::kSmallPixels) +
                       " for each byte of its file");
  arguments.heading("Options");
}

}  // namespace lprnet::cli
