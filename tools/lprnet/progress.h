#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace lprnet::cli {

// A counter on standard error for work that takes longer than a second: only where a person sees it
// (standard error is a terminal) and nothing else scrolls by (standard output is not).
class Progress {
 public:
  explicit Progress(std::string what);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void step();

 private:
  std::string what_;
  bool wanted_;
  bool shown_ = false;
  std::size_t count_ = 0;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace lprnet::cli
