#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

#include "base/thread_pool.h"
#include "runtime/stream.h"

namespace lprnet {

// Workers, each for one call at a time, and the threads that share out batches and streams. There
// are never more workers than calls and helpers ran at once. Thread safe.
//
// fork(): a child makes a pool and workers of its own at its first call. What belonged to its
// parent's threads is not freed there: they are gone and their locks may be held.
template <typename Worker>
class Crew {
  struct Shared {
    std::mutex mutex;  // guards the workers
    std::list<Worker> workers;
    base::ThreadPool pool;
  };

 public:
  // Makes the first worker, and so fails early if it has to.
  explicit Crew(std::function<Worker()> make) : make_(std::move(make)) {
    auto first = std::make_unique<Shared>();
    first->workers.push_back(make_());
    shared_ = first.release();
  }
  ~Crew() {
    Shared* const shared = shared_;
    if (!shared->pool.is_in_child()) delete shared;
  }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  // A worker for one call: one that nobody uses, or a new one.
  class Lease {
   public:
    explicit Lease(Crew& crew) : shared_(crew.shared()) {
      {
        const std::lock_guard lock(shared_.mutex);
        if (!shared_.workers.empty()) {
          mine_.splice(mine_.begin(), shared_.workers, shared_.workers.begin());
          return;
        }
      }
      mine_.push_back(crew.make_());
    }
    ~Lease() {
      const std::lock_guard lock(shared_.mutex);
      shared_.workers.splice(shared_.workers.begin(), mine_);
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    Worker& worker() noexcept { return mine_.front(); }

   private:
    Shared& shared_;
    std::list<Worker> mine_;
  };

  // Calls work(worker, i) once for each i below `count`, by up to `threads` threads. Rethrows what
  // the first call that failed threw; the others that had begun are done then.
  void for_each(std::size_t count, int threads,
                const std::function<void(Worker&, std::size_t)>& work) {
    if (count == 0) return;
    Pieces pieces(*this, count, work);
    const int useful = static_cast<int>(std::min(static_cast<std::size_t>(threads), count)) - 1;
    base::ThreadPool& pool = shared().pool;
    pool.invite(pieces, std::min(useful, pool.grow(useful)));
    pieces.work();
    pool.dismiss(pieces);
    pieces.rethrow_error();
  }

  // Runs the stream by `threads` threads.
  template <typename Reading>
  void run(Stream<Reading>& stream, int threads, const std::function<void(Reading)>& consume) {
    base::ThreadPool& pool = shared().pool;
    // The calling thread mostly waits for what is due, so that there are as many helpers as
    // threads.
    const int useful = threads == 1 ? 0 : threads;
    pool.invite(stream, std::min(useful, pool.grow(useful)));
    struct Dismissal {
      base::ThreadPool& pool;
      Stream<Reading>& stream;
      ~Dismissal() {
        stream.stop();
        pool.dismiss(stream);
      }
    };
    const Dismissal at_end{pool, stream};
    stream.run(consume);
  }

 private:
  // One call of for_each().
  class Pieces final : public base::ThreadPool::Work {
   public:
    using Do = std::function<void(Worker&, std::size_t)>;
    Pieces(Crew& crew, std::size_t count, const Do& work) : crew_(crew), count_(count), do_(work) {}

    // Takes pieces until none is left to begin.
    void work() noexcept {
      try {
        Lease lease(crew_);
        take(lease.worker());
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
      if (next_.load() >= count_) return;
      try {
        Lease lease(crew_);
        take(lease.worker());
      } catch (...) {
        // No memory for one more worker: the others take what is left.
      }
    }

    void take(Worker& worker) noexcept {
      try {
        for (std::size_t i = next_++; i < count_; i = next_++) do_(worker, i);
      } catch (...) {
        fail();
      }
    }

    // Keeps the exception that is being handled when it is the first of all threads.
    void fail() noexcept {
      next_ = count_;  // nobody begins another piece
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
    }

    Crew& crew_;
    const std::size_t count_;
    const Do& do_;
    std::atomic<std::size_t> next_{0};
    std::mutex mutex_;  // guards the error
    std::exception_ptr error_;
  };

  // This process's.
  Shared& shared() {
    Shared* shared = shared_;
    while (shared->pool.is_in_child()) {
      auto own = std::make_unique<Shared>();
      if (shared_.compare_exchange_strong(shared, own.get())) return *own.release();
    }
    return *shared;
  }

  std::function<Worker()> make_;
  std::atomic<Shared*> shared_{nullptr};  // owned
};

// The number of threads that `asked` stands for: 0 for one for each core. Throws
// Error(kInvalidArgument) for a negative number.
int thread_count(int asked);

}  // namespace lprnet
