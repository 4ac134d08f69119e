#include "plan/team.h"

#include <algorithm>

#include "plan/flush_denormals.h"

namespace lprnet::plan {
namespace {

// Pieces of a step for each thread: small enough that waiting for the last one is short, large
// enough that the kernels work in whole tiles.
constexpr int kPiecesPerThread = 8;

// A helper that the system takes off its core while it holds a piece is waited for, often for
// milliseconds. When a run waits longer than kPatience and a quarter of its time so far, the rest
// of it goes without helpers. After such a run, or one that waited for a third of its time, the
// caller works alone for kPause times as long as it waited: trying again then costs a small share.
constexpr std::chrono::microseconds kPatience{100};
constexpr std::chrono::milliseconds kShortestPause{10};
constexpr int kPause = 32;

}  // namespace

Team::Team(const Plan& plan, float* arena, int threads)
    : plan_(plan), arena_(arena), pieces_(threads), helpers_(pool_.grow(threads - 1)) {
  pool_.invite(*this, helpers_);
}

Team::~Team() {
  if (pool_.is_in_child()) return;
  pieces_.close();
  pool_.dismiss(*this);
}

void Team::run() noexcept {
  const Clock::time_point begin = Clock::now();
  if (helpers_ == 0 || begin < alone_until_ || pool_.is_in_child()) return plan_.run(arena_);
  const FlushDenormals flush;
  bool alone = false;
  Clock::duration waited{0};
  for (std::size_t step = 0; step < plan_.steps().size(); ++step) {
    if (alone || !plan_.is_shared(step)) {
      plan_.run_step(step, arena_);
      continue;
    }
    pieces_.open(static_cast<unsigned>(step), kPiecesPerThread * (helpers_ + 1));
    work(0);
    if (pieces_.is_finished()) continue;
    const Clock::time_point from = Clock::now();
    pieces_.wait();
    const Clock::time_point now = Clock::now();
    waited += now - from;
    alone = waited > kPatience + (now - begin) / 4;
  }
  if (waited == Clock::duration{0}) return;
  const Clock::time_point end = Clock::now();
  if (alone || waited > (end - begin) / 3) {
    alone_until_ = end + std::max<Clock::duration>(kShortestPause, kPause * waited);
  }
}

void Team::help() noexcept {
  const FlushDenormals flush;
  const int thread = 1 + helpers_seen_.fetch_add(1);
  while (!pieces_.is_closed()) {
    work(thread);
    pieces_.rest();
  }
}

void Team::work(int thread) noexcept {
  base::Pieces::Claim claim{};
  const auto end = thread == 0 ? base::Pieces::End::kFront : base::Pieces::End::kBack;
  while (pieces_.claim(end, claim)) {
    plan_.run_part(claim.task, arena_, {claim.begin, claim.end, claim.count}, thread);
    pieces_.finish(claim);
  }
}

}  // namespace lprnet::plan
