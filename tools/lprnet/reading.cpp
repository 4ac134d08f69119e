#include "reading.h"

#include <deque>
#include <mutex>
#include <new>
#include <optional>
#include <utility>

#include "command.h"
#include "lprnet/error.hpp"
#include "lprnet/image.hpp"
#include "output.h"
#include "progress.h"

namespace lprnet::cli {
namespace {

Image load(const Input& input, const ImageOptions& options) {
  if (!input.error.empty()) throw Error(ErrorCode::kNotFound, input.error);
  if (input.bytes == nullptr) return Image::load(input.file, options);
  return Image::decode(input.bytes->data(), input.bytes->size(), input.file, options);
}

// What is known of a picture that was loaded.
struct Seen {
  int width = 0;
  int height = 0;
  std::shared_ptr<const Image> picture;
  std::string warning;
};

// The pictures of a stream, and afterwards, in the same order, what was seen of them.
class Pictures {
 public:
  Pictures(Inputs& inputs, const ImageOptions& options, bool keep)
      : inputs_(inputs), options_(options), keep_(keep) {}

  // Loading a path that stands for no image gives the reason.
  std::optional<StreamPicture> next() {
    std::optional<Input> input = inputs_.next();
    if (!input) return std::nullopt;
    const auto seen = std::make_shared<Seen>();
    {
      const std::lock_guard lock(mutex_);
      seen_.push_back(seen);
    }
    std::string name = input->file;
    return StreamPicture{std::move(name), [this, seen, input = *std::move(input)] {
                           Image image = load(input, options_);
                           seen->width = image.width();
                           seen->height = image.height();
                           seen->warning = image.warning();
                           if (keep_) seen->picture = std::make_shared<const Image>(image);
                           return image;
                         }};
  }

  // Of the picture whose reading is due.
  Seen take() {
    const std::lock_guard lock(mutex_);
    Seen seen = *seen_.front();
    seen_.pop_front();
    return seen;
  }

 private:
  Inputs& inputs_;
  const ImageOptions& options_;
  const bool keep_;
  std::mutex mutex_;  // guards what follows
  std::deque<std::shared_ptr<Seen>> seen_;
};

std::string message_of(const std::exception_ptr& error, const std::string& file) {
  if (!error) return "";
  try {
    std::rethrow_exception(error);
  } catch (const Error& what) {
    return what.what();
  } catch (const std::bad_alloc&) {
    return file + ": not enough memory for this image";
  }
}

void note_skipped(const Inputs& inputs) {
  const std::size_t count = inputs.skipped();
  if (count == 0) return;
  const std::string& first = inputs.first_skipped();
  complain(count == 1 ? "note: skipped " + first + ", which is no picture by its name"
                      : "note: skipped " + std::to_string(count) +
                            " files that are no pictures by their names, the first " + first);
}

}  // namespace

void read_in_order(const Recognizer& recognizer, const InputArguments& input,
                   const std::function<void(const Reading&)>& consume) {
  Inputs inputs = input.inputs();
  Progress progress(input.progress, "images");
  if (progress.is_wanted()) progress.expect(inputs.count());
  Pictures pictures(inputs, input.image_options, false);
  recognizer.recognize_stream([&] { return pictures.next(); },
                              [&](StreamReading from) {
                                const Seen seen = pictures.take();
                                const std::string error = message_of(from.error, from.name);
                                consume({from.name, error, std::move(from.plate), from.milliseconds,
                                         seen.width, seen.height, seen.warning});
                                progress.step(from.name, !error.empty());
                              });
  note_skipped(inputs);
}

void read_in_order(const PhotoReader& reader, const InputArguments& input, bool keep_pictures,
                   const std::function<void(const PhotoResult&)>& consume) {
  Inputs inputs = input.inputs();
  Progress progress(input.progress, "photographs");
  if (progress.is_wanted()) progress.expect(inputs.count());
  Pictures pictures(inputs, input.image_options, keep_pictures);
  reader.read_stream([&] { return pictures.next(); },
                     [&](PhotoReading from) {
                       Seen seen = pictures.take();
                       const std::string error = message_of(from.error, from.name);
                       consume({from.name, error, std::move(from.plates), from.milliseconds,
                                seen.width, seen.height, std::move(seen.picture), seen.warning});
                       progress.step(from.name, !error.empty());
                     });
  note_skipped(inputs);
}

int Tally::status(const std::string& format) const {
  if (failed_ == 0) return kAllDone;
  if (total_ > 1 || format != "text") {
    complain(std::to_string(failed_) + " of " + std::to_string(total_) + " inputs failed");
  }
  return kSomeFailed;
}

}  // namespace lprnet::cli
