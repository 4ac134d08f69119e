#pragma once

#include <memory>

#include "base/fork_mark.h"

namespace lprnet::base {

// Helper threads. They sleep until somebody invites them to a work, and do what they find there.
// Nobody waits for a helper that has not come. Any thread may call any function at any time, except
// that a child process may only destroy the pool that its parent made.
class ThreadPool {
 public:
  // Something that several threads can do together. It is cut into pieces, and whoever works on it
  // claims one after the other.
  class Work {
   public:
    Work() = default;
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

   protected:
    ~Work() = default;

   private:
    friend class ThreadPool;
    // Called by each helper that comes. Returns when there is no piece left to claim.
    virtual void help() noexcept = 0;

    // Guarded by the pool's lock.
    Work* next_ = nullptr;  // that helpers are invited to
    int invited_ = 0;       // helpers that may still come
    int helping_ = 0;       // helpers that have come and not left
  };

  // Throws std::bad_alloc.
  ThreadPool();
  // REQUIRES: no work has helpers. In a child process the parent's threads do not exist, and what
  // belongs to them is not freed.
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // Starts threads until there are `helpers`, and returns how many there are: fewer when the system
  // refuses a thread or its memory, since fewer do the same work.
  int grow(int helpers) noexcept;
  // Asks so many helpers to come to the work. REQUIRES: the work has no helpers.
  void invite(Work& work, int helpers) noexcept;
  // Withdraws the invitations and waits until those who came have left.
  void dismiss(Work& work) noexcept;

  // True in a child process: there are no helpers, and the locks cannot be used.
  bool is_in_child() const noexcept { return mark_.is_in_child(); }

 private:
  struct Shared;

  ForkMark mark_;
  std::unique_ptr<Shared> shared_;
};

}  // namespace lprnet::base
