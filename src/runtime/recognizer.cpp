#include "lprnet/recognizer.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/error_text.h"
#include "image/preprocess.h"
#include "lprnet/session.hpp"

namespace lprnet {
namespace {

// One call of recognize_batch(). Whoever works on it takes the next image that nobody has.
struct Batch {
  Batch(const std::vector<ImageView>& batch_images, std::vector<Plate>& results)
      : images(batch_images), plates(results) {}

  const std::vector<ImageView>& images;
  std::vector<Plate>& plates;
  std::atomic<std::size_t> next{0};
  int helpers = 0;           // threads at work beside the caller; guarded by the team's mutex
  std::exception_ptr error;  // the first one; guarded by the team's mutex
};

}  // namespace

struct Recognizer::Impl {
  const std::shared_ptr<const Model> model;
  const int threads;
  const int threads_per_plate;

  // Sessions that nobody uses. There are never more than calls and helpers ran at once.
  std::mutex pool_mutex;
  std::vector<Session> pool;

  // The helpers. They are started by the first batch that can use them, and sleep on `wanted`.
  std::mutex team_mutex;
  std::condition_variable wanted;
  std::condition_variable left;    // a helper left a batch
  std::deque<Batch*> invitations;  // one for each helper that a batch can use
  bool closing = false;
  std::vector<std::thread> helpers;

  Impl(std::shared_ptr<const Model> shared_model, int batch_threads, int plate_threads)
      : model(std::move(shared_model)), threads(batch_threads), threads_per_plate(plate_threads) {
    pool.emplace_back(model, threads_per_plate);  // fails early if it has to
  }

  ~Impl() {
    {
      const std::lock_guard lock(team_mutex);
      closing = true;
    }
    wanted.notify_all();
    for (std::thread& helper : helpers) helper.join();
  }

  // A session whose call failed is not given back.
  Session take_session() {
    {
      const std::lock_guard lock(pool_mutex);
      if (!pool.empty()) {
        Session session = std::move(pool.back());
        pool.pop_back();
        return session;
      }
    }
    return Session(model, threads_per_plate);
  }

  void give_back(Session session) {
    const std::lock_guard lock(pool_mutex);
    pool.push_back(std::move(session));
  }

  void work_on(Batch& batch) {
    if (batch.next.load() >= batch.images.size()) return;
    try {
      Session session = take_session();
      for (std::size_t i = batch.next++; i < batch.images.size(); i = batch.next++) {
        batch.plates[i] = session.recognize(batch.images[i]);
      }
      give_back(std::move(session));
    } catch (...) {
      batch.next = batch.images.size();  // nobody begins another image
      const std::lock_guard lock(team_mutex);
      if (!batch.error) batch.error = std::current_exception();
    }
  }

  void help() {
    std::unique_lock lock(team_mutex);
    while (true) {
      wanted.wait(lock, [this] { return closing || !invitations.empty(); });
      if (closing) return;
      Batch& batch = *invitations.front();
      invitations.pop_front();
      ++batch.helpers;
      lock.unlock();
      work_on(batch);
      lock.lock();
      --batch.helpers;
      left.notify_all();
    }
  }

  void invite(Batch& batch) {
    const std::size_t useful = std::min(static_cast<std::size_t>(threads), batch.images.size()) - 1;
    if (useful == 0) return;
    const std::lock_guard lock(team_mutex);
    while (helpers.size() < useful) {
      try {
        helpers.emplace_back([this] { help(); });
      } catch (const std::system_error&) {
        break;  // the machine gives no more threads; those that are there do the same work
      }
    }
    invitations.insert(invitations.end(), std::min(useful, helpers.size()), &batch);
    wanted.notify_all();
  }

  void wait_for_helpers(Batch& batch) {
    std::unique_lock lock(team_mutex);
    std::erase(invitations, &batch);
    left.wait(lock, [&batch] { return batch.helpers == 0; });
  }
};

namespace {

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
  Session session = impl_->take_session();
  Plate plate = session.recognize(image);
  impl_->give_back(std::move(session));
  return plate;
}

std::vector<Plate> Recognizer::recognize_batch(const std::vector<ImageView>& images) const {
  for (std::size_t i = 0; i < images.size(); ++i) {
    image::expect_picture(images[i], base::cat("image ", i, " of the batch"));
  }
  std::vector<Plate> plates(images.size());
  if (images.empty()) return plates;
  Batch batch(images, plates);
  impl_->invite(batch);
  impl_->work_on(batch);
  impl_->wait_for_helpers(batch);
  if (batch.error) std::rethrow_exception(batch.error);
  return plates;
}

std::vector<Plate> Recognizer::recognize_batch(const std::vector<Image>& images) const {
  std::vector<ImageView> views;
  views.reserve(images.size());
  for (const Image& image : images) views.push_back(image.view());
  return recognize_batch(views);
}

}  // namespace lprnet
