#include "output.h"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "command.h"
#include "safe_text.h"

namespace lprnet::cli {
namespace {

constexpr const char* kEraseLine = "\r\033[K";
std::atomic<bool> shows_passing_line{false};

[[noreturn]] void give_up() {
  complain(std::string("cannot write standard output: ") + std::strerror(errno));
  std::_Exit(kUnusable);  // a worker may still wait for input; there is nothing to tidy up
}

}  // namespace

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
