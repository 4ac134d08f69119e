#include "runtime/stream.h"

#include <chrono>
#include <utility>

namespace lprnet {
template <typename Reading>
Reading Stream<Reading>::read_picture(StreamPicture&& picture) const {
  Reading reading;
  reading.name = std::move(picture.name);
  const auto start = std::chrono::steady_clock::now();
  try {
    read_(picture.load(), reading);
  } catch (...) {
    reading.error = std::current_exception();
  }
  const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
  reading.milliseconds = spent.count();
  return reading;
}

template <typename Reading>
Stream<Reading>::Stream(const Next& next, const Read& read, int threads)
    : next_(next), read_(read), slots_(static_cast<std::size_t>(threads) * 4) {}

template <typename Reading>
void Stream<Reading>::run(const std::function<void(Reading)>& consume) {
  std::unique_lock lock(mutex_);
  while (true) {
    Slot& slot = slots_[consumed_ % slots_.size()];
    changed_.wait(lock, [&] { return slot.is_ready || (taken_ == consumed_ && may_take()); });
    if (!slot.is_ready) {
      take_and_read(lock);  // nothing is due before it
      continue;
    }
    Slot due = std::exchange(slot, Slot{});
    ++consumed_;
    lock.unlock();
    changed_.notify_all();
    if (due.error) std::rethrow_exception(due.error);
    if (due.is_end) return;
    consume(std::move(due.reading));
    lock.lock();
  }
}

template <typename Reading>
void Stream<Reading>::stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  changed_.notify_all();
}

template <typename Reading>
void Stream<Reading>::help() noexcept {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_stopped_ || may_take(); });
    if (is_stopped_) return;
    take_and_read(lock);
  }
}

template <typename Reading>
bool Stream<Reading>::may_take() const noexcept {
  return !is_stopped_ && !is_taking_ && taken_ < consumed_ + slots_.size();
}

template <typename Reading>
void Stream<Reading>::take_and_read(std::unique_lock<std::mutex>& lock) noexcept {
  const std::size_t index = taken_++;
  is_taking_ = true;
  lock.unlock();
  Slot done;
  std::optional<StreamPicture> picture;
  try {
    picture = next_();
  } catch (...) {
    done.error = std::current_exception();
  }
  lock.lock();
  is_taking_ = false;
  if (!picture) is_stopped_ = true;
  lock.unlock();
  changed_.notify_all();
  if (picture) {
    done.reading = read_picture(std::move(*picture));
  } else {
    done.is_end = true;
  }
  done.is_ready = true;
  lock.lock();
  slots_[index % slots_.size()] = std::move(done);
  changed_.notify_all();
}

template class Stream<StreamReading>;
template class Stream<PhotoReading>;

}  // namespace lprnet
