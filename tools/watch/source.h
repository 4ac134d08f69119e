#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "frame.h"

namespace lprnet::watch {

struct SourceOptions {
  std::string name;   // a file, an address, a camera's number or device, "-" for standard input
  bool live = false;  // take it for live even where it does not look so
  int every = 1;      // gives every n-th frame
  double patience_seconds = 0;  // how long a live source may be away; 0: for ever
};

struct SourceCounts {
  std::int64_t frames = 0;         // seen so far, dropped ones too
  std::int64_t dropped = 0;        // of those wanted, by a live source
  std::int64_t reconnections = 0;  // how often it was opened again
  bool gave_up = false;            // it was away too long
};

// The name without what stands before the host of an address: its password is nobody's business.
std::string public_name(const std::string& name);

// Whether it gives frames at its own pace: a camera or a network address.
bool is_live(const std::string& name);

// The frames of a video, one after the other, decoded by a thread of its own. Of a live source the
// newest frame alone waits to be taken, so that slow work drops frames rather than fall behind; a
// lost connection is opened again, after 1, 2, 4, ... 30 seconds. stop() and counts() may be called
// from any thread, next() from one.
class Source {
 public:
  // Throws Error(kNotFound) for a source that cannot be opened.
  explicit Source(const SourceOptions& options);
  ~Source();
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  // No value: the video has ended, stop() was called, or a live source was away too long.
  std::optional<Frame> next();
  // Ends next() at once.
  void stop();
  SourceCounts counts() const;

 private:
  class Decoder;
  // The thread's too: one that waits for a pipe without end is left behind.
  std::shared_ptr<Decoder> decoder_;
  std::thread thread_;
};

}  // namespace lprnet::watch
