#pragma once

#include <functional>

namespace lprnet::cli {

struct Timing {
  double median_ms = 0;
  double min_ms = 0;
};

// Runs `work` a few times unmeasured, then again and again for about `seconds`, at least 20 times,
// and gives the time of one run.
Timing time_of(const std::function<void()>& work, double seconds);

}  // namespace lprnet::cli
