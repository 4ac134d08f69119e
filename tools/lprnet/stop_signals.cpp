#include "stop_signals.h"

#include <cmath>
#include <ctime>

namespace lprnet::cli {

StopSignals::StopSignals() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGTERM);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // a client that has gone is an error of its connection alone
}

int StopSignals::wait(double seconds) const {
  timespec time{};
  time.tv_sec = static_cast<std::time_t>(seconds);
  time.tv_nsec = static_cast<long>((seconds - std::floor(seconds)) * 1e9);
  const int signal = ::sigtimedwait(&signals_, nullptr, &time);
  return signal > 0 ? signal : 0;
}

}  // namespace lprnet::cli
