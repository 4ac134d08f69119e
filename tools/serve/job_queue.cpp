#include "job_queue.h"

#include <system_error>
#include <utility>

namespace lprnet::serve {

JobQueue::JobQueue(std::size_t workers, std::size_t limit) : limit_(limit) {
  threads_.reserve(workers);
  for (std::size_t i = 0; i < workers; ++i) {
    try {
      threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      if (threads_.empty()) throw;
      break;  // the system gives no more; fewer do the same work
    }
  }
}

JobQueue::~JobQueue() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool JobQueue::push(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    // A free worker is no queue: with a limit of 0 each has one job and none waits.
    const std::size_t free = threads_.size() - busy_;
    if (jobs_.size() >= limit_ + free) return false;
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
  return true;
}

std::size_t JobQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

std::size_t JobQueue::busy() const {
  const std::lock_guard lock(mutex_);
  return busy_;
}

void JobQueue::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ends_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    ++busy_;
    lock.unlock();
    job();
    job = nullptr;  // with what it holds, before another waits for the lock
    lock.lock();
    --busy_;
  }
}

}  // namespace lprnet::serve
