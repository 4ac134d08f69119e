#include "watch_command.h"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "limit_arguments.h"
#include "output.h"
#include "passing.h"
#include "photo_arguments.h"
#include "plates_in_frame.h"
#include "safe_text.h"
#include "snapshots.h"
#include "source.h"
#include "stop_signals.h"
#include "tracker.h"

namespace lprnet::watch {
namespace {

struct Arguments {
  cli::PhotoArguments photo;
  SourceOptions source;
  std::string quad;
  bool motion = false;
  double forget_seconds = 2;
  int least_frames = 2;
  double least_text = 0.5;
  std::string snapshots;
  std::string output;
};

// Ends the source when a signal comes.
class StopOnSignal {
 public:
  StopOnSignal(const cli::StopSignals& signals, Source& source)
      : thread_([this, &signals, &source] {
          constexpr double kTick = 0.1;
          while (!done_) {
            const int signal = signals.wait(kTick);
            if (signal != 0) return source.stop();
          }
        }) {}
  ~StopOnSignal() {
    done_ = true;
    thread_.join();
  }
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

 private:
  std::atomic<bool> done_{false};
  std::thread thread_;
};

class Report {
 public:
  explicit Report(const Arguments& arguments)
      : arguments_(arguments), source_(public_name(arguments.source.name)) {
    if (!arguments.snapshots.empty()) snapshots_.emplace(arguments.snapshots);
    if (!arguments.output.empty()) cli::print_to(arguments.output);
  }
  bool wants_pictures() const { return snapshots_.has_value(); }
  std::int64_t cars() const { return cars_; }

  void write(std::vector<Track> tracks) {
    for (Track& track : tracks) {
      if (track.frames < arguments_.least_frames) continue;
      Passing passing = passing_of(std::move(track));
      if (passing.plate.text.empty()) continue;
      if (static_cast<double>(passing.plate.confidence) < arguments_.least_text) continue;
      if (snapshots_) passing.snapshot = snapshots_->write(passing);
      cli::print(cli::json_line(to_json(passing, source_, ++cars_)) + "\n");
    }
    if (!tracks.empty()) cli::flush_output();
  }

 private:
  const Arguments& arguments_;
  const std::string source_;
  std::optional<Snapshots> snapshots_;
  std::int64_t cars_ = 0;
};

int watch(const Arguments& arguments) {
  cv::setNumThreads(1);
  // What they say on standard error names sources with their passwords.
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  ::setenv("OPENCV_FFMPEG_LOGLEVEL", "-8", 0);
  const cli::StopSignals signals;
  PlatesInFrame plates(arguments.photo, arguments.quad, arguments.motion);
  Report report(arguments);
  Tracker tracker(arguments.forget_seconds);
  Source source(arguments.source);
  {
    const StopOnSignal stop(signals, source);
    while (std::optional<Frame> frame = source.next()) {
      std::vector<FoundPlate> found = plates.in(*frame->picture);
      if (!report.wants_pictures()) frame->picture.reset();
      report.write(tracker.add(*frame, std::move(found)));
    }
  }
  report.write(tracker.finish());
  cli::flush_output();
  const SourceCounts counts = source.counts();
  std::string summary = cli::shown(public_name(arguments.source.name)) + ": " +
                        std::to_string(counts.frames) + " frames, " +
                        std::to_string(report.cars()) + " cars";
  if (counts.dropped > 0) summary += ", " + std::to_string(counts.dropped) + " frames dropped";
  if (counts.reconnections > 0) {
    summary += ", " + std::to_string(counts.reconnections) + " times connected again";
  }
  cli::complain(summary);
  return counts.gave_up || counts.frames == 0 ? cli::kSomeFailed : cli::kAllDone;
}

void declare(cli::Arguments& arguments, Arguments* all) {
  arguments.text(
      "source", "SOURCE", &all->source.name,
      "A video file, an address (rtsp://..., http://...), a camera's number or device, or "
      "- for a video on standard input",
      cli::Arguments::Presence::kRequired);
  arguments.number("--every", "N", &all->source.every, 1, 1000, "Read every n-th frame");
  arguments.flag("--live", &all->source.live,
                 "Drop frames rather than fall behind, as for cameras and addresses");
  arguments.flag("--motion", &all->motion, "Look for plates only where something moves");
  arguments.text("--quad", "X,Y,X,Y,X,Y,X,Y", &all->quad,
                 "Where the plate always is: its corners from the top left clockwise, in pixels. "
                 "Nothing is looked for");
  arguments.number("--forget", "S", &all->forget_seconds, 0.05, 600,
                   "Seconds out of sight after which a car has passed (2)");
  arguments.number("--least-frames", "N", &all->least_frames, 1, 1000,
                   "Frames in which a plate must be read to be reported");
  arguments.number("--least-text", "P", &all->least_text, 0.0, 1.0,
                   "Confidence of the text from which on a car is reported (0.5)");
  arguments.text("--snapshot", "DIR", &all->snapshots,
                 "Write the frame in which each plate was read best there, as JPEG");
  arguments.text("-o,--output", "FILE", &all->output, "Write the records there");
  arguments.number("--patience", "S", &all->source.patience_seconds, 0.0, 1e9,
                   "Seconds after which a camera that gives nothing is given up; 0: never");
  arguments.heading("Reading");
}

}  // namespace

cli::Command watch_command() {
  return {"watch", "Read the plates of cars that pass in a video, one line of JSON for each car",
          "  lprnet watch gate.mp4\n"
          "  lprnet watch rtsp://camera/stream --motion --snapshot passed/ --output cars.ndjson\n"
          "  lprnet watch /dev/video0 --region 400,300,1120,780 --every 2\n"
          "  ffmpeg -i gate.mkv -f yuv4mpegpipe - | lprnet watch -",
          [](cli::Arguments& arguments) -> std::function<int()> {
            auto all = std::make_shared<Arguments>();
            declare(arguments, all.get());
            cli::declare_photo(arguments, &all->photo, "Texts to weigh for each frame (5)");
            cli::declare_limits(arguments, &all->photo.limits);
            return [all] { return watch(*all); };
          }};
}

}  // namespace lprnet::watch
