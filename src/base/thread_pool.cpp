#include "base/thread_pool.h"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace lprnet::base {

struct ThreadPool::Shared {
  std::mutex mutex;
  std::condition_variable invited;
  std::condition_variable left;
  Work* first = nullptr;  // of the works with invitations, oldest first
  bool closing = false;
  std::vector<std::thread> threads;

  void serve() noexcept {
    std::unique_lock lock(mutex);
    while (true) {
      invited.wait(lock, [this] { return closing || first != nullptr; });
      if (closing) return;
      Work& work = *first;
      ++work.helping_;
      if (--work.invited_ == 0) first = work.next_;
      lock.unlock();
      work.help();
      lock.lock();
      if (--work.helping_ == 0) left.notify_all();
    }
  }
};

ThreadPool::ThreadPool() : shared_(std::make_unique<Shared>()) {}

ThreadPool::~ThreadPool() {
  if (is_in_child()) {
    // The threads cannot be joined, and a condition variable that they wait for cannot be
    // destroyed.
    static_cast<void>(shared_.release());
    return;
  }
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->closing = true;
  }
  shared_->invited.notify_all();
  for (std::thread& thread : shared_->threads) thread.join();
}

int ThreadPool::grow(int helpers) noexcept {
  const std::lock_guard lock(shared_->mutex);
  std::vector<std::thread>& threads = shared_->threads;
  try {
    while (threads.size() < static_cast<std::size_t>(helpers)) {
      threads.reserve(threads.size() + 1);
      threads.emplace_back([shared = shared_.get()] { shared->serve(); });
    }
  } catch (const std::exception&) {
    // std::system_error or std::bad_alloc: the system gives no more.
  }
  return static_cast<int>(threads.size());
}

void ThreadPool::invite(Work& work, int helpers) noexcept {
  if (helpers < 1) return;
  {
    const std::lock_guard lock(shared_->mutex);
    work.invited_ = helpers;
    work.next_ = nullptr;
    Work** end = &shared_->first;
    while (*end != nullptr) end = &(*end)->next_;
    *end = &work;
  }
  if (helpers == 1) {
    shared_->invited.notify_one();
  } else {
    shared_->invited.notify_all();
  }
}

void ThreadPool::dismiss(Work& work) noexcept {
  std::unique_lock lock(shared_->mutex);
  if (work.invited_ > 0) {
    Work** link = &shared_->first;
    while (*link != &work) link = &(*link)->next_;
    *link = work.next_;
    work.invited_ = 0;
  }
  shared_->left.wait(lock, [&work] { return work.helping_ == 0; });
}

}  // namespace lprnet::base
