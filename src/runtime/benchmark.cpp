#include "lprnet/benchmark.hpp"

#include <algorithm>
#include <chrono>

#include "base/error_text.h"
#include "kernels/kernel_set.h"

namespace lprnet {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace

std::vector<double> measure_steps(Session& session, int rounds) {
  if (rounds < 1)
    base::fail(ErrorCode::kInvalidArgument, "rounds is ", rounds, ", expected 1 or more");
  const std::size_t steps = session.model().summary().steps.size();
  std::vector<std::vector<double>> times(steps);
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t step = 0; step < steps; ++step) {
      const auto begin = Clock::now();
      session.infer_step(step);
      times[step].push_back(seconds_since(begin));
    }
  }
  std::vector<double> medians;
  for (auto& samples : times) {
    const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
    std::nth_element(samples.begin(), middle, samples.end());
    medians.push_back(*middle);
  }
  return medians;
}

double measure_peak(const std::string& isa) {
  const kernels::KernelSet& kernels = kernels::choose_kernel_set(isa);
  // The best of many short bursts: interruptions only ever cost.
  constexpr int kBursts = 40;
  std::int64_t rounds = 1000;
  double best = 0;
  for (int burst = 0; burst < kBursts; ++burst) {
    const auto begin = Clock::now();
    const double operations = kernels.multiply_adds(rounds);
    const double seconds = seconds_since(begin);
    if (seconds > 0) best = std::max(best, operations / seconds);
    if (seconds < 4e-4) rounds *= 2;
  }
  return best;
}

}  // namespace lprnet
