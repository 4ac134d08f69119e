#include "progress.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

namespace lprnet::cli {
namespace {

using std::chrono::steady_clock;

constexpr const char* kEraseLine = "\r\033[K";

}  // namespace

Progress::Progress(std::string what)
    : what_(std::move(what)),
      wanted_(isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 0),
      start_(steady_clock::now()),
      next_(start_ + std::chrono::seconds(1)) {}

Progress::~Progress() {
  if (shown_) std::fputs(kEraseLine, stderr);
}

void Progress::step() {
  ++count_;
  if (!wanted_ || steady_clock::now() < next_) return;
  const std::chrono::duration<double> spent = steady_clock::now() - start_;
  std::fprintf(stderr, "%s%zu %s, %.0f a second", kEraseLine, count_, what_.c_str(),
               static_cast<double>(count_) / spent.count());
  std::fflush(stderr);
  shown_ = true;
  next_ += std::chrono::milliseconds(200);
}

}  // namespace lprnet::cli
