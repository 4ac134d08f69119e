#pragma once

#include <atomic>
#include <cstdint>

namespace lprnet::base {

// The pieces of one task after another, for tasks of microseconds: the owner opens a task, it and
// its helpers claim pieces until none is left, and the owner waits for those that others claimed
// and have not finished. A helper that comes late, or not at all, is never waited for. Takes no
// lock and allocates nothing; a wait spins for some microseconds, then sleeps.
class Pieces {
 public:
  static constexpr int kMaxCount = (1 << 12) - 1;

  // Pieces begin to end of the `count` of a task.
  struct Claim {
    unsigned task;
    int begin;
    int end;
    int count;
  };

  // `threads` work on a task when all are there: claims are large at first and small in the end.
  explicit Pieces(int threads) : threads_(threads) {}

  // Owner: begins a task, any number that tells helpers what to do. REQUIRES: the last one is
  // finished, and 1 <= count <= kMaxCount. What was written before is seen by who claims a piece.
  void open(unsigned task, int count) noexcept;
  // Anyone: pieces of the task that is open. False: none are left. The owner and its helpers begin
  // at opposite ends, so that what a thread wrote in one task is near it in the next.
  enum class End { kFront, kBack };
  bool claim(End end, Claim& claim) noexcept;
  // Anyone: a claim's pieces are done. What was written before is seen by the owner after wait().
  void finish(const Claim& claim) noexcept;
  // Owner: whether every piece of the task is done.
  bool is_finished() const noexcept;
  // Owner: waits until it is. REQUIRES: every piece has been claimed.
  void wait() const noexcept;

  // Helper: returns when there may be a piece to claim, or no more will come.
  void rest() noexcept;
  // Owner: no more will come.
  void close() noexcept;
  bool is_closed() const noexcept { return closed_.load(); }

 private:
  bool is_idle() const noexcept;
  void ring() noexcept;

  const int threads_;
  // The number of the task among all, and the first and last of the pieces that nobody has claimed,
  // in one word: a claim fails when the task has changed in between.
  alignas(64) std::atomic<std::uint64_t> word_{0};
  std::atomic<unsigned> task_{0};
  std::atomic<int> count_{0};
  alignas(64) std::atomic<int> finished_{0};
  alignas(64) std::atomic<int> sleepers_{0};
  std::atomic<unsigned> bell_{0};  // what sleepers wait for to change
  std::atomic<bool> closed_{false};
};

}  // namespace lprnet::base
