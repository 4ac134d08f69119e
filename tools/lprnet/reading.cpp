#include "reading.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "in_order.h"
#include "lprnet/error.hpp"
#include "lprnet/image.hpp"
#include "progress.h"

namespace lprnet::cli {
namespace {

Image picture_of(const Input& input) {
  if (input.bytes == nullptr) return Image::load(input.file);
  return Image::decode(input.bytes->data(), input.bytes->size(), input.file);
}

Reading read(const Recognizer& recognizer, const Input& input) {
  Reading reading;
  reading.file = input.file;
  reading.error = input.error;
  if (!reading.error.empty()) return reading;
  const auto start = std::chrono::steady_clock::now();
  try {
    reading.plate = recognizer.recognize(picture_of(input));
  } catch (const Error& error) {
    reading.error = error.what();
  } catch (const std::bad_alloc&) {
    reading.error = input.file + ": not enough memory for this image";
  }
  const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
  reading.milliseconds = spent.count();
  return reading;
}

}  // namespace

void read_in_order(const Recognizer& recognizer, Inputs& inputs, int threads,
                   const std::function<void(const Reading&)>& consume) {
  if (threads == 0) threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  Progress progress("images");
  for_each_in_order<Input, Reading>(
      threads, [&inputs] { return inputs.next(); },
      [&recognizer](const Input& input) { return read(recognizer, input); },
      [&](const Reading& reading) {
        consume(reading);
        progress.step();
      });
}

}  // namespace lprnet::cli
