#include "lprnet/recognizer.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/error_text.h"
#include "image/preprocess.h"
#include "lprnet/session.hpp"
#include "runtime/crew.h"
#include "runtime/model_impl.h"
#include "runtime/stream.h"

namespace lprnet {

struct Recognizer::Impl {
  const std::shared_ptr<const Model> model;
  const int threads;
  Crew<Session> crew;

  Impl(std::shared_ptr<const Model> shared, int batch_threads, int plate_threads,
       const DecodeOptions& options)
      : model(std::move(shared)),
        threads(batch_threads),
        crew([this, plate_threads, options] { return Session(model, plate_threads, options); }) {}
};

int thread_count(int asked) {
  if (asked < 0) {
    base::fail(ErrorCode::kInvalidArgument, "threads: ", asked, " is negative");
  }
  if (asked > 0) return asked;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

Recognizer::Recognizer(std::shared_ptr<const Model> model, int threads, int threads_per_plate,
                       const DecodeOptions& options)
    : impl_(std::make_unique<Impl>(expect_reader(std::move(model), "the model"),
                                   thread_count(threads), threads_per_plate, options)) {}
Recognizer::Recognizer(const std::filesystem::path& model, int threads, int threads_per_plate,
                       const DecodeOptions& options)
    : Recognizer(Model::load(model), threads, threads_per_plate, options) {}
Recognizer::Recognizer(Recognizer&&) noexcept = default;
Recognizer& Recognizer::operator=(Recognizer&&) noexcept = default;
Recognizer::~Recognizer() = default;

const Model& Recognizer::model() const noexcept { return *impl_->model; }
int Recognizer::threads() const noexcept { return impl_->threads; }

Plate Recognizer::recognize(const ImageView& image) const {
  Crew<Session>::Lease lease(impl_->crew);
  return lease.worker().recognize(image);
}

std::vector<Plate> Recognizer::recognize_batch(const std::vector<ImageView>& images) const {
  for (std::size_t i = 0; i < images.size(); ++i) {
    image::expect_picture(images[i], base::cat("image ", i, " of the batch"));
  }
  std::vector<Plate> plates(images.size());
  impl_->crew.for_each(images.size(), threads(), [&](Session& session, std::size_t i) {
    plates[i] = session.recognize(images[i]);
  });
  return plates;
}

std::vector<Plate> Recognizer::recognize_batch(const std::vector<Image>& images) const {
  std::vector<ImageView> views;
  views.reserve(images.size());
  for (const Image& image : images) views.push_back(image.view());
  return recognize_batch(views);
}

void Recognizer::recognize_stream(const std::function<std::optional<StreamPicture>()>& next,
                                  const std::function<void(StreamReading)>& consume) const {
  const Stream<StreamReading>::Read read = [this](const Image& image, StreamReading& reading) {
    reading.plate = recognize(image);
  };
  Stream<StreamReading> stream(next, read, threads());
  impl_->crew.run(stream, threads(), consume);
}

}  // namespace lprnet
