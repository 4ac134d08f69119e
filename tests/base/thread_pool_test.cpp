#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/pieces.h"

namespace lprnet::base {
namespace {

// Adds up 1 to `last`, a number a piece.
class Sum final : public ThreadPool::Work {
 public:
  explicit Sum(int last) : last_(last) {}
  void work() noexcept {
    for (int i = next_++; i <= last_; i = next_++) sum_ += i;
  }
  int value() const { return sum_; }

 private:
  void help() noexcept override { work(); }
  const int last_;
  std::atomic<int> next_{1};
  std::atomic<int> sum_{0};
};

TEST(ThreadPool, ManyWorksAtOnce) {
  ThreadPool pool;
  EXPECT_EQ(pool.grow(3), 3);
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        Sum sum(100);
        pool.invite(sum, 1 + round % 3);
        sum.work();
        pool.dismiss(sum);
        if (sum.value() != 5050) ++wrong;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
}

TEST(ThreadPool, HelpersDoTheWorkOfACallerWhoOnlyWaits) {
  ThreadPool pool;
  ASSERT_EQ(pool.grow(2), 2);
  Sum sum(1000);
  pool.invite(sum, 2);
  while (sum.value() != 500500) std::this_thread::yield();
  pool.dismiss(sum);
}

TEST(ThreadPool, WithoutHelpersNobodyIsWaitedFor) {
  ThreadPool pool;
  Sum sum(10);
  pool.invite(sum, 3);
  sum.work();
  pool.dismiss(sum);
  EXPECT_EQ(sum.value(), 55);
}

TEST(Pieces, EachIsClaimedOnceFromBothEnds) {
  for (const int count : {1, 2, 7, 64, Pieces::kMaxCount}) {
    Pieces pieces(3);
    pieces.open(5, count);
    std::vector<int> claimed(static_cast<std::size_t>(count));
    Pieces::Claim claim{};
    bool front = false;
    while (pieces.claim(front ? Pieces::End::kFront : Pieces::End::kBack, claim)) {
      front = !front;
      EXPECT_EQ(claim.task, 5U);
      EXPECT_EQ(claim.count, count);
      ASSERT_LT(claim.begin, claim.end);
      for (int i = claim.begin; i < claim.end; ++i) ++claimed[static_cast<std::size_t>(i)];
      EXPECT_FALSE(pieces.is_finished());
      pieces.finish(claim);
    }
    EXPECT_TRUE(pieces.is_finished());
    EXPECT_EQ(claimed, std::vector<int>(static_cast<std::size_t>(count), 1));
  }
}

// Writes without any other synchronisation: ThreadSanitizer sees a missing one.
TEST(Pieces, TasksFollowEachOther) {
  constexpr int kCount = 24;
  constexpr int kTasks = 3000;
  Pieces pieces(3);
  std::vector<int> values(kCount);
  const auto work = [&](Pieces::End end) {
    Pieces::Claim claim{};
    while (pieces.claim(end, claim)) {
      for (int i = claim.begin; i < claim.end; ++i) {
        auto& value = values[static_cast<std::size_t>(i)];
        value = value == static_cast<int>(claim.task) ? value + 1 : -1;
      }
      pieces.finish(claim);
    }
  };
  std::vector<std::thread> helpers;
  for (int i = 0; i < 2; ++i) {
    helpers.emplace_back([&] {
      while (!pieces.is_closed()) {
        work(Pieces::End::kBack);
        pieces.rest();
      }
    });
  }
  for (unsigned task = 0; task < kTasks; ++task) {
    pieces.open(task, kCount);
    work(Pieces::End::kFront);
    pieces.wait();
  }
  pieces.close();
  for (std::thread& helper : helpers) helper.join();
  EXPECT_EQ(values, std::vector<int>(kCount, kTasks));
}

}  // namespace
}  // namespace lprnet::base
