#pragma once

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "base/spin_barrier.h"
#include "plan/plan.h"

namespace lprnet::plan {

// Threads that run a plan together, one arena between them. Between runs they sleep. Use from one
// thread at a time.
class Team {
 public:
  // Starts `threads` - 1 threads beside the caller's, or as many as the machine gives. The arena
  // has plan.arena_floats(threads) floats; plan and arena outlive the team.
  Team(const Plan& plan, float* arena, int threads);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  // Runs the plan as Plan::run() does: the same bits whatever the number of threads.
  void run() noexcept;

 private:
  void help(int index) noexcept;
  void start_round(bool closing) noexcept;

  const Plan& plan_;
  float* const arena_;
  std::optional<base::SpinBarrier> barrier_;  // written before the first round starts
  bool closing_ = false;                      // written before a round starts
  std::atomic<unsigned> round_{0};
  std::vector<std::thread> helpers_;
};

}  // namespace lprnet::plan
