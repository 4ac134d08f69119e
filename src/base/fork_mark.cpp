#include "base/fork_mark.h"

#include <pthread.h>

#include <atomic>
#include <new>

namespace lprnet::base {
namespace {

// How often this process and its ancestors were forked since the first mark. A process id would not
// do: it can be used again.
std::atomic<unsigned> forks{0};

}  // namespace

ForkMark::ForkMark() : forks_(forks.load(std::memory_order_relaxed)) {
  // Registered by the first mark; tried again by the next one when that failed.
  [[maybe_unused]] static const bool registered = [] {
    const auto in_child = [] { forks.fetch_add(1, std::memory_order_relaxed); };
    if (pthread_atfork(nullptr, nullptr, in_child) != 0) throw std::bad_alloc();
    return true;
  }();
}

bool ForkMark::is_in_child() const noexcept {
  return forks.load(std::memory_order_relaxed) != forks_;
}

}  // namespace lprnet::base
