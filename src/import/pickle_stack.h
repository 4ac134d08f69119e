#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "import/pickle.h"

namespace lprnet::importer {

// What a pickle does that it must not: the text of an Error(kFormat), without the place.
struct PickleFault {
  std::string text;
};

// The pickle machine's stack with its marks; what stands below the last mark cannot be taken.
// Functions throw PickleFault.
class PickleStack {
 public:
  void push(PickleRef ref);
  void push_mark();
  PickleRef top() const;
  PickleRef pop();
  std::vector<PickleRef> pop(std::size_t count);
  // Everything above the last mark, and the mark.
  std::vector<PickleRef> pop_to_mark();
  // A value, or the last mark when nothing stands above it.
  void pop_any();

 private:
  std::size_t above_mark() const;

  std::vector<PickleRef> values_;
  std::vector<std::size_t> marks_;
};

// Values put aside by index. Functions throw PickleFault.
class PickleMemo {
 public:
  // `position` bytes were read: more places than that cannot be in use.
  void put(std::uint64_t index, PickleRef ref, std::size_t position);
  PickleRef get(std::uint64_t index) const;
  std::uint64_t count() const noexcept { return count_; }  // places in use

 private:
  std::vector<PickleRef> places_;
  std::uint64_t count_ = 0;
};

}  // namespace lprnet::importer
