#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "base/thread_pool.h"
#include "lprnet/photo_reader.hpp"
#include "lprnet/recognizer.hpp"

namespace lprnet {

// Pictures taken one after the other, worked on by several threads, and handed out in their order.
// At most 4 * threads are ahead of the one that is due, so that neither a slow picture nor a slow
// consumer lets them pile up.
// `Reading` is a StreamReading or PhotoReading.
template <typename Reading>
class Stream final : public base::ThreadPool::Work {
 public:
  using Next = std::function<std::optional<StreamPicture>()>;
  // Sets what the picture gives; may throw.
  using Read = std::function<void(const Image&, Reading&)>;

  // REQUIRES: the functions outlive the stream.
  Stream(const Next& next, const Read& read, int threads);

  // Gives each reading to `consume` as soon as it is due, from the calling thread, which also takes
  // a picture and reads it when no helper has taken one. Throws what `next` or `consume` throws.
  void run(const std::function<void(Reading)>& consume);
  // Lets the helpers end: no further picture is taken.
  void stop() noexcept;

 private:
  struct Slot {
    bool is_ready = false;
    bool is_end = false;
    Reading reading;
    std::exception_ptr error;  // of `next`
  };

  void help() noexcept override;
  Reading read_picture(StreamPicture&& picture) const;
  bool may_take() const noexcept;
  void take_and_read(std::unique_lock<std::mutex>& lock) noexcept;

  const Next& next_;
  const Read& read_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::vector<Slot> slots_;  // picture i in slot i % size
  std::size_t taken_ = 0;
  std::size_t consumed_ = 0;
  bool is_taking_ = false;  // somebody is in `next`
  bool is_stopped_ = false;
};

extern template class Stream<StreamReading>;
extern template class Stream<PhotoReading>;

}  // namespace lprnet
