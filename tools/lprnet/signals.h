#pragma once

#include <csignal>
#include <string_view>

namespace lprnet::cli {

// Holds SIGINT, SIGTERM and SIGHUP back in the calling thread while it lives: a file that is being
// written becomes whole or is removed, then the signal takes effect. REQUIRES: no other threads.
class HeldSignals {
 public:
  HeldSignals();
  ~HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  // Whether one of them waits, so that long work is better given up.
  static bool is_waiting();

 private:
  sigset_t before_{};
};

// Output that stays well-formed when SIGINT, SIGTERM or SIGHUP ends the program: a signal waits
// until the piece that is being written is out, then a closing text is written and the program ends
// by that signal. A second one of its kind ends it at once. One object at a time; the handlers stay
// for the rest of the program. A signal that the parent had ignored stays ignored.
class GracefulOutput {
 public:
  GracefulOutput();
  GracefulOutput(const GracefulOutput&) = delete;
  GracefulOutput& operator=(const GracefulOutput&) = delete;

  // Around each piece, from one thread. What has been written is flushed before end().
  // `closing` is what standard output needs from here on; it lives as long as the program.
  void begin();
  void end(const char* closing);
};

}  // namespace lprnet::cli
