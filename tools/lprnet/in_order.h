#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace lprnet::cli {

// Takes items from `next` until it has none, does `work` on them in `threads` threads, and gives
// the results to `consume` in the items' order. `next` is called from one thread at a time, `work`
// from several, `consume` from the calling one, as soon as a result is due: a `next` that waits for
// input delays no result. At most 4 * threads items are ahead of the one that is due. An exception
// of `next` or `work` is thrown again when it is due; `consume` must not throw. With one thread
// everything runs in the calling one. Throws std::system_error when not one thread can be started.
template <typename Item, typename Result>
void for_each_in_order(int threads, const std::function<std::optional<Item>()>& next,
                       const std::function<Result(const Item&)>& work,
                       const std::function<void(Result)>& consume) {
  if (threads == 1) {
    while (std::optional<Item> item = next()) consume(work(*item));
    return;
  }

  struct Slot {
    bool ready = false;
    std::optional<Result> result;  // none when ready: the end, or `error`
    std::exception_ptr error;
  };
  std::vector<Slot> slots(static_cast<std::size_t>(threads) * 4);
  std::mutex source;  // held while an item is taken, and by it the turn to take one
  std::mutex mutex;   // guards what follows and the slots
  std::condition_variable changed;
  std::size_t taken = 0;
  std::size_t consumed = 0;
  bool stopped = false;

  auto take_and_work = [&] {
    while (true) {
      Slot done;
      std::size_t index = 0;
      std::optional<Item> item;
      {
        const std::lock_guard turn(source);
        {
          std::unique_lock lock(mutex);
          changed.wait(lock, [&] { return stopped || taken < consumed + slots.size(); });
          if (stopped) return;
          index = taken++;
        }
        try {
          item = next();
        } catch (...) {
          done.error = std::current_exception();
        }
        if (!item) {
          const std::lock_guard lock(mutex);
          stopped = true;
        }
      }
      try {
        if (item) done.result = work(*item);
      } catch (...) {
        done.error = std::current_exception();
      }
      done.ready = true;
      {
        const std::lock_guard lock(mutex);
        slots[index % slots.size()] = std::move(done);
      }
      changed.notify_all();
    }
  };

  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i) {
    try {
      workers.emplace_back(take_and_work);
    } catch (const std::system_error&) {
      if (workers.empty()) throw;
      break;  // the machine gives no more; fewer do the same work
    }
  }
  std::exception_ptr error;
  while (!error) {
    Slot due;
    {
      std::unique_lock lock(mutex);
      Slot& slot = slots[consumed % slots.size()];
      changed.wait(lock, [&] { return slot.ready; });
      due = std::exchange(slot, Slot{});
      ++consumed;
    }
    changed.notify_all();
    error = due.error;
    if (!due.result) break;
    consume(std::move(*due.result));
  }
  {
    const std::lock_guard lock(mutex);
    stopped = true;
  }
  changed.notify_all();
  for (std::thread& worker : workers) worker.join();
  if (error) std::rethrow_exception(error);
}

}  // namespace lprnet::cli
