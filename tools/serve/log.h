#pragma once

#include <mutex>
#include <string>

#include "json_text.h"

namespace lprnet::serve {

// Lines of JSON: events on standard error; one for each request there too, or in a file. Every
// function may be called from any thread.
class Log {
 public:
  // An empty name: standard error. Throws Error(kIo).
  explicit Log(std::string access_file);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // {"time": ..., "event": name, ...}
  void event(const std::string& name, const cli::Json& members = cli::Json::object());
  // {"time": ..., ...}
  void access(const cli::Json& members);
  // Opens the file again, which a rotation may have renamed. False: it cannot be; the old one
  // stays.
  bool reopen();

 private:
  void write(int descriptor, const cli::Json& json);

  const std::string access_file_;
  std::mutex mutex_;  // guards what follows
  int access_;
};

}  // namespace lprnet::serve
