#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace lprnet::cli {

enum class ProgressMode {
  kAuto,    // where a person sees it and nothing else scrolls by, after a second
  kShown,   // in any case
  kHidden,  // never
};

// Says on standard error how far a work over many files has come: how many are done and of how
// many, how many a second, the time left, how many failed, and the file in hand. On a terminal this
// is one line that is written again and again, elsewhere a line a second.
class Progress {
 public:
  Progress(ProgressMode mode, std::string what);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Whether it may show anything: else nobody needs to count the files.
  bool is_wanted() const noexcept { return wanted_; }
  void expect(std::optional<std::size_t> total) { total_ = total; }
  void step(const std::string& file, bool failed);

 private:
  std::string text(const std::string& file) const;

  std::string what_;
  bool wanted_;
  bool in_place_;
  std::optional<std::size_t> total_;
  std::size_t count_ = 0;
  std::size_t failed_ = 0;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace lprnet::cli
