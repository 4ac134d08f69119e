#include "plan/team.h"

#include <system_error>

namespace lprnet::plan {
namespace {

// A helper looks this often for the next plate before it sleeps: about 20 microseconds, less than
// it takes to wake up.
constexpr int kLooks = 500;

}  // namespace

Team::Team(const Plan& plan, float* arena, int threads) : plan_(plan), arena_(arena) {
  helpers_.reserve(static_cast<std::size_t>(threads - 1));
  for (int i = 1; i < threads; ++i) {
    try {
      helpers_.emplace_back([this, i] { help(i); });
    } catch (const std::system_error&) {
      break;  // those that are there do the same work
    }
  }
  barrier_.emplace(static_cast<int>(helpers_.size()) + 1);
}

Team::~Team() {
  start_round(true);
  for (std::thread& helper : helpers_) helper.join();
}

void Team::run() noexcept {
  start_round(false);
  plan_.run(arena_, {0, static_cast<int>(helpers_.size()) + 1}, *barrier_);
}

void Team::help(int index) noexcept {
  for (unsigned seen = 0;; ++seen) {
    for (int looks = 0; looks < kLooks && round_.load(std::memory_order_acquire) == seen; ++looks) {
      base::relax();
    }
    round_.wait(seen, std::memory_order_acquire);
    if (closing_) return;
    plan_.run(arena_, {index, static_cast<int>(helpers_.size()) + 1}, *barrier_);
  }
}

void Team::start_round(bool closing) noexcept {
  closing_ = closing;
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
}

}  // namespace lprnet::plan
