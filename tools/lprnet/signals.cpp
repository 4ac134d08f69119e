#include "signals.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

namespace lprnet::cli {
namespace {

constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};

sigset_t signal_set() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : kSignals) sigaddset(&set, signal);
  return set;
}

enum State : int { kQuiet, kWriting, kEnding };

// A handler may run in any thread, at any time, so that the two sides meet in these alone.
std::atomic<int> state{kQuiet};
std::atomic<int> pending{0};  // the signal that came first
std::atomic<const char*> closing_text{""};
static_assert(std::atomic<int>::is_always_lock_free &&
              std::atomic<const char*>::is_always_lock_free);

bool become(State from, State to) {
  int expected = from;
  return state.compare_exchange_strong(expected, to);
}

// Only what a signal handler may call.
void close_and_die(int signal) {
  const char* text = closing_text.load();
  std::size_t left = std::strlen(text);
  while (left > 0) {
    const ssize_t count = ::write(STDOUT_FILENO, text, left);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    text += count;
    left -= static_cast<std::size_t>(count);
  }
  ::signal(signal, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  ::raise(signal);
  ::_exit(128 + signal);
}

void handle(int signal) {
  const int error = errno;
  int none = 0;
  pending.compare_exchange_strong(none, signal);
  if (become(kQuiet, kEnding)) close_and_die(signal);
  errno = error;
}

}  // namespace

HeldSignals::HeldSignals() {
  const sigset_t set = signal_set();
  pthread_sigmask(SIG_BLOCK, &set, &before_);
}

HeldSignals::~HeldSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

bool HeldSignals::is_waiting() {
  sigset_t waiting;
  sigpending(&waiting);
  return std::any_of(kSignals.begin(), kSignals.end(),
                     [&](int signal) { return sigismember(&waiting, signal) == 1; });
}

GracefulOutput::GracefulOutput() {
  for (const int signal : kSignals) {
    struct sigaction action {};
    if (sigaction(signal, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) continue;
    action.sa_handler = handle;
    sigemptyset(&action.sa_mask);
    action.sa_flags = static_cast<int>(SA_RESTART | SA_RESETHAND | SA_NODEFER);
    sigaction(signal, &action, nullptr);
  }
}

void GracefulOutput::begin() {
  // Another thread is ending the program.
  while (!become(kQuiet, kWriting)) ::pause();
}

void GracefulOutput::end(const char* closing) {
  closing_text = closing;
  state = kQuiet;
  const int signal = pending;
  if (signal != 0 && become(kQuiet, kEnding)) close_and_die(signal);
}

}  // namespace lprnet::cli
