#include "reading.h"

#include <new>
#include <optional>
#include <utility>

#include "lprnet/error.hpp"
#include "lprnet/image.hpp"
#include "progress.h"

namespace lprnet::cli {
namespace {

// Loading a path that stands for no image gives the reason.
StreamPicture picture_of(const Input& input, const ImageOptions& options) {
  return {input.file, [input, options] {
            if (!input.error.empty()) throw Error(ErrorCode::kNotFound, input.error);
            if (input.bytes == nullptr) return Image::load(input.file, options);
            return Image::decode(input.bytes->data(), input.bytes->size(), input.file, options);
          }};
}

Reading reading_of(StreamReading from) {
  Reading reading{std::move(from.name), "", std::move(from.plate), from.milliseconds};
  if (!from.error) return reading;
  try {
    std::rethrow_exception(from.error);
  } catch (const Error& error) {
    reading.error = error.what();
  } catch (const std::bad_alloc&) {
    reading.error = reading.file + ": not enough memory for this image";
  }
  return reading;
}

}  // namespace

void read_in_order(const Recognizer& recognizer, Inputs& inputs, const ImageOptions& options,
                   const std::function<void(const Reading&)>& consume) {
  Progress progress("images");
  recognizer.recognize_stream(
      [&]() -> std::optional<StreamPicture> {
        const std::optional<Input> input = inputs.next();
        if (!input) return std::nullopt;
        return picture_of(*input, options);
      },
      [&](StreamReading reading) {
        consume(reading_of(std::move(reading)));
        progress.step();
      });
}

}  // namespace lprnet::cli
