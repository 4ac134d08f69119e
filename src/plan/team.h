#pragma once

#include <atomic>
#include <chrono>

#include "base/pieces.h"
#include "base/thread_pool.h"
#include "plan/plan.h"

namespace lprnet::plan {

// Threads that run a plan together, one arena between them: the caller's and helpers, which share
// the pieces of each step. Between runs the helpers sleep. Where they hinder more than they help,
// because other programs have the cores, most runs go without them. Use from one thread at a time.
// In a forked child there are no helpers, and runs are the caller's alone.
class Team final : private base::ThreadPool::Work {
 public:
  // Starts `threads` - 1 helpers, or as many as the system gives. The arena has
  // plan.arena_floats(threads) floats; plan and arena outlive the team. Throws std::bad_alloc.
  Team(const Plan& plan, float* arena, int threads);
  ~Team();

  // Runs the plan as Plan::run() does: the same bits whatever the number of threads.
  void run() noexcept;

 private:
  using Clock = std::chrono::steady_clock;

  void help() noexcept override;
  void work(int thread) noexcept;

  const Plan& plan_;
  float* const arena_;
  base::Pieces pieces_;
  std::atomic<int> helpers_seen_{0};  // gives each helper scratch memory of its own
  Clock::time_point alone_until_{};   // the helpers were late
  base::ThreadPool pool_;
  const int helpers_;
};

}  // namespace lprnet::plan
