#pragma once

#include <csignal>

namespace lprnet::cli {

// SIGTERM, SIGINT and SIGHUP, held back in this thread and those that it starts, and asked for.
class StopSignals {
 public:
  // REQUIRES: no other threads yet.
  StopSignals();
  // The next one; 0: none came within this time.
  int wait(double seconds) const;

 private:
  sigset_t signals_{};
};

}  // namespace lprnet::cli
