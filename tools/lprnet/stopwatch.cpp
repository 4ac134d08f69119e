#include "stopwatch.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace lprnet::cli {

Timing time_of(const std::function<void()>& work, double seconds) {
  using Clock = std::chrono::steady_clock;
  constexpr int kWarmUpRuns = 3;
  constexpr std::size_t kFewestRuns = 20;
  constexpr std::size_t kMostRuns = 1000000;
  for (int i = 0; i < kWarmUpRuns; ++i) work();

  std::vector<double> times;
  const Clock::time_point begin = Clock::now();
  Clock::time_point last = begin;
  while (times.size() < kMostRuns &&
         (times.size() < kFewestRuns ||
          std::chrono::duration<double>(last - begin).count() < seconds)) {
    const Clock::time_point start = Clock::now();
    work();
    last = Clock::now();
    times.push_back(std::chrono::duration<double, std::milli>(last - start).count());
  }
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times.front()};
}

}  // namespace lprnet::cli
