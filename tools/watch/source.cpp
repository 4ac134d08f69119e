#include "source.h"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <opencv2/videoio.hpp>
#include <opencv2/videoio/registry.hpp>
#include <utility>
#include <vector>

#include "lprnet/error.hpp"
#include "output.h"
#include "safe_text.h"

namespace lprnet::watch {
namespace {

constexpr int kTimeoutMilliseconds = 10'000;  // of a network stream that gives nothing
constexpr double kShortestWait = 1;           // seconds
constexpr double kLongestWait = 30;

std::optional<int> camera_number(const std::string& name) {
  int number = 0;
  const char* const end = name.data() + name.size();
  const auto [at, error] = std::from_chars(name.data(), end, number);
  if (error != std::errc() || at != end || number < 0) return std::nullopt;
  return number;
}

bool is_address(const std::string& name) { return name.find("://") != std::string::npos; }

std::string shown_name(const std::string& name) { return cli::shown(public_name(name)); }

double since(Frame::Clock::time_point begun) {
  return std::chrono::duration<double>(Frame::Clock::now() - begun).count();
}

}  // namespace

std::string public_name(const std::string& name) {
  const std::size_t scheme = name.find("://");
  if (scheme == std::string::npos) return name;
  const std::size_t host = scheme + 3;
  const std::size_t at = name.substr(0, name.find('/', host)).rfind('@');
  if (at == std::string::npos || at < host) return name;
  return name.substr(0, host) + name.substr(at + 1);
}

bool is_live(const std::string& name) {
  return camera_number(name) || (is_address(name) && name.rfind("file://", 0) != 0) ||
         name.rfind("/dev/video", 0) == 0;
}

class Source::Decoder {
 public:
  explicit Decoder(const SourceOptions& options)
      : options_(options), live_(options.live || is_live(options.name)) {}

  bool open();
  // Decodes until the end.
  void run();
  std::optional<Frame> take();
  void stop();
  // False: the thread has not ended within this time.
  bool has_ended_in(double seconds);
  SourceCounts counts() const;

 private:
  bool read(Frame& frame);
  // Hands it over. False: stopped.
  bool give(Frame frame);
  // Waits, and opens it again. False: not any more.
  bool reconnect();
  bool is_stopped_in(double seconds);

  const SourceOptions options_;
  const bool live_;
  // The thread's own.
  cv::VideoCapture capture_;
  std::int64_t number_ = 0;  // of the next frame
  Frame::Clock::time_point begun_ = Frame::Clock::now();

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::optional<Frame> waiting_;
  SourceCounts counts_;
  bool ended_ = false;
  bool stopped_ = false;
};

bool Source::Decoder::open() {
  if (const std::optional<int> camera = camera_number(options_.name)) return capture_.open(*camera);
  if (options_.name == "-") return capture_.open("pipe:0", cv::CAP_FFMPEG);
  if (!is_address(options_.name)) {
    // The other backends look for cameras when a file is no video.
    const bool has_ffmpeg = cv::videoio_registry::hasBackend(cv::CAP_FFMPEG);
    return capture_.open(options_.name, has_ffmpeg ? cv::CAP_FFMPEG : cv::CAP_ANY);
  }
  return capture_.open(options_.name, cv::CAP_FFMPEG,
                       {cv::CAP_PROP_OPEN_TIMEOUT_MSEC, kTimeoutMilliseconds,
                        cv::CAP_PROP_READ_TIMEOUT_MSEC, kTimeoutMilliseconds});
}

// The next frame that is wanted. False: there is none.
bool Source::Decoder::read(Frame& frame) {
  do {
    if (!capture_.grab()) return false;
    frame.number = number_++;
    const std::lock_guard lock(mutex_);
    counts_.frames = number_;
    if (stopped_) return false;
  } while (frame.number % options_.every != 0);
  if (live_) {
    frame.time = Frame::Clock::now();
    frame.seconds = since(begun_);
  } else {
    frame.seconds = std::max(capture_.get(cv::CAP_PROP_POS_MSEC), 0.0) / 1000;
    const double rate = capture_.get(cv::CAP_PROP_FPS);
    // Some files have no times.
    if (frame.seconds <= 0 && rate > 0) frame.seconds = static_cast<double>(frame.number) / rate;
  }
  auto picture = std::make_shared<cv::Mat>();
  if (!capture_.retrieve(*picture) || picture->empty()) return false;
  frame.picture = std::move(picture);
  return true;
}

bool Source::Decoder::give(Frame frame) {
  std::unique_lock lock(mutex_);
  if (!live_) changed_.wait(lock, [this] { return !waiting_ || stopped_; });
  if (stopped_) return false;
  if (waiting_) ++counts_.dropped;
  waiting_ = std::move(frame);
  changed_.notify_all();
  return true;
}

void Source::Decoder::run() {
  while (true) {
    Frame frame;
    if (read(frame)) {
      if (!give(std::move(frame))) break;
    } else if (!reconnect()) {
      break;
    }
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

std::optional<Frame> Source::Decoder::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_ || ended_ || stopped_; });
  if (stopped_) return std::nullopt;
  changed_.notify_all();
  return std::exchange(waiting_, std::nullopt);
}

bool Source::Decoder::reconnect() {
  // Standard input and files do not come back.
  if (!is_live(options_.name)) return false;
  capture_.release();
  const Frame::Clock::time_point lost = Frame::Clock::now();
  double wait = kShortestWait;
  while (true) {
    if (is_stopped_in(0)) return false;
    if (options_.patience_seconds > 0 && since(lost) >= options_.patience_seconds) {
      const std::lock_guard lock(mutex_);
      counts_.gave_up = true;
      return false;
    }
    cli::complain(shown_name(options_.name) + ": gives no more frames; trying again");
    if (is_stopped_in(wait)) return false;
    if (open()) break;
    wait = std::min(2 * wait, kLongestWait);
  }
  const std::lock_guard lock(mutex_);
  ++counts_.reconnections;
  return true;
}

bool Source::Decoder::is_stopped_in(double seconds) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::duration<double>(seconds),
                           [this] { return stopped_; });
}

bool Source::Decoder::has_ended_in(double seconds) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return ended_; });
}

void Source::Decoder::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

SourceCounts Source::Decoder::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

Source::Source(const SourceOptions& options) : decoder_(std::make_shared<Decoder>(options)) {
  if (!decoder_->open()) {
    throw Error(ErrorCode::kNotFound,
                shown_name(options.name) +
                    ": cannot be opened as a video; expected a file that FFmpeg reads, an address "
                    "such as rtsp://camera/stream, the number of a camera, or - for a video on "
                    "standard input");
  }
  thread_ = std::thread([decoder = decoder_] { decoder->run(); });
}

Source::~Source() {
  decoder_->stop();
  constexpr double kSeconds = 1;
  if (decoder_->has_ended_in(kSeconds)) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

std::optional<Frame> Source::next() { return decoder_->take(); }
void Source::stop() { decoder_->stop(); }
SourceCounts Source::counts() const { return decoder_->counts(); }

}  // namespace lprnet::watch
