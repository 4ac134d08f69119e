#include "log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <utility>

#include "lprnet/error.hpp"

namespace lprnet::serve {
namespace {

int open_log(const std::string& file) {
  constexpr mode_t kForGroup = 0640;
  return ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kForGroup);
}

// 2026-01-31T12:00:00.123Z
std::string now() {
  using namespace std::chrono;
  const auto time = system_clock::now();
  const std::time_t seconds = system_clock::to_time_t(floor<std::chrono::seconds>(time));
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[40];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  const auto part = duration_cast<milliseconds>(time.time_since_epoch()).count() % 1000;
  std::snprintf(text + size, sizeof text - size, ".%03dZ", static_cast<int>(part));
  return text;
}

}  // namespace

Log::Log(std::string access_file) : access_file_(std::move(access_file)), access_(STDERR_FILENO) {
  if (access_file_.empty()) return;
  access_ = open_log(access_file_);
  if (access_ < 0) {
    const int error = errno;
    throw Error(ErrorCode::kIo,
                access_file_ + ": the access log cannot be written: " + std::strerror(error));
  }
}

Log::~Log() {
  if (access_ != STDERR_FILENO) ::close(access_);
}

void Log::event(const std::string& name, const cli::Json& members) {
  cli::Json json = {{"time", now()}, {"event", name}};
  json.update(members);
  const std::lock_guard lock(mutex_);
  write(STDERR_FILENO, json);
}

void Log::access(const cli::Json& members) {
  cli::Json json = {{"time", now()}};
  json.update(members);
  const std::lock_guard lock(mutex_);
  write(access_, json);
}

bool Log::reopen() {
  if (access_file_.empty()) return true;
  const int opened = open_log(access_file_);
  if (opened < 0) return false;
  const std::lock_guard lock(mutex_);
  ::close(std::exchange(access_, opened));
  return true;
}

void Log::write(int descriptor, const cli::Json& json) {
  const std::string line = cli::json_line(json) + "\n";
  std::size_t at = 0;
  while (at < line.size()) {
    const ssize_t count = ::write(descriptor, line.data() + at, line.size() - at);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;  // nobody to tell
    at += static_cast<std::size_t>(count);
  }
}

}  // namespace lprnet::serve
