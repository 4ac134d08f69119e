#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace lprnet::serve {

// Work that waits for one of the threads that do it, first in, first out. Every function may be
// called from any thread.
class JobQueue {
 public:
  // At least one thread starts, or std::system_error is thrown.
  JobQueue(std::size_t workers, std::size_t limit);
  // Does what waits, then ends.
  ~JobQueue();
  JobQueue(const JobQueue&) = delete;
  JobQueue& operator=(const JobQueue&) = delete;

  // False: as many wait as may. A job does not throw.
  bool push(std::function<void()> job);

  std::size_t waiting() const;
  std::size_t busy() const;
  std::size_t workers() const { return threads_.size(); }
  std::size_t limit() const { return limit_; }

 private:
  void work();

  const std::size_t limit_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  std::size_t busy_ = 0;
  bool ends_ = false;
  std::vector<std::thread> threads_;  // set once
};

}  // namespace lprnet::serve
