#include "output.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "command.h"
#include "lprnet/error.hpp"
#include "safe_text.h"

namespace lprnet::cli {
namespace {

constexpr const char* kEraseLine = "\r\033[K";
std::atomic<bool> shows_passing_line{false};

std::string& destination() {
  static std::string name = "standard output";
  return name;
}

[[noreturn]] void give_up() {
  const int error = errno;
  complain("cannot write " + destination() + ": " + std::strerror(error));
  std::_Exit(kUnusable);  // a worker may still wait for input; there is nothing to tidy up
}

}  // namespace

void print_to(const std::string& file) {
  constexpr mode_t kForAll = 0666;  // less what the user's mask takes away
  const int opened = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kForAll);
  if (opened < 0) {
    const int error = errno;
    throw Error(ErrorCode::kIo, file + ": cannot be written: " + std::strerror(error));
  }
  flush_output();
  // Whoever writes to the descriptor (see signals.h) writes to the file too.
  if (opened != STDOUT_FILENO) {
    ::dup2(opened, STDOUT_FILENO);
    ::close(opened);
  }
  destination() = file;
}

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) give_up();
}

void flush_output() {
  if (std::fflush(stdout) != 0) give_up();
}

void show_passing_line(std::string_view line) {
  if (line.empty() && !shows_passing_line) return;
  const std::string text = kEraseLine + std::string(line);
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
  shows_passing_line = !line.empty();
}

void complain(std::string_view message) {
  show_passing_line("");
  const std::string line = "lprnet: " + shown(message) + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace lprnet::cli
