#include "base/pieces.h"

#include <algorithm>

namespace lprnet::base {
namespace {

constexpr int kCountBits = 12;
constexpr std::uint64_t kCountMask = (std::uint64_t{1} << kCountBits) - 1;
constexpr std::uint64_t kOnePiece = std::uint64_t{1} << kCountBits;
constexpr std::uint64_t kOneTask = std::uint64_t{1} << 2 * kCountBits;

int first_in(std::uint64_t word) { return static_cast<int>(word >> kCountBits & kCountMask); }
int last_in(std::uint64_t word) { return static_cast<int>(word & kCountMask); }

// Looks before a thread sleeps: about 20 microseconds, as long as it takes to wake up.
constexpr int kLooks = 500;

// A hint that this thread only waits for memory to change.
void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

void Pieces::open(unsigned task, int count) noexcept {
  finished_.store(0, std::memory_order_relaxed);
  count_.store(count, std::memory_order_relaxed);
  task_.store(task, std::memory_order_relaxed);
  const std::uint64_t last = word_.load(std::memory_order_relaxed);
  // In one order with sleepers_: either a helper sees the task, or it is seen to sleep.
  word_.store((last / kOneTask + 1) * kOneTask | static_cast<std::uint64_t>(count));
  if (sleepers_.load() > 0) ring();
}

bool Pieces::claim(End end, Claim& claim) noexcept {
  std::uint64_t word = word_.load(std::memory_order_acquire);
  while (true) {
    const int first = first_in(word);
    const int last = last_in(word);
    if (first == last) return false;
    const int taken = std::max(1, (last - first) * 2 / (3 * threads_));
    const unsigned task = task_.load(std::memory_order_relaxed);
    const int count = count_.load(std::memory_order_relaxed);
    const auto step = static_cast<std::uint64_t>(taken);
    const std::uint64_t left = end == End::kFront ? word + step * kOnePiece : word - step;
    if (word_.compare_exchange_weak(word, left, std::memory_order_acquire)) {
      claim = end == End::kFront ? Claim{task, first, first + taken, count}
                                 : Claim{task, last - taken, last, count};
      return true;
    }
  }
}

void Pieces::finish(const Claim& claim) noexcept {
  finished_.fetch_add(claim.end - claim.begin, std::memory_order_release);
  finished_.notify_one();
}

bool Pieces::is_finished() const noexcept {
  return finished_.load(std::memory_order_acquire) == count_.load(std::memory_order_relaxed);
}

void Pieces::wait() const noexcept {
  for (int looks = 0; looks < kLooks; ++looks) {
    if (is_finished()) return;
    relax();
  }
  const int count = count_.load(std::memory_order_relaxed);
  int finished = finished_.load(std::memory_order_acquire);
  while (finished != count) {
    finished_.wait(finished, std::memory_order_acquire);
    finished = finished_.load(std::memory_order_acquire);
  }
}

void Pieces::rest() noexcept {
  for (int looks = 0; looks < kLooks; ++looks) {
    if (!is_idle()) return;
    relax();
  }
  sleepers_.fetch_add(1);
  const unsigned bell = bell_.load();
  if (is_idle()) bell_.wait(bell);
  sleepers_.fetch_sub(1);
}

void Pieces::close() noexcept {
  closed_.store(true);
  ring();
}

bool Pieces::is_idle() const noexcept {
  const std::uint64_t word = word_.load();
  return first_in(word) == last_in(word) && !closed_.load();
}

void Pieces::ring() noexcept {
  bell_.fetch_add(1);
  bell_.notify_all();
}

}  // namespace lprnet::base
