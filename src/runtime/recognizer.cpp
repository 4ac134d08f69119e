#include "lprnet/recognizer.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/error_text.h"
#include "base/thread_pool.h"
#include "image/preprocess.h"
#include "lprnet/session.hpp"
#include "runtime/stream.h"

namespace lprnet {
namespace {

// What calls share: threads, and sessions that nobody uses. There are never more sessions than
// calls and helpers ran at once.
struct Crew {
  std::mutex mutex;  // guards the sessions
  std::list<Session> sessions;
  base::ThreadPool pool;
};

// A session for one call: one that nobody uses, or a new one.
class Lease {
 public:
  Lease(Crew& crew, const std::shared_ptr<const Model>& model, int threads) : crew_(crew) {
    {
      const std::lock_guard lock(crew_.mutex);
      if (!crew_.sessions.empty()) {
        mine_.splice(mine_.begin(), crew_.sessions, crew_.sessions.begin());
        return;
      }
    }
    mine_.emplace_back(model, threads);
  }
  ~Lease() {
    const std::lock_guard lock(crew_.mutex);
    crew_.sessions.splice(crew_.sessions.begin(), mine_);
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  Session& session() noexcept { return mine_.front(); }

 private:
  Crew& crew_;
  std::list<Session> mine_;
};

}  // namespace

struct Recognizer::Impl {
  const std::shared_ptr<const Model> model;
  const int threads;
  const int threads_per_plate;

  Impl(std::shared_ptr<const Model> shared_model, int batch_threads, int plate_threads)
      : model(std::move(shared_model)), threads(batch_threads), threads_per_plate(plate_threads) {
    auto first = std::make_unique<Crew>();
    first->sessions.emplace_back(model, threads_per_plate);  // fails early if it has to
    crew_ = first.release();
  }
  ~Impl() {
    // A parent's crew cannot be freed by its child: its threads are gone and its locks may be held.
    Crew* const crew = crew_;
    if (!crew->pool.is_in_child()) delete crew;
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  // This process's crew. A forked child makes one of its own at its first call.
  Crew& crew() {
    Crew* crew = crew_;
    while (crew->pool.is_in_child()) {
      auto own = std::make_unique<Crew>();
      if (crew_.compare_exchange_strong(crew, own.get())) return *own.release();
    }
    return *crew;
  }

  Lease lease() { return {crew(), model, threads_per_plate}; }

 private:
  std::atomic<Crew*> crew_{nullptr};  // owned
};

namespace {

// One call of recognize_batch(). A piece is an image.
class Batch final : public base::ThreadPool::Work {
 public:
  Batch(const std::function<Lease()>& lease, const std::vector<ImageView>& images,
        std::vector<Plate>& plates)
      : lease_(lease), images_(images), plates_(plates) {}

  // Reads images until none is left to begin.
  void work() noexcept {
    try {
      Lease lease = lease_();
      read(lease.session());
    } catch (...) {
      fail();
    }
  }

  // REQUIRES: nobody works on it any more.
  void rethrow_error() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  void help() noexcept override {
    if (next_.load() >= images_.size()) return;
    try {
      Lease lease = lease_();
      read(lease.session());
    } catch (...) {
      // No memory for one more session: the others read what is left.
    }
  }

  void read(Session& session) noexcept {
    try {
      for (std::size_t i = next_++; i < images_.size(); i = next_++) {
        plates_[i] = session.recognize(images_[i]);
      }
    } catch (...) {
      fail();
    }
  }

  // Keeps the exception that is being handled when it is the first of all threads.
  void fail() noexcept {
    next_ = images_.size();  // nobody begins another image
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::current_exception();
  }

  const std::function<Lease()>& lease_;
  const std::vector<ImageView>& images_;
  std::vector<Plate>& plates_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;  // guards the error
  std::exception_ptr error_;
};

int thread_count(int asked) {
  if (asked < 0) {
    base::fail(ErrorCode::kInvalidArgument, "threads: ", asked, " is negative");
  }
  if (asked > 0) return asked;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

std::shared_ptr<const Model> plate_reader(std::shared_ptr<const Model> model) {
  if (model == nullptr) base::fail(ErrorCode::kInvalidArgument, "the model is null");
  if (model->description().plate_reader() == nullptr) {
    base::fail(
        ErrorCode::kInvalidArgument, model->description().name,
        ": the model file describes no preprocessing and alphabet, so it cannot read plates");
  }
  return model;
}

}  // namespace

Recognizer::Recognizer(std::shared_ptr<const Model> model, int threads, int threads_per_plate)
    : impl_(std::make_unique<Impl>(plate_reader(std::move(model)), thread_count(threads),
                                   threads_per_plate)) {}
Recognizer::Recognizer(const std::filesystem::path& model, int threads, int threads_per_plate)
    : Recognizer(Model::load(model), threads, threads_per_plate) {}
Recognizer::Recognizer(Recognizer&&) noexcept = default;
Recognizer& Recognizer::operator=(Recognizer&&) noexcept = default;
Recognizer::~Recognizer() = default;

const Model& Recognizer::model() const noexcept { return *impl_->model; }
int Recognizer::threads() const noexcept { return impl_->threads; }

Plate Recognizer::recognize(const ImageView& image) const {
  return impl_->lease().session().recognize(image);
}

std::vector<Plate> Recognizer::recognize_batch(const std::vector<ImageView>& images) const {
  for (std::size_t i = 0; i < images.size(); ++i) {
    image::expect_picture(images[i], base::cat("image ", i, " of the batch"));
  }
  std::vector<Plate> plates(images.size());
  if (images.empty()) return plates;
  const std::function<Lease()> lease = [this] { return impl_->lease(); };
  Batch batch(lease, images, plates);
  const int useful =
      static_cast<int>(std::min(static_cast<std::size_t>(threads()), images.size())) - 1;
  base::ThreadPool& pool = impl_->crew().pool;
  pool.invite(batch, std::min(useful, pool.grow(useful)));
  batch.work();
  pool.dismiss(batch);
  batch.rethrow_error();
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
  const Stream::Read read = [this](const Image& image) { return recognize(image); };
  Stream stream(next, read, threads());
  base::ThreadPool& pool = impl_->crew().pool;
  // The calling thread mostly waits for what is due, so that there are as many helpers as threads.
  const int useful = threads() == 1 ? 0 : threads();
  pool.invite(stream, std::min(useful, pool.grow(useful)));
  struct Dismissal {
    base::ThreadPool& pool;
    Stream& stream;
    ~Dismissal() {
      stream.stop();
      pool.dismiss(stream);
    }
  };
  const Dismissal at_end{pool, stream};
  stream.run(consume);
}

}  // namespace lprnet
